"""Statements of the hot paths: compiled to the dialect's SQL once, then run without SQLAlchemy's machinery.

A Core statement costs about 110 µs, this about 20. The price: values come back as the driver gives
them, so instants are microseconds (`from_micros`) and JSON may be text (`loads`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.sql.compiler import SQLCompiler


class Prepared:
    """One Core statement with named `bindparam`s, ready to run many times."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}

    def run(self, connection: Connection, **values: Any) -> CursorResult[Any]:
        """Execute with `values` for its parameters."""
        sql, order, fixed = self._for(connection)
        merged = fixed | values
        parameters = merged if order is None else tuple(merged[name] for name in order)
        return connection.exec_driver_sql(sql, parameters)

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Execute once for each row and return how many rows of the table that touched."""
        if not rows:
            return 0
        sql, order, fixed = self._for(connection)
        names = order if order is not None else (*fixed, *rows[0])
        values = [[row[name] if name in row else fixed[name] for name in names] for row in rows]
        many: Any = [tuple(one) for one in values]
        if order is None:
            many = [dict(zip(names, one, strict=True)) for one in values]
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


def loads(value: Any) -> Any:
    """Return a JSON column's value, whichever way the driver gave it."""
    return json.loads(value) if isinstance(value, (str, bytes)) else value
