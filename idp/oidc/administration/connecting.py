"""Connecting a system over OpenID Connect, changing what is registered of it, and what it is told of a person."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.domain import systems
from idp.domain.administration import Done, no, seen
from idp.domain.application import Application
from idp.domain.appointments import printable
from idp.domain.handles import ApplicationId, digest, new_handle
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Doer, Refused
from idp.domain.systems import NewSystem
from idp.oidc.claims import covered_by, needs_membership, person_claims
from idp.oidc.clients import Client, Registration
from idp.oidc.memberships import membership_claims
from idp.oidc.store.clients import owner_of, read_client, replace_secrets, write_client
from idp.oidc.store.people import subject_of
from idp.oidc.vocabulary import PERSON_CLAIMS


@dataclass(frozen=True, slots=True)
class Connected:
    """A system that was connected just now; the secret is shown once, "" if it has none."""

    application: Application
    client: Client
    secret: str

    def __repr__(self) -> str:
        return f"Connected({self.client.client_id})"


def connectable(
    uow: UnitOfWork, doer: Doer, new: NewSystem, reason: str, occasion: Occasion
) -> Refused | None:
    """Say why the system cannot be connected; None if it can."""
    refused = systems.connectable(uow, doer, new, reason, occasion)
    if refused is None and owner_of(uow, new.name) is not None:
        return no("system_taken")
    return refused


def connect(
    uow: UnitOfWork,
    doer: Doer,
    new: NewSystem,
    registration: Registration,
    reason: str,
    occasion: Occasion,
) -> Connected | Refused:
    """Create the system and its client; its name is the `client_id`."""
    refused = connectable(uow, doer, new, reason, occasion)
    made = refused or systems.connect(uow, doer, new, reason, occasion)
    if isinstance(made, Refused):
        return made
    write_client(uow, made.id, new.name, registration)
    client = Client(made.id, new.name, registration)
    secret = new_handle() if registration.token_endpoint_auth_method.by_secret else ""
    if secret:
        replace_secrets(uow, client, digest(secret), None)
    return Connected(made, client, secret)


def register_anew(
    uow: UnitOfWork,
    doer: Doer,
    identifier: ApplicationId,
    registration: Registration,
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """Change what is registered of a client; a way to authenticate that needs a secret needs one made first."""
    application, client = systems.changeable(uow, doer, identifier, occasion), read_client(uow, identifier)
    if isinstance(application, Refused):
        return application
    if client is None:
        return no("unknown")
    if not printable(reason):
        return no("no_reason")
    if registration == client.registration:
        return no("nothing_to_do")
    write_client(uow, identifier, client.client_id, registration)
    systems.note(uow, application, "changed", ["registration"], printable(reason), occasion)
    return Done()


def claims_of(
    uow: UnitOfWork, doer: Doer, client: Client, login: str, occasion: Occasion
) -> Mapping[str, object] | None:
    """Return what userinfo would answer the system about somebody whom the doer may see; None if there is nobody."""
    account = uow.accounts.by_login(login)
    if account is None or seen(uow, doer, account.person_id, occasion) is None:
        return None
    subject = subject_of(uow, account.id)
    if subject is None:
        return None
    covered = covered_by(client.registration.scope)
    names = [one for one in PERSON_CLAIMS if one in covered]
    told: dict[str, object] = {"sub": account.id, **person_claims(subject, names)}
    if needs_membership(names):
        told |= membership_claims(uow, subject, client.application_id, names, occasion.now)
    return told
