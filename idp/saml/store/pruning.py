"""Removing what has had its time; a job does this now and then, a few rows at a time."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, select

from idp.saml.tables import chains, deliveries, messages, requests

#: Deliveries are shown to administrators this long.
DELIVERIES_KEPT = timedelta(days=90)
_AT_ONCE = 500


def prune(connection: Connection, now: datetime) -> int:
    """Delete up to some hundred rows of each kind; return how many went.

    A request is kept half an hour, and its age is bounded by minutes: a replay finds it, or is too old.
    """
    return sum(
        (
            _delete(connection, requests, requests.c.expires_at < now),
            _delete(connection, messages, messages.c.expires_at < now),
            _delete(connection, chains, chains.c.expires_at < now),
            _delete(connection, deliveries, deliveries.c.last_at < now - DELIVERIES_KEPT),
        )
    )


def _delete(connection: Connection, table: Table, ended: ColumnElement[bool]) -> int:
    key = list(table.primary_key.columns)
    # Whole rows by their keys: SQLite's DELETE knows no LIMIT.
    found = connection.execute(select(*key).where(ended).limit(_AT_ONCE)).all()
    for row in found:
        connection.execute(
            delete(table).where(*(column == value for column, value in zip(key, row, strict=True)))
        )
    return len(found)
