"""Telling other threads and nodes that something changed: LISTEN/NOTIFY on PostgreSQL, nothing on SQLite.

An announcement is a hint that saves waiting for the next poll, never a promise: whoever listens also polls.
"""

import threading
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Engine
from structlog import get_logger

OUTBOX = "portvakt_outbox"
CATALOGUE = "portvakt_catalogue"

_RETRY_SECONDS = 2.0
_WAIT_SECONDS = 0.5

_log = get_logger(__name__)


def announce(connection: Connection, channel: str) -> None:
    """Announce on commit; many announcements of one transaction arrive as one."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_notify(%(channel)s, '')", {"channel": channel})


class Listener:
    """Calls back when one of its channels is announced; on SQLite its thread ends at once."""

    def __init__(self, engine: Engine, on_announcement: Mapping[str, Callable[[], None]]) -> None:
        self._engine = engine
        self._callbacks = dict(on_announcement)

    def run(self, stop: threading.Event) -> None:
        """Listen until `stop` is set; a lost connection is made anew."""
        if self._engine.dialect.name != "postgresql":
            return
        import psycopg  # noqa: PLC0415 - a twentieth of a start, which SQLite need not pay

        while not stop.is_set():
            try:
                self._listen(stop)
            except psycopg.Error as error:
                _log.warning("announcements.connection_lost", error=type(error).__name__)
                stop.wait(_RETRY_SECONDS)

    def _listen(self, stop: threading.Event) -> None:
        import psycopg  # noqa: PLC0415 - as above
        from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - as above

        arguments, keywords = self._engine.dialect.create_connect_args(self._engine.url)
        # A connection of its own: one of the pool's would be missing there for ever.
        with psycopg.connect(*arguments, **keywords, autocommit=True) as connection:
            for channel in self._callbacks:
                connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
            for callback in self._callbacks.values():
                callback()  # what was announced before the connection stood
            while not stop.is_set():
                for notice in connection.notifies(timeout=_WAIT_SECONDS):
                    self._callbacks[notice.channel]()
