"""What a service would be told of a chosen person, and a sign-in on paper: nothing leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.domain import signin
from idp.domain.administration import seen
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Doer
from idp.domain.session import LivingSession
from idp.saml.answers import Told, tell
from idp.saml.attributes import KNOWN, needs_membership
from idp.saml.contexts import Contexts, RequestedContext
from idp.saml.people import Values
from idp.saml.provider import Provider
from idp.saml.services import Service
from idp.saml.store.connection import connection_of
from idp.saml.store.people import person_of
from idp.saml.vocabulary import POST


@dataclass(frozen=True, slots=True)
class Preview:
    """What a service would be told of one person."""

    name_id: str
    name_id_format: str
    attributes: Mapping[str, Values]
    context: str = ""
    signed_by: str = ""
    encrypted: str = ""
    goes_to: str = ""
    let_in: bool = True


def preview(
    provider: Provider, uow: UnitOfWork, service: Service, account_id: AccountId, now: datetime
) -> Preview | None:
    """Return what the service would be told of an account; None if it would be told nothing at all."""
    names = service.attributes
    person = person_of(connection_of(uow), account_id, now, memberships=needs_membership(names))
    if person is None:
        return None
    told = tell(provider, uow, service, person, (), "", now)
    return _preview(told) if told else None


def of_login(uow: UnitOfWork, doer: Doer, login: str, occasion: Occasion) -> AccountId | None:
    """Return the account that an administrator means and may see."""
    account = uow.accounts.by_login(login)
    if account is None or seen(uow, doer, account.person_id, occasion) is None:
        return None
    return account.id


def try_out(
    provider: Provider, uow: UnitOfWork, service: Service, living: LivingSession, occasion: Occasion
) -> Preview | None:
    """Sign the administrator in to the service on paper: nothing leaves, nothing is stored of it as a sign-in."""
    requirement = AuthenticationRequirement(application=service.application.id)
    answer = signin.answer(uow, living, requirement, occasion)
    found = preview(provider, uow, service, living.account.id, occasion.now)
    if found is None:
        return None
    contexts = Contexts()
    said = contexts.said(living.session.proofs, contexts.acceptable(RequestedContext()))
    key = provider.keys.signing(uow, service.application.id, service.key_kind)
    target = service.encrypts_to()
    consumer = service.metadata.consumer("", None, POST)
    return Preview(
        found.name_id,
        found.name_id_format,
        found.attributes,
        context=said,
        signed_by=key.id,
        encrypted=target[1].rpartition("#")[2] if target else "",
        goes_to=consumer.answer_to if consumer else "",
        let_in=isinstance(answer, signin.Admitted),
    )


def _preview(told: Told) -> Preview:
    attributes = {KNOWN[name].friendly: values for name, values in told.attributes.items()}
    return Preview(told.name_id.value, told.name_id.format.rpartition(":")[2], attributes)
