"""Rows given to PostgreSQL as COPY: quicker than any INSERT of many rows (docs/decisions/0094).

COPY knows no ON CONFLICT: a key that is there already is a fault. What goes wrong is raised as SQLAlchemy raises it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

from idp.storage.prepared import driver_cursor, translated

_quote = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]  # SQLAlchemy's own lacks a type


class Copy:
    """One table and the columns that are given. Values are as the driver takes them; JSON is text."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._names = tuple(names)
        columns = ", ".join(map(_quote.quote, names))
        self._sql = f"COPY {_quote.format_table(table)} ({columns}) FROM STDIN"

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows and return how many they are."""
        cursor = driver_cursor(connection)
        try:
            with cursor.copy(self._sql) as copy:
                for row in rows:
                    copy.write_row([row[name] for name in self._names])
        except connection.dialect.dbapi.Error as error:  # type: ignore[union-attr]  # a dialect in use has its driver
            raise translated(connection, self._sql, error) from error
        finally:
            cursor.close()
        return len(rows)
