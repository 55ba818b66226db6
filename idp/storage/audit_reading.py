"""Audit records for people to read: newest first, by subject, reference number, type and period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from idp.storage.prepared import loads
from idp.storage.tables import audit_records

_SHOWN = ("id", "at", "type", "actor_kind", "actor", "subject", "object", "reason", "request_id", "node")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records; what is empty does not choose. `type` may end early: `signin` is all of `signin.…`.

    `since` is inclusive, `until` is not.
    """

    subjects: Sequence[str] = ()
    request_id: str = ""
    type: str = ""
    since: datetime | None = None
    until: datetime | None = None


def newest(connection: Connection, chosen: Filter, limit: int) -> list[dict[str, Any]]:
    """Return records as values for people and programs; a weeded payload is None."""
    query = select(*(audit_records.c[name] for name in _SHOWN), audit_records.c.payload)
    if chosen.subjects:
        query = query.where(audit_records.c.subject.in_(chosen.subjects))
    if chosen.request_id:
        query = query.where(audit_records.c.request_id == chosen.request_id)
    if chosen.type:
        exactly = audit_records.c.type == chosen.type
        query = query.where(exactly | audit_records.c.type.startswith(f"{chosen.type}.", autoescape=True))
    if chosen.since is not None:
        query = query.where(audit_records.c.at >= chosen.since)
    if chosen.until is not None:
        query = query.where(audit_records.c.at < chosen.until)
    rows = connection.execute(query.order_by(audit_records.c.id.desc()).limit(limit)).mappings()
    return [{**row, "payload": loads(row["payload"])} for row in rows]
