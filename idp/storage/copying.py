"""Rows given to PostgreSQL by COPY: quicker than any INSERT of many rows (docs/decisions/0094).

Values are as the driver takes them; JSON is text. What goes wrong is raised as SQLAlchemy raises it.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

from idp.storage.prepared import driver_cursor, translated

_quote = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]  # SQLAlchemy's own lacks a type


class Copy:
    """Into one table, the columns that are given. COPY knows no ON CONFLICT: a key that is there already is a fault."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._values = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        columns = ", ".join(map(_quote.quote, names))
        self._sql = f"COPY {_quote.format_table(table)} ({columns}) FROM STDIN"

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows and return how many they are; should they not have been, what is run next says so."""
        from idp.storage.write_behind import BehindWriter  # noqa: PLC0415 - psycopg, which SQLite need not pay for

        cursor = driver_cursor(connection)
        try:
            with cursor.copy(self._sql, writer=BehindWriter(cursor)) as copy:
                for row in rows:
                    copy.write_row(self._values(row))
        except connection.dialect.dbapi.Error as error:  # type: ignore[union-attr]  # a dialect in use has its driver
            raise translated(connection, self._sql, error) from error
        finally:
            cursor.close()
        return len(rows)
