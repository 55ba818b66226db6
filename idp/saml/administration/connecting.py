"""Connecting a service from its metadata, and what it would be told of a chosen person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.configuration.objects import ApplicationContent
from idp.domain import signin
from idp.domain.administration import seen
from idp.domain.application import Audience, Policy
from idp.domain.appointments import doer_in
from idp.domain.audit import record
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.events import ConfigurationChanged
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import LivingSession
from idp.saml.answers import Told, tell
from idp.saml.attributes import KNOWN, needs_membership
from idp.saml.contexts import Contexts, RequestedContext
from idp.saml.people import Values
from idp.saml.provider import Provider
from idp.saml.services import Service, ServiceSettings
from idp.saml.store.connecting import create_application
from idp.saml.store.connection import connection_of
from idp.saml.store.people import person_of
from idp.saml.store.services import owner_of, write_service
from idp.saml.vocabulary import POST

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the administrator decides on the page."""

    name: str
    title: str
    url: str
    everyone: bool
    attributes: tuple[str, ...]


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


def connect(
    uow: UnitOfWork,
    wanted: Wanted,
    entity_id: str,
    metadata: str,
    settings: ServiceSettings,
    occasion: Occasion,
) -> str:
    """Create the application and its service; return what is wrong as a code, "" if nothing is."""
    if not _NAME.fullmatch(wanted.name) or not wanted.title.strip():
        return "name"
    if uow.catalogue.application(wanted.name) is not None:
        return "name_taken"
    if owner_of(uow, entity_id) is not None:
        return "entity_taken"
    application = create_application(uow, wanted.name, _content(wanted), occasion.now)
    write_service(uow, application, entity_id, metadata, settings)
    changed = ConfigurationChanged(object=f"application {wanted.name}", reason="connected from SAML metadata")
    record(uow.audit, changed, occasion)
    return ""


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


def of_login(uow: UnitOfWork, living: LivingSession, login: str, occasion: Occasion) -> AccountId | None:
    """Return the account that an administrator means and may see."""
    account = uow.accounts.by_login(login)
    if account is None or seen(uow, doer_in(living, occasion), account.person_id, occasion) is None:
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


def _content(wanted: Wanted) -> ApplicationContent:
    return ApplicationContent(
        title=wanted.title.strip(),
        protocol="saml",
        policy=Policy(audience=Audience(everyone=wanted.everyone)),
        url=wanted.url,
    )
