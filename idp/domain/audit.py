"""The audit log as use cases see it: a closed set of typed events, recorded in the change's transaction.

The events themselves are in `events/`; storage seals them into a chain (idp/storage/audit…). No event
has a field that could hold a secret, a code or a token.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Protocol

from idp.domain.occasion import Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Base of the events: `subject` is the account or person concerned, `object` what was acted upon."""

    type: ClassVar[str]
    subject: str = ""
    object: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One record as stored: who, whom, what, why, where, when, and the reference number."""

    at: datetime
    type: str
    actor_kind: str
    actor: str
    subject: str
    object: str
    reason: str
    request_id: str
    node: str
    address: str
    details: dict[str, str | int | bool | list[str]]


class Appending(Protocol):
    """Where records are appended, inside the caller's unit of work."""

    def append(self, record: AuditRecord) -> None:
        """Append one record; it is sealed into the chain within a second of the commit."""


class AuditLog(Appending, Protocol):
    """The same, which also learns what is not recorded because too much of it comes."""

    def only_count(self, record: AuditRecord) -> None:
        """Count what would have been recorded, for whoever counts (`process_counts`)."""


_COMMON = {"subject", "object", "reason"}


def record(log: Appending, event: AuditEvent, occasion: Occasion) -> None:
    """Append `event` as it happened on `occasion`."""
    log.append(as_record(event, occasion))


def as_record(event: AuditEvent, occasion: Occasion) -> AuditRecord:
    """Return `event` as it happened on `occasion`."""
    return AuditRecord(
        at=occasion.now,
        type=event.type,
        actor_kind=occasion.actor.kind.value,
        actor=occasion.actor.name,
        subject=event.subject,
        object=event.object,
        reason=event.reason,
        request_id=occasion.request_id,
        node=occasion.node,
        address=str(occasion.address or ""),
        # Not `asdict`, which would copy each value, on every sign-in.
        details={one.name: getattr(event, one.name) for one in fields(event) if one.name not in _COMMON},
    )
