"""Insert a row unless one like it is there already, in the words of either database."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from mfa.sql_prepared import Prepared
from mfa.tables import microseconds


def insert_or_ignore(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Whether the row is ours; any unique constraint or index may have refused it."""
    statement = _statement(table, tuple(values), connection.dialect.name)
    plain = {
        name: microseconds(value) if isinstance(value, datetime) else value for name, value in values.items()
    }
    return statement.run(connection, **plain).one_or_none() is not None


@cache
def _statement(table: Table, names: tuple[str, ...], dialect: str) -> Prepared:
    given: dict[str, Any] = {name: bindparam(name) for name in names}
    key = next(iter(table.primary_key.columns))
    # RETURNING tells reliably; the row count of an INSERT is not promised by every driver.
    if dialect == "postgresql":
        return Prepared(postgresql.insert(table).values(given).on_conflict_do_nothing().returning(key))
    return Prepared(sqlite.insert(table).values(given).on_conflict_do_nothing().returning(key))
