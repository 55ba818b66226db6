"""Many rows by few statements: what only synchronisations and jobs need.

SQLite runs one prepared statement for each row within the process, and PostgreSQL for a few. Many go to PostgreSQL by
COPY; where some may be there already, as one JSON value, so that a thousand rows are one message and not a thousand.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import JSON, TypeEngine

from idp.storage.columns import Instant
from idp.storage.copying import Copy
from idp.storage.prepared import Prepared

T = TypeVar("T")

CHUNK = 1000
_MANY = 20
"""From how many on one message of its own is quicker."""

Conflict = Callable[[postgresql.Insert], postgresql.Insert]
"""Adds what is to happen to a row whose key is there already. SQLite spells ON CONFLICT alike."""


def chunks(items: Iterable[T], most: int = CHUNK) -> Iterator[list[T]]:
    """Return the items in lists that fit into one statement's IN (…), or into memory."""
    iterator = iter(items)
    while chunk := list(islice(iterator, most)):
        yield chunk


def stretches(numbers: Collection[int]) -> Iterator[tuple[int, int]]:
    """Return numbers as the first and the last of those that follow each other."""
    for _, together in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        stretch = [number for _, number in together]
        yield stretch[0], stretch[-1]


def ignore(insert: postgresql.Insert) -> postgresql.Insert:
    """Leave a row alone whose key is there already."""
    return insert.on_conflict_do_nothing()


def refuse(insert: postgresql.Insert) -> postgresql.Insert:
    """Let a row whose key is there already be a fault."""
    return insert


class BulkInsert:
    """An INSERT of many rows. Values are as the driver takes them: instants as microseconds, JSON as text."""

    def __init__(self, table: Table, conflict: Conflict = refuse, without: Collection[str] = ()) -> None:
        """`without` names the columns that the database fills in."""
        names = [column.name for column in table.c if column.name not in without]
        columns = [table.c[name] for name in names]
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        self._one = Prepared(conflict(postgresql.insert(table).values(values)))
        self._many = Prepared(conflict(_from_json(table, columns)))
        self._copy = Copy(table, names) if conflict is refuse else None

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows and return how many of them are new or changed."""
        if len(rows) < _MANY or connection.dialect.name == "sqlite":
            return self._one.run_many(connection, rows)
        if self._copy is not None:
            return self._copy.run(connection, rows)
        return self._many.run(connection, rows=_encode(rows)).rowcount


def _readable(value: Any) -> str:
    """Bytes as PostgreSQL reads them, in hexadecimal (its manual, 8.4.1)."""
    if not isinstance(value, bytes):
        raise TypeError(f"no value for a row: {type(value).__name__}")
    return f"\\x{value.hex()}"


_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False, default=_readable
).encode


def _from_json(table: Table, columns: Sequence[Column[Any]]) -> postgresql.Insert:
    rows: ColumnElement[Any] = bindparam("rows", type_=Text())
    given = (
        func.json_to_recordset(cast(rows, postgresql.JSON))
        .table_valued(*[column(c.name, _plain_type(c)) for c in columns], name="given")
        .render_derived(with_types=True)
    )
    picked = [
        cast(given.c[c.name], postgresql.JSONB) if isinstance(c.type, JSON) else given.c[c.name]
        for c in columns
    ]
    return postgresql.insert(table).from_select([c.name for c in columns], select(*picked))


def _plain_type(column: Column[Any]) -> TypeEngine[Any]:
    kind = column.type
    if isinstance(kind, Instant | BigInteger | Integer):
        return BigInteger()
    if isinstance(kind, LargeBinary | Boolean):
        return kind
    return Text()
