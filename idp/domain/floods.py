"""Refusals that come in floods: the first is recorded at once, the rest are counted and recorded together.

One audit record per refusal would let anybody fill the disk (A1 asks for one record, floods aggregated).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from idp.domain.audit import AuditEvent, AuditLog, as_record, record
from idp.domain.events import FloodEnded
from idp.domain.occasion import Occasion

#: A flood has ended when nothing came for this long; a longer one is recorded at least this often.
QUIET = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Flood:
    """Refusals of one kind from one place since the last record of them."""

    key: str
    refused: int
    since: datetime


class Floods(Protocol):
    """Counters of what is refused again and again."""

    def note(self, key: str, now: datetime) -> bool:
        """Count one refusal; True if it is the first and has to be recorded itself."""

    def take(self, before: datetime) -> list[Flood]:
        """Remove and return the floods that began before `before`."""


class FloodLog(Protocol):
    """The parts of a unit of work that this needs."""

    @property
    def audit(self) -> AuditLog: ...
    @property
    def floods(self) -> Floods: ...


def record_refusal(uow: FloodLog, event: AuditEvent, key: str, occasion: Occasion) -> None:
    """Record `event`, unless the same `key` was refused within the last minute: then only count it.

    `key` says what is refused and where it comes from; it holds no secret and no typed name.
    """
    if uow.floods.note(f"{event.type} {key}", occasion.now):
        record(uow.audit, event, occasion)
    else:
        uow.audit.only_count(as_record(event, occasion))


def close_floods(uow: FloodLog, occasion: Occasion) -> int:
    """Record what was only counted; a job does this every minute. Return the number of records."""
    counted = [flood for flood in uow.floods.take(occasion.now - QUIET) if flood.refused > 1]
    for flood in counted:
        # The first was recorded itself.
        record(uow.audit, FloodEnded(object=flood.key, refused=flood.refused - 1), occasion)
    return len(counted)
