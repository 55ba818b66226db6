"""Records of the audit log as lines for people: who acted is named by login, where it is an account."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, select

from idp.domain.register import HistoryLine
from idp.storage.tables import accounts, audit_records


def history_lines(
    connection: Connection, chosen: ColumnElement[bool], most: int, *, oldest_first: bool = False
) -> Sequence[HistoryLine]:
    """Return the newest (or oldest) records that are chosen."""
    order = audit_records.c.id if oldest_first else audit_records.c.id.desc()
    rows = connection.execute(
        select(
            audit_records.c.id,
            audit_records.c.at,
            audit_records.c.type,
            func.coalesce(accounts.c.login, audit_records.c.actor),
            audit_records.c.reason,
            audit_records.c.object,
            audit_records.c.subject,
            audit_records.c.request_id,
        )
        .outerjoin(accounts, accounts.c.id == audit_records.c.actor)
        .where(chosen)
        .order_by(order)
        .limit(most)
    )
    return [HistoryLine(*row) for row in rows]
