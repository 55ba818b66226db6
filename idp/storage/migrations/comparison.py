"""How tables in Python are compared with tables in a database: the same for a new revision and for its test."""

import importlib
import importlib.util
from typing import Any, Literal

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

#: Every module that defines tables, by name: storage imports no protocol's room, and a room can be deleted.
TABLE_MODULES = (
    "idp.storage.tables",
    "idp.oidc.tables",
    "idp.radius.tables",
    "idp.provisioning.tables",
    "idp.saml.tables",
    "idp.verification.tables",
    "mfa.tables",
)


def _render_item(kind: str, item: Any, context: Any) -> str | Literal[False]:
    # A migration keeps its meaning for ever, so it names plain types, not ours.
    if kind != "type":
        return False
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if isinstance(item, JSONB):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return "postgresql.JSONB()"
    return False


def _same_default(
    _context: Any, _inspected: Any, _column: Any, found: str | None, _default: Any, rendered: str | None
) -> bool | None:
    # Alembic takes SQLite's '' for something else than ''. None: compare as usual.
    return False if _bare(found) == _bare(rendered) else None


def _bare(default: str | None) -> str | None:
    return default.strip("()'") if default else default


OPTIONS: dict[str, Any] = {
    "render_as_batch": True,  # SQLite can alter hardly anything in place
    "compare_type": True,
    "compare_server_default": _same_default,
    "render_item": _render_item,
}


def all_metadata() -> list[MetaData]:
    """Return the metadata of every table there is."""
    found: list[MetaData] = []
    for name in TABLE_MODULES:
        if importlib.util.find_spec(name.rpartition(".")[0]) and importlib.util.find_spec(name):
            metadata = importlib.import_module(name).metadata
            if metadata not in found:
                found.append(metadata)
    return found


def differences(connection: Connection) -> list[Any]:
    """Return what differs between the tables in Python and the database; empty when nothing does."""
    context = MigrationContext.configure(connection, opts={"target_metadata": all_metadata(), **OPTIONS})
    return list(compare_metadata(context, all_metadata()))  # type: ignore[arg-type]  # a list does as well
