"""The audit log as use cases see it: a closed set of typed events, recorded in the change's transaction.

The events themselves are in `events/`; storage seals them into a chain (idp/storage/audit…). No event
has a field that could hold a secret, a code or a token.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
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


class AuditLog(Protocol):
    """Where records are appended, inside the caller's unit of work."""

    def append(self, record: AuditRecord) -> None:
        """Append one record; it is sealed into the chain within a second of the commit."""


_COMMON = {"subject", "object", "reason"}


@lru_cache(maxsize=256)
def _details_of(event: type[AuditEvent]) -> tuple[str, ...]:
    """Return the names of what an event tells besides; `asdict` would copy each value, on every sign-in."""
    return tuple(one.name for one in fields(event) if one.name not in _COMMON)


def record(log: AuditLog, event: AuditEvent, occasion: Occasion) -> None:
    """Append `event` as it happened on `occasion`."""
    log.append(
        AuditRecord(
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
            details={one.name: getattr(event, one.name) for one in fields(event) if one.name not in _COMMON},
        )
    )
