"""The engine: SQLite or PostgreSQL from one URL, with the settings that make a commit durable."""

from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url

_BUSY_MILLISECONDS = 10_000

#: What every connection to SQLite is told first.
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    # FULL, or a one-time code that was spent comes back after a power loss.
    "synchronous=FULL",
    f"busy_timeout={_BUSY_MILLISECONDS}",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-4000",
    # A page that is written again and again is copied into the file a quarter as often.
    "wal_autocheckpoint=4000",
    # Mapped pages count as this process's memory, and grow with the database; the system's own cache has them anyway.
    "mmap_size=0",
)


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Return an engine for `sqlite:///PATH` or `postgresql+psycopg://…`."""
    parsed = make_url(url)
    # Values of statements stay out of exceptions' texts, which end in logs (K4).
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed, connect_args={"timeout": _BUSY_MILLISECONDS / 1000}, hide_parameters=True
        )
        event.listen(engine, "connect", _set_up_sqlite)
        return engine
    engine = create_engine(
        parsed, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True
    )
    event.listen(engine, "do_connect", _connect_postgresql)
    return engine


def _connect_postgresql(_dialect: Any, _record: Any, given: Any, named: Any) -> Any:
    from idp.storage.write_behind import WriteBehind  # noqa: PLC0415 - psycopg, which SQLite need not pay for

    return WriteBehind.connect(*given, **named)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # pysqlite's own transaction handling is off: `unit_of_work` begins, so that writers take the
    # lock at once (BEGIN IMMEDIATE) instead of failing half-way.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
