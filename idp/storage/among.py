"""`column IN (…)` for many values by one parameter, so that the statement is one text however many they are.

A thousand placeholders cost more to write down, to send and to read than the rows that they find. PostgreSQL is
given an array to join with, SQLite a JSON list. An array to compare with (`= ANY`) would be gone through for each row
once PostgreSQL has a plan for any value (`plan_cache_mode` in its manual); what it joins with never is.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Text, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine


class _Texts(TypeDecorator[Collection[str]]):
    """Many texts as one value."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(Text()))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:
        return _as_one(value or (), dialect)


def _as_one(values: Collection[str], dialect: Dialect) -> Any:
    return list(values) if dialect.name == "postgresql" else json.dumps(list(values))


def texts(connection: Connection, values: Collection[str]) -> Any:
    """Return the value of such a parameter as a prepared statement takes it (`prepared`)."""
    return _as_one(values, connection.dialect)


class _Among(FunctionElement[Any]):
    """Takes the column and the parameter."""

    name = "among"
    inherit_cache = True
    # Not Boolean: SQLAlchemy writes `= 1` behind one for SQLite, which then looks at every row instead of in the index.
    type = NullType()


def among(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Tell whether a column of texts has one of the values of a parameter."""
    return _Among(column, bindparam(parameter, type_=_Texts()))


@compiles(_Among, "postgresql")
def _with_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT unnest({values}))"


@compiles(_Among, "sqlite")
def _with_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - two texts of the compiler's own
