"""The database's schema: which revision it has, which one this program needs, and the way from one to the other.

Revisions are numbered 0001, 0002, … in `migrations/versions`; the history is one line. Alembic is loaded
only when there is something to migrate, so that a start costs one SELECT.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from idp.domain.errors import ConfigurationError, Unavailable
from idp.storage.tables import catalogue_version

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
# Any number that no other program on the same server locks; two nodes that start at once take turns.
_ADVISORY_LOCK = 7_362_110_951


def expected_revision() -> str:
    """Return the newest revision that this program knows."""
    return max(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current_revision(engine: Engine) -> str | None:
    """Return the database's revision, None for an empty database; raises Unavailable."""
    try:
        with engine.connect() as connection:
            return revision_of(connection)
    except DBAPIError as error:
        raise Unavailable(f"the database does not answer: {first_line(error)}") from error


def revision_of(connection: Connection) -> str | None:
    """Return the revision as this connection sees it."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def check(engine: Engine) -> None:
    """Raise ConfigurationError unless the database has just the schema that this program needs."""
    current, expected = current_revision(engine), expected_revision()
    if current is None:
        raise ConfigurationError("the database is empty: run `portvakt upgrade`, or start `portvakt serve`")
    _refuse_newer(current, expected)
    if current != expected:
        raise ConfigurationError(
            f"the database's schema is {current}, this program needs {expected}: "
            "run `portvakt upgrade`, or start `portvakt serve`"
        )


def upgrade(engine: Engine) -> bool:
    """Bring the database to this program's schema; True if there was something to do."""
    current, expected = current_revision(engine), expected_revision()
    _refuse_newer(current, expected)
    if current == expected:
        return False
    with engine.connect() as connection, connection.begin():
        _take_turns(connection)
        # Another node may have migrated while this one waited.
        before = revision_of(connection)
        _refuse_newer(before, expected)
        if before != expected:
            _migrate(connection)
            _seed(connection)
    return before != expected


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a tenth of a second that only a migration is worth

    from idp.storage.migrations.alembic_config import alembic_config  # noqa: PLC0415 - loads alembic too

    command.upgrade(alembic_config(connection), "head")


def _seed(connection: Connection) -> None:
    """Put in the one row that everything expects to find."""
    if connection.execute(select(catalogue_version.c.one)).first() is None:
        connection.execute(catalogue_version.insert().values(one=1, version=0))


def _refuse_newer(current: str | None, expected: str) -> None:
    if current is not None and current > expected:
        raise ConfigurationError(
            f"the database's schema is {current}, newer than the {expected} of this program: "
            "install the version of Portvakt that it belongs to"
        )


def first_line(error: SQLAlchemyError) -> str:
    """Return what the driver said, in one line and without the statement or its values."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.partition("\n")[0] or type(error).__name__
