"""Statements of the hot paths: compiled to the dialect's SQL once, then given to the driver as they are.

A Core statement costs about 110 µs, this about 10 (docs/decisions/0081). The price: values come back as the
driver gives them, so instants are microseconds (`from_micros`) and JSON may be text (`loads`), and all rows are
read at once. What goes wrong is raised as SQLAlchemy raises it.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler


class Dictionaries(list[dict[str, Any]]):
    """Rows as dictionaries, asked for as SQLAlchemy's mappings are."""

    def all(self) -> Sequence[dict[str, Any]]:
        return self

    def first(self) -> dict[str, Any] | None:
        return self[0] if self else None


class Rows:
    """Everything that one statement gave, as named tuples or dictionaries; and how many rows it touched."""

    __slots__ = ("_found", "_kind", "rowcount")

    def __init__(self, found: Sequence[Any], kind: "_Kind | None", rowcount: int) -> None:
        self._found = found
        self._kind = kind
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(()) if self._kind is None else map(self._kind.make, self._found)

    def all(self) -> Sequence[Any]:
        return list(self)

    def first(self) -> Any | None:
        return next(iter(self), None)

    def scalar(self) -> Any | None:
        return self._found[0][0] if self._found else None

    def mappings(self) -> Dictionaries:
        if self._kind is None:
            return Dictionaries()
        names = self._kind.names
        return Dictionaries([dict(zip(names, row, strict=True)) for row in self._found])


class _Kind:
    """The columns of a statement's rows."""

    __slots__ = ("make", "names")

    def __init__(self, description: Sequence[Sequence[Any]]) -> None:
        self.names = [column[0] for column in description]
        kind: Any = namedtuple("Row", self.names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - its names are known late
        self.make: Callable[[Any], Any] = kind._make


class Prepared:
    """One Core statement with named `bindparam`s, ready to run many times."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}
        self._kind: _Kind | None = None

    def run(self, connection: Connection, **values: Any) -> Rows:
        """Execute with `values` for its parameters."""
        sql, order, fixed = self._for(connection)
        merged = fixed | values
        parameters = merged if order is None else tuple([merged[name] for name in order])
        cursor = driver_cursor(connection)
        try:
            cursor.execute(sql, parameters)
            if cursor.description is None:
                return Rows((), None, cursor.rowcount)
            found = cursor.fetchall()
            if self._kind is None:
                self._kind = _Kind(cursor.description)
            return Rows(found, self._kind, cursor.rowcount)
        except connection.dialect.dbapi.Error as error:  # type: ignore[union-attr]  # a dialect in use has its driver
            raise translated(connection, sql, error) from error
        finally:
            cursor.close()

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Execute once for each row and return how many rows of the table that touched."""
        if not rows:
            return 0
        sql, order, fixed = self._for(connection)
        many: Any = rows
        if fixed:
            many = [{**fixed, **row} for row in rows]
        if order is not None:
            many = (
                list(map(itemgetter(*order), many)) if len(order) > 1 else [(row[order[0]],) for row in many]
            )
        return connection.exec_driver_sql(sql, many).rowcount

    def _for(self, connection: Connection) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
        name = connection.dialect.name
        found = self._compiled.get(name)
        if found is None:
            compiled = self._statement.compile(dialect=connection.dialect)  # type: ignore[attr-defined]  # every Core statement compiles
            found = self._compiled[name] = _parts(compiled)
        return found


def _parts(compiled: SQLCompiler) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
    order = tuple(compiled.positiontup) if compiled.positiontup else None
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    return compiled.string, order, fixed


def driver_cursor(connection: Connection) -> Any:
    """Return a cursor of the driver, within the transaction that SQLAlchemy knows of."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.cursor()


def run_plain(connection: Connection, statement: str) -> None:
    """Run a statement without parameters or rows, such as the one that begins a transaction (SQLite)."""
    cursor = driver_cursor(connection)
    try:
        cursor.execute(statement)
    except connection.dialect.dbapi.Error as error:  # type: ignore[union-attr]  # a dialect in use has its driver
        raise translated(connection, statement, error) from error
    finally:
        cursor.close()


def translated(connection: Connection, sql: str, error: Exception) -> BaseException:
    """Return a driver's error as SQLAlchemy would have raised it, its parameters left out.

    A connection that was lost is thrown away, so that the pool makes a new one.
    """
    dialect = connection.dialect
    held = connection.connection.dbapi_connection
    lost = dialect.is_disconnect(error, held, None)  # type: ignore[arg-type]  # the dialect's own driver
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        sql,
        None,
        error,
        dialect.dbapi.Error,  # type: ignore[union-attr]  # as above
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )


def loads(value: Any) -> Any:
    """Return a JSON column's value, whichever way the driver gave it."""
    return json.loads(value) if isinstance(value, (str, bytes)) else value
