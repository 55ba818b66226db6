"""Insert a row unless one like it is there already, in the words of either database."""

from collections.abc import Mapping

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Whether the row is ours; any unique constraint or index may have refused it."""
    key = next(iter(table.primary_key.columns))
    # RETURNING tells reliably; the row count of an INSERT is not promised by every driver.
    if connection.dialect.name == "postgresql":
        statement = postgresql.insert(table).values(values).on_conflict_do_nothing()
        return connection.execute(statement.returning(key)).first() is not None
    ignoring = sqlite.insert(table).values(values).on_conflict_do_nothing()
    return connection.execute(ignoring.returning(key)).first() is not None
