"""Metadata that is fetched: by a job, its signature pinned; what was good stays until its own end (DOMAIN 6.3).

Each service is asked for outside any transaction and settled in one of its own. A fetch that fails, or whose
signature is not the pinned one, changes nothing but the note that people read.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.domain.audit import record
from idp.domain.errors import Unavailable
from idp.domain.events import MetadataChanged
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.saml import vocabulary as words
from idp.saml.documents import METADATA_LIMIT, UnreadableDocument, parse_metadata, parse_own
from idp.saml.instants import written
from idp.saml.metadata.reading import UnusableMetadata, service_in
from idp.saml.ports import Outgoing
from idp.saml.provider import Provider
from idp.saml.signatures import BadSignature, VerifyingKey, canonical, verify
from idp.saml.store.services import StoredService, note_fetch, stored_services

EVERY = timedelta(hours=1)
AGAIN_AFTER_A_FAILURE = timedelta(minutes=5)
_OK = 200


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one fetch: the one entity's metadata, or what is wrong, in words."""

    metadata: str = ""
    problem: str = ""


def refresh_due(provider: Provider, outgoing: Outgoing, now: datetime) -> int:
    """Fetch what is due; return how many were asked for."""
    with provider.database.read() as uow:
        due = [one for one in stored_services(uow) if one.settings.metadata_url and _is_due(one, now)]
    for one in due:
        settle(provider, one, fetch(outgoing, one), now)
    return len(due)


def fetch(outgoing: Outgoing, service: StoredService) -> Fetched:
    """Ask for a service's metadata and check it."""
    try:
        reply = outgoing.get(service.settings.metadata_url, METADATA_LIMIT)
    except Unavailable as error:
        return Fetched(problem=str(error))
    if reply.status != _OK:
        return Fetched(problem=f"the address answered {reply.status}")
    return checked(reply.body, service.settings.metadata_certificate, service.entity_id)


def checked(document: bytes, certificate: str, entity_id: str) -> Fetched:
    """Return the one entity of a signed document; its own validity is the whole document's as well."""
    try:
        covered = verify(parse_metadata(document), [VerifyingKey.of(certificate)])
        root = parse_own(covered)
        found = service_in(root, entity_id)
    except UnreadableDocument as error:
        return Fetched(problem=f"it cannot be read: {error.code}")
    except BadSignature as error:
        return Fetched(problem=f"its signature is not the pinned one: {error.code}")
    except UnusableMetadata as error:
        return Fetched(problem=str(error))
    entity = next(
        one for one in root.iter(f"{{{words.MD}}}EntityDescriptor") if one.get("entityID") == found.entity_id
    )
    if found.valid_until is not None:
        entity.set("validUntil", written(found.valid_until))
    return Fetched(metadata=canonical(entity).decode("utf-8"))


def settle(provider: Provider, service: StoredService, fetched: Fetched, now: datetime) -> None:
    """Keep what was fetched if it is new, and note how it went."""
    changed = bool(fetched.metadata) and fetched.metadata != service.metadata
    with provider.database.write() as uow:
        note_fetch(uow, service.application_id, fetched.metadata if changed else None, fetched.problem, now)
        if changed or (fetched.problem and fetched.problem != service.problem):
            outcome = "changed" if changed else "refused"
            occasion = Occasion(now, new_id(), Actor(ActorKind.JOB, "saml-metadata"))
            event = MetadataChanged(
                object=service.application_id, reason=fetched.problem[:200], outcome=outcome
            )
            record(uow.audit, event, occasion)


def _is_due(service: StoredService, now: datetime) -> bool:
    if service.checked_at is None:
        return True
    return now - service.checked_at >= (AGAIN_AFTER_A_FAILURE if service.problem else EVERY)
