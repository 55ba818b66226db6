"""Seals audit records into a chain, in batches, after their commit: sign-ins never queue for it.

    link  = HMAC(key, previous link | position | record id | record digest)      one for each record
    seal  = HMAC(key, previous seal | number | first | last | at | key id | last link)   one for each batch

The key comes from the master key file, so whoever can write to the database can break the chain but not mend
it. Positions are given here, in the order of ids as they are found: on PostgreSQL a transaction may commit a
smaller id late, so the sealer looks back a stretch each time and over everything now and then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from idp.domain.errors import Fault
from idp.storage.columns import to_micros
from idp.storage.tables import audit_positions, audit_records, audit_seals
from idp.storage.unit_of_work import SqlDatabase

BATCH = 2000
_LOOK_BACK = 2000
_NOTHING = bytes(32)
_LINK = "audit-link"
_SEAL = "audit-seal"


class ChainKey(Protocol):
    """The key of the chain; `keys.MasterKeys` is one."""

    @property
    def mac_key_id(self) -> str:
        """Names the key."""

    def mac(self, message: bytes, purpose: str) -> bytes:
        """Return a keyed 32-byte hash, different for each purpose."""


class ChainForgedError(Fault):
    """A place in the chain that no seal covers: we never leave one, and beyond it nothing can be sealed."""

    def __init__(self, position: int) -> None:
        super().__init__(
            f"the audit chain holds a place that no seal covers, number {position}: somebody changed the database, "
            "and no record is sealed until that is mended (docs/operators/audit-log.md)"
        )
        self.position = position


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: after how many seals and records, and on what the next ones build."""

    number: int = 0
    position: int = 0
    seal: bytes = _NOTHING
    link: bytes = _NOTHING


@dataclass(frozen=True, slots=True)
class Batch:
    """What a seal is over."""

    number: int
    first: int
    last: int
    at: datetime
    link: bytes


def link(key: ChainKey, previous: bytes, position: int, record_id: int, digest: bytes) -> bytes:
    """Return the link that ties a record to its place."""
    return key.mac(previous + _number(position) + _number(record_id) + digest, _LINK)


def seal(key: ChainKey, previous: bytes, batch: Batch, key_id: str) -> bytes:
    """Return the seal of a batch."""
    numbers = (batch.number, batch.first, batch.last, to_micros(batch.at))
    message = previous + b"".join(map(_number, numbers)) + batch.link + key_id.encode("ascii")
    return key.mac(message, _SEAL)


def read_head(connection: Connection) -> Head:
    """Return where the chain ends now."""
    row = connection.execute(
        select(audit_seals.c.number, audit_seals.c.last_position, audit_seals.c.seal, audit_positions.c.link)
        .join_from(
            audit_seals,
            audit_positions,
            audit_positions.c.position == audit_seals.c.last_position,
            isouter=True,
        )
        .order_by(audit_seals.c.number.desc())
        .limit(1)
    ).first()
    return Head(row.number, row.last_position, row.seal, row.link or _NOTHING) if row else Head()


def forged_place(connection: Connection) -> int | None:
    """Return a place beyond the last seal, or before the first; None while there is none.

    A sealer puts places and their seal there in one transaction, so that one statement never sees the half of it.
    """
    last = select(func.max(audit_positions.c.position)).scalar_subquery()
    first = select(func.min(audit_positions.c.position)).scalar_subquery()
    sealed = select(func.max(audit_seals.c.last_position)).scalar_subquery()
    row = connection.execute(select(last, first, sealed)).one()
    if row[0] is None:
        return None
    beyond = int(row[0]) if row[0] > (row[2] or 0) else None
    return int(row[1]) if row[1] < 1 else beyond


def seal_next(database: SqlDatabase, key: ChainKey, now: datetime, *, complete: bool = False) -> int:
    """Seal the records that wait, at most `BATCH`; return how many. `complete` looks back over everything.

    What is read and computed needs no lock; if another sealer was faster, the insertion hits its rows and
    nothing has happened. Raises ChainForgedError where somebody else has put a place into the chain: the next
    records would be left out or refused, in silence and for ever.
    """
    with database.read() as uow:
        forged = forged_place(uow.connection)
        if forged is not None:
            raise ChainForgedError(forged)
        head = read_head(uow.connection)
        waiting = _waiting(uow.connection, None if complete else head)
    if not waiting:
        return 0
    positions = list(_positions(key, head, waiting))
    try:
        with database.write() as uow:
            uow.connection.execute(insert(audit_positions), positions)
            uow.connection.execute(insert(audit_seals), _seal_row(key, head, positions, now))
    except IntegrityError:
        return 0
    return len(positions)


def _waiting(connection: Connection, head: Head | None) -> Sequence[Any]:
    placed, record_id = select(audit_positions.c.record_id), audit_records.c.id
    query = select(record_id, audit_records.c.digest).order_by(record_id).limit(BATCH)
    if head is None:
        return connection.execute(
            query.where(~placed.where(audit_positions.c.record_id == record_id).exists())
        ).all()
    # SQLite has one writer at a time, so ids become visible in order.
    back = _LOOK_BACK if connection.dialect.name == "postgresql" else 0
    after = (connection.execute(select(func.max(audit_positions.c.record_id))).scalar() or 0) - back
    # The same bound twice: PostgreSQL then looks at a stretch of both tables, a millisecond instead of thirty.
    recent = placed.where(audit_positions.c.record_id > after)
    return connection.execute(query.where(record_id > after, record_id.not_in(recent))).all()


def _positions(key: ChainKey, head: Head, waiting: Iterable[Any]) -> Iterable[dict[str, Any]]:
    last = head.link
    for position, (record_id, digest) in enumerate(waiting, start=head.position + 1):
        last = link(key, last, position, record_id, digest)
        yield {"position": position, "record_id": record_id, "link": last}


def _seal_row(
    key: ChainKey, head: Head, positions: Sequence[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    batch = Batch(head.number + 1, head.position + 1, positions[-1]["position"], now, positions[-1]["link"])
    return {
        "number": batch.number,
        "first_position": batch.first,
        "last_position": batch.last,
        "at": now,
        "key_id": key.mac_key_id,
        "seal": seal(key, head.seal, batch, key.mac_key_id),
    }


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big", signed=True)
