"""Statements of the hot path, compiled once for each dialect and run as the driver's own SQL.

SQLAlchemy Core spends most of a small statement's time on building and looking up what never changes. What runs
here bypasses its types: instants go in and come out as microseconds (`tables.microseconds`, `tables.instant`).
"""

from dataclasses import dataclass

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.sql.expression import Select, Update

Parameter = str | int | bytes | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    constants: dict[str, Parameter]
    """What stands in the statement itself and the dialect makes parameters of."""
    positions: list[str] | None
    """The order of the parameters where the driver knows them by place (SQLite)."""


class Prepared:
    """One statement with named parameters (`bindparam`)."""

    def __init__(self, statement: Select[*tuple[object, ...]] | Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, **parameters: Parameter) -> CursorResult[*tuple[object, ...]]:
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        named = compiled.constants | parameters
        if compiled.positions is None:
            return connection.exec_driver_sql(compiled.text, named)
        return connection.exec_driver_sql(compiled.text, tuple(named[name] for name in compiled.positions))

    def _compile(self, dialect: Dialect) -> _Compiled:
        made = self._statement.compile(dialect=dialect)
        constants = {name: bound.value for bound, name in made.bind_names.items() if not bound.required}
        compiled = _Compiled(str(made), constants, made.positiontup if made.positional else None)
        self._compiled[dialect.name] = compiled
        return compiled
