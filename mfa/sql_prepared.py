"""Statements of the hot path, compiled once for each dialect and given to the driver as they are.

SQLAlchemy Core spends most of a small statement's time on building and looking up what never changes, and on
results that are made for more than a row. What runs here bypasses its types: instants go in and come out as
microseconds (`tables.microseconds`, `tables.instant`). What goes wrong is raised as SQLAlchemy raises it.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError

Parameter = str | int | bytes | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    constants: dict[str, Parameter]
    """What stands in the statement itself and the dialect makes parameters of."""
    positions: list[str] | None
    """The order of the parameters where the driver knows them by place (SQLite)."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything that one statement gave, and how many rows it touched."""

    found: Sequence[Any]
    rowcount: int

    def __iter__(self) -> Iterator[Any]:
        return iter(self.found)

    def one_or_none(self) -> Any | None:
        """The row, if there is one; more are a fault."""
        if len(self.found) > 1:
            raise LookupError(f"{len(self.found)} rows where one was expected")
        return self.found[0] if self.found else None


class Prepared:
    """One statement with named parameters (`bindparam`)."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}
        self._named: Callable[[Any], Any] | None = None

    def run(self, connection: Connection, **parameters: Parameter) -> Rows:
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        named: Any = compiled.constants | parameters
        if compiled.positions is not None:
            named = tuple([named[name] for name in compiled.positions])
        if not connection.in_transaction():
            connection.begin()
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.text, named)
            if cursor.description is None:
                return Rows((), cursor.rowcount)
            make = self._named or self._name(cursor.description)
            return Rows([make(row) for row in cursor.fetchall()], cursor.rowcount)
        except connection.dialect.dbapi.Error as error:  # type: ignore[union-attr]  # a dialect in use has its driver
            raise _translated(connection, compiled.text, error) from error
        finally:
            cursor.close()

    def _name(self, description: Sequence[Sequence[Any]]) -> Callable[[Any], Any]:
        kind: Any = namedtuple("Row", [column[0] for column in description])  # type: ignore[misc]  # noqa: PYI024 - names are known late
        named: Callable[[Any], Any] = kind._make
        self._named = named
        return named

    def _compile(self, dialect: Dialect) -> _Compiled:
        made: Any = self._statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Core statement compiles
        constants = {name: bound.value for bound, name in made.bind_names.items() if not bound.required}
        compiled = _Compiled(str(made), constants, made.positiontup if made.positional else None)
        self._compiled[dialect.name] = compiled
        return compiled


def _translated(connection: Connection, sql: str, error: Exception) -> BaseException:
    """A connection that was lost is thrown away, so that the pool makes a new one."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]  # its own driver
    if lost:
        connection.invalidate(error)
    base = dialect.dbapi.Error  # type: ignore[union-attr]  # a dialect in use has its driver
    return DBAPIError.instance(
        sql, None, error, base, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )
