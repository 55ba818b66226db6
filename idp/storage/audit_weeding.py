"""Weeding: payloads of old records are erased under a recorded decision, and the chain still verifies.

The decision is itself a record of the log (`AuditWeeded`), written before the first payload goes; a payload
that is missing without a decision that covers it is damage (ATTACKS.md A5). Records about the log itself are
never weeded, nor are records that are not sealed yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, func, null, select, type_coerce, update

from idp.domain.audit import record
from idp.domain.events import AuditWeeded
from idp.domain.occasion import Occasion
from idp.storage.audit_links import Link
from idp.storage.columns import to_micros
from idp.storage.prepared import loads
from idp.storage.tables import audit_positions, audit_records
from idp.storage.unit_of_work import SqlDatabase

_BATCH = 1000
_NEVER = "audit."


@dataclass(frozen=True, slots=True)
class WeedingDecision:
    """Which payloads may be missing: places `first` to `last`, older than `before`, of `types` (all if none)."""

    first: int
    last: int
    before: int
    types: frozenset[str]

    def covers(self, row: Link) -> bool:
        """Tell whether the payload at this place was to be weeded."""
        among = not self.types or row.type in self.types
        return (
            self.first <= row.position <= self.last
            and row.at < self.before
            and among
            and not row.type.startswith(_NEVER)
        )


@dataclass(frozen=True, slots=True)
class Weeded:
    """How many payloads were erased."""

    count: int


@dataclass(frozen=True, slots=True)
class NothingToWeed:
    """No payload is that old."""


@dataclass(frozen=True, slots=True)
class NoDecision:
    """Weeding needs a reference to a decision."""


def weed(
    database: SqlDatabase, before: datetime, decision: str, occasion: Occasion, types: Sequence[str] = ()
) -> Weeded | NothingToWeed | NoDecision:
    """Erase the payloads of records older than `before`; may be killed and run again."""
    if not decision.strip():
        return NoDecision()
    chosen = _chosen(before, types)
    with database.write() as uow:
        first, last = _span(uow.connection, chosen)
        if first is None:
            return NothingToWeed()
        event = AuditWeeded(
            reason=decision.strip(),
            first=first,
            last=last,
            before=before.isoformat(),
            types=sorted(types),
        )
        record(uow.audit, event, occasion)
    count, position = 0, first - 1
    while erased := _erase(database, chosen, position + 1, last):
        count, position = count + erased[0], erased[1]
    return Weeded(count)


def decisions(connection: Connection) -> Sequence[WeedingDecision]:
    """Return the decisions that the log holds."""
    payload = type_coerce(audit_records.c.payload, Text)
    rows = connection.execute(select(payload).where(audit_records.c.type == AuditWeeded.type)).scalars()
    return [found for found in map(_decision, rows) if found]


def _decision(payload: Any) -> WeedingDecision | None:
    try:
        details = loads(payload)["details"]
        return WeedingDecision(
            first=int(details["first"]),
            last=int(details["last"]),
            before=to_micros(datetime.fromisoformat(details["before"])),
            types=frozenset(details["types"]),
        )
    except (KeyError, TypeError, ValueError):
        return None  # spoilt: it covers nothing, and verification names it when it comes to it


def _chosen(before: datetime, types: Sequence[str]) -> list[ColumnElement[bool]]:
    conditions = [
        audit_records.c.at < before,
        audit_records.c.payload.is_not(None),
        audit_records.c.type.not_like(f"{_NEVER}%"),
    ]
    return [*conditions, audit_records.c.type.in_(types)] if types else conditions


def _span(connection: Connection, chosen: Sequence[ColumnElement[bool]]) -> tuple[int | None, int]:
    places = (
        select(func.min(audit_positions.c.position), func.max(audit_positions.c.position))
        .join(audit_records, audit_records.c.id == audit_positions.c.record_id)
        .where(*chosen)
    )
    first, last = connection.execute(places).one()
    return first, last or 0


def _erase(
    database: SqlDatabase, chosen: Sequence[ColumnElement[bool]], first: int, last: int
) -> tuple[int, int] | None:
    # One transaction for each batch: weeding years of records must not hold up a sign-in.
    query = (
        select(audit_positions.c.position, audit_records.c.id)
        .join(audit_records, audit_records.c.id == audit_positions.c.record_id)
        .where(*chosen, audit_positions.c.position.between(first, last))
        .order_by(audit_positions.c.position)
        .limit(_BATCH)
    )
    with database.write() as uow:
        found = uow.connection.execute(query).all()
        if not found:
            return None
        ids = [record_id for _, record_id in found]
        # null(): the database's NULL, where None would become JSON's.
        erasing = update(audit_records).where(audit_records.c.id.in_(ids)).values(payload=null())
        return uow.connection.execute(erasing).rowcount, found[-1].position
