"""Connecting a service from its metadata and changing what is known of it: the use cases behind pages and API."""

from dataclasses import replace

from idp.domain import systems
from idp.domain.administration import Done, no
from idp.domain.application import Application
from idp.domain.appointments import printable
from idp.domain.handles import ApplicationId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Doer, Refused
from idp.domain.systems import NewSystem
from idp.saml.attributes import REQUESTED, name_of
from idp.saml.metadata.reading import UnusableMetadata, read_service
from idp.saml.services import ServiceSettings
from idp.saml.store.services import owner_of, read_stored, write_service
from idp.web.marking import mark


def connectable(
    uow: UnitOfWork, doer: Doer, new: NewSystem, entity_id: str, reason: str, occasion: Occasion
) -> Refused | None:
    """Say why the service cannot be connected; None if it can."""
    refused = systems.connectable(uow, doer, new, reason, occasion)
    if refused is None and owner_of(uow, entity_id) is not None:
        return no("entity_taken")
    return refused


def connect(
    uow: UnitOfWork,
    doer: Doer,
    new: NewSystem,
    entity_id: str,
    metadata: str,
    settings: ServiceSettings,
    reason: str,
    occasion: Occasion,
) -> Application | Refused:
    """Create the application and its service; its policy lets nobody in yet."""
    refused = connectable(uow, doer, new, entity_id, reason, occasion)
    made = refused or systems.connect(uow, doer, new, reason, occasion)
    if isinstance(made, Refused):
        return made
    write_service(uow, made.id, entity_id, metadata, settings)
    return made


def known(attributes: tuple[str, ...]) -> bool:
    """Whether all of the names are attributes that we know, or stand for what is requested."""
    return all(one == REQUESTED or name_of(one) is not None for one in attributes)


def change(
    uow: UnitOfWork,
    doer: Doer,
    identifier: ApplicationId,
    metadata: str,
    attributes: tuple[str, ...],
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """Give a service other attributes, and newer metadata of the same entity unless a job fetches it.

    `metadata` is "" to keep what there is. Raises UnusableMetadata.
    """
    application, held = systems.changeable(uow, doer, identifier, occasion), read_stored(uow, identifier)
    if isinstance(application, Refused):
        return application
    why = printable(reason)
    if held is None:
        return no("unknown")
    if not why:
        return no("no_reason")
    if not known(attributes):
        return no("unknown_attributes")
    if metadata and held.settings.metadata_url:
        raise UnusableMetadata(mark("A job fetches its metadata."))
    if metadata:
        read_service(metadata.encode("utf-8", "replace"), held.entity_id)
    newest, settings = metadata or held.metadata, replace(held.settings, attributes=attributes)
    fields = [
        name
        for name, changed in (
            ("metadata", newest != held.metadata),
            ("attributes", settings != held.settings),
        )
        if changed
    ]
    if not fields:
        return no("nothing_to_do")
    write_service(uow, identifier, held.entity_id, newest, settings)
    systems.note(uow, application, "changed", fields, why, occasion)
    return Done()
