"""Reads the audit chain in order, in chunks, exactly as it is stored: a forger may have written anything."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, Text, select, type_coerce

from idp.domain.handles import same
from idp.storage.audit_chain import Batch
from idp.storage.audit_log import canonical, payload_digest, record_digest
from idp.storage.columns import from_micros
from idp.storage.tables import audit_positions, audit_records, audit_seals

_CHUNK = 2000
_RECORD = (
    *(column for column in audit_records.c if column.name not in {"id", "at", "payload"}),
    audit_records.c.id.label("stored_id"),
    type_coerce(audit_records.c.at, BigInteger).label("at"),
    # Not decoded by SQLAlchemy: what is no JSON any more is a finding, not a fault.
    type_coerce(audit_records.c.payload, Text).label("payload"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """One place of the chain and the record that stands there, if there is one.

    Attributes:
        sound: the record agrees with its own digests.
        weeded: its payload is gone.
    """

    position: int
    record_id: int
    link: bytes
    present: bool
    sound: bool
    weeded: bool
    digest: bytes
    at: int
    type: str


@dataclass(frozen=True, slots=True)
class Seal:
    """One row of seals, with numbers where numbers belong."""

    batch: Batch
    key_id: str
    seal: bytes


def links(connection: Connection, after: int) -> Iterator[Link]:
    """Yield the chain's places behind `after`, also those that appear while reading."""
    query = (
        select(audit_positions, *_RECORD)
        .join_from(
            audit_positions, audit_records, audit_records.c.id == audit_positions.c.record_id, isouter=True
        )
        .order_by(audit_positions.c.position)
        .limit(_CHUNK)
    )
    while rows := connection.execute(query.where(audit_positions.c.position > after)).mappings().all():
        yield from map(_link, rows)
        after = rows[-1]["position"]


def unsealed(connection: Connection) -> Iterator[Link]:
    """Yield the records that have no place yet, as links without one."""
    placed = (
        select(audit_positions.c.record_id).where(audit_positions.c.record_id == audit_records.c.id).exists()
    )
    query = select(*_RECORD).where(~placed).order_by(audit_records.c.id).limit(_CHUNK)
    after = 0
    while rows := connection.execute(query.where(audit_records.c.id > after)).mappings().all():
        yield from (_link({"position": 0, "record_id": row["stored_id"], "link": b"", **row}) for row in rows)
        after = rows[-1]["stored_id"]


def seals(connection: Connection, after: int) -> Iterator[Seal | None]:
    """Yield the seals behind number `after`; None stands for a row that cannot be one."""
    at = type_coerce(audit_seals.c.at, BigInteger).label("at")
    others = [column for column in audit_seals.c if column.name != "at"]
    query = select(at, *others).order_by(audit_seals.c.number).limit(_CHUNK)
    while rows := connection.execute(query.where(audit_seals.c.number > after)).mappings().all():
        yield from map(_seal, rows)
        after = rows[-1]["number"]


def _seal(row: RowMapping) -> Seal | None:
    numbers = (row["number"], row["first_position"], row["last_position"], row["at"])
    if not all(isinstance(number, int) for number in numbers) or not isinstance(row["key_id"], str):
        return None
    number, first, last, at = numbers
    try:
        batch = Batch(number, first, last, from_micros(at), link=b"")
    except OverflowError:
        return None
    return Seal(batch, row["key_id"], _bytes(row["seal"]))


def _link(row: Any) -> Link:
    present = row["stored_id"] is not None
    return Link(
        position=row["position"],
        record_id=row["record_id"] if isinstance(row["record_id"], int) else 0,
        link=_bytes(row["link"]),
        present=present,
        sound=present and _is_sound(row),
        weeded=row["payload"] is None,
        digest=_bytes(row["digest"]),
        at=row["at"] if isinstance(row["at"], int) else 0,
        type=str(row["type"]),
    )


def _is_sound(row: RowMapping) -> bool:
    hidden = _bytes(row["payload_digest"])
    payload = row["payload"]
    try:
        if payload is not None:
            value = json.loads(payload) if isinstance(payload, str) else payload
            if not same(payload_digest(canonical(value)), hidden):
                return False
        return same(record_digest(row, hidden), _bytes(row["digest"]))
    except (TypeError, ValueError):
        return False


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else b""
