"""Appends audit records. One INSERT; the chain is sealed later, so that nobody queues for it (`audit_chain`).

What may be weeded (address and details) is the payload; the record's digest covers it through a digest of its
own with a random salt inside the payload, so that after weeding it cannot be found by trying values. Texts
are made harmless before they are stored (A4), because everybody who reads the log later would have to.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert

from idp.domain.audit import AuditRecord
from idp.domain.handles import new_id, new_ids
from idp.domain.plain_text import plain
from idp.domain.process_counts import COUNTED
from idp.storage.bulk import BulkInsert
from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared
from idp.storage.tables import audit_records

_FORMAT = "portvakt audit record 1"
_LIMITS = {
    "type": 64,
    "actor_kind": 16,
    "actor": 64,
    "subject": 64,
    "object": 200,
    "reason": 1000,
    "request_id": 32,
    "node": 64,
}
_TEXT_LIMIT = 500
_LIST_LIMIT = 100
_PAYLOAD_LIMIT = 8000
_COLUMNS = ("at", *_LIMITS)

_INSERT = Prepared(
    insert(audit_records)
    .values({name: bindparam(name) for name in (*_COLUMNS, "payload", "payload_digest", "digest")})
    .inline()
)

_INSERT_MANY = BulkInsert(audit_records, without=("id",))

Payload = Mapping[str, Any]

_canonical = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False
).encode
_list = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


class SqlAuditLog:
    """Implements `domain.audit.AuditLog`: a record that cannot be stored undoes what it records (A3)."""

    def __init__(self, connection: Connection, counted: list[AuditRecord]) -> None:
        """`counted` gets what is to be counted once the unit of work is committed."""
        self._connection = connection
        self._counted = counted

    def append(self, record: AuditRecord) -> None:
        self.only_count(record)
        _INSERT.run(self._connection, **_row(record, new_id()))

    def only_count(self, record: AuditRecord) -> None:
        if record.type in COUNTED:
            self._counted.append(record)

    def extend(self, records: Sequence[AuditRecord]) -> None:
        """Append many records by one statement."""
        salted = zip(records, new_ids(len(records)), strict=True)
        rows = [_row(record, salt) for record, salt in salted]
        _INSERT_MANY.run(self._connection, rows)


def _row(record: AuditRecord, salt: str) -> dict[str, Any]:
    row: dict[str, Any] = {name: plain(getattr(record, name), limit) for name, limit in _LIMITS.items()}
    row["at"] = to_micros(record.at)
    payload = _payload(record, salt)
    hidden = payload_digest(payload)
    return {**row, "payload": payload, "payload_digest": hidden, "digest": record_digest(row, hidden)}


def canonical(value: Payload) -> str:
    """Return the one JSON text of a payload, whatever order a database gave its members."""
    return _canonical(value)


def payload_digest(payload: str) -> bytes:
    """Return what stays of a payload when it is weeded."""
    return hashlib.sha256(payload.encode("utf-8")).digest()


def record_digest(row: Mapping[str, Any] | RowMapping, hidden: bytes) -> bytes:
    """Return the digest of a record: its columns (`at` in microseconds) and its payload's digest."""
    parts = [_FORMAT, *(row[name] for name in _COLUMNS), hidden.hex()]
    # A JSON list: no two different records have the same text.
    return hashlib.sha256(_list(parts).encode("utf-8")).digest()


def _payload(record: AuditRecord, salt: str) -> str:
    payload: dict[str, Any] = {"salt": salt, "address": plain(record.address, 64)}
    details = {plain(name, 64): _detail(value) for name, value in record.details.items()}
    text = canonical(payload | {"details": details})
    if len(text) > _PAYLOAD_LIMIT and len(canonical(details)) > _PAYLOAD_LIMIT:
        return canonical(payload | {"details": {}, "left_out": sorted(details)[:_LIST_LIMIT]})
    return text


def _detail(value: str | int | bool | Sequence[str]) -> Any:  # noqa: FBT001 - a value of the event, not a switch
    if isinstance(value, str):
        return plain(value, _TEXT_LIMIT)
    if isinstance(value, int):
        return value
    return [plain(item, _TEXT_LIMIT) for item in value[:_LIST_LIMIT]]
