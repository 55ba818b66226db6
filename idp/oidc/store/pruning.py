"""Removing what has had its time; a job does this now and then, a few rows at a time."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select

from idp.oidc.tables import assertions, grants, logout_deliveries, requests, tokens

#: Spent codes and dead families are kept this long after they end, so that a late replay is still told apart.
KEPT_AFTER_END = timedelta(days=1)
#: Deliveries are shown to administrators this long.
DELIVERIES_KEPT = timedelta(days=90)
_AT_ONCE = 500


def prune(connection: Connection, now: datetime) -> int:
    """Delete up to some hundred rows of each kind; return how many went."""
    ended = now - KEPT_AFTER_END
    return sum(
        (
            _delete(connection, assertions, assertions.c.expires_at < now),
            _delete(connection, requests, requests.c.expires_at < ended),
            _delete(connection, tokens, tokens.c.expires_at < ended),
            _delete(connection, grants, or_(grants.c.expires_at < ended, grants.c.revoked_at < ended)),
            _delete(connection, logout_deliveries, logout_deliveries.c.last_at < now - DELIVERIES_KEPT),
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
