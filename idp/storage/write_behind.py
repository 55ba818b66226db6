"""A connection to PostgreSQL that does not wait for the end of a COPY, but for it before anything else.

While the server checks the keys of a thousand rows, the next thousand are made: two processors work at once, and not in
turn. Owns that nothing overtakes a COPY: whatever is sent next waits for it first, a commit too, and raises what became
of it. Only a rollback does not ask.
"""

from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.copy import LibpqWriter
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

T = TypeVar("T")


class WriteBehind(psycopg.Connection[Any]):
    """May have one COPY of whose end nobody has heard yet."""

    is_behind = False

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Do what is to be done on the wire, after what is still going on there."""
        if self.is_behind:
            self.catch_up()
        return super().wait(gen, interval, timeout)

    def catch_up(self) -> None:
        """Wait for the end of the COPY; raises what it failed by."""
        self.is_behind = False
        for result in super().wait(fetch_many(self.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result, encoding=self.info.encoding)

    def rollback(self) -> None:
        """Roll back, whatever became of the COPY."""
        if self.is_behind:
            with suppress(psycopg.Error):
                self.catch_up()
        super().rollback()


class BehindWriter(LibpqWriter):
    """Ends a COPY without waiting for what the server says to it."""

    def finish(self, exc: BaseException | None = None) -> None:
        """Send the end; a fault here is told, and waited for, as ever."""
        connection = self.cursor.connection
        if exc is not None or not isinstance(connection, WriteBehind):
            super().finish(exc)
            return
        connection.wait(_send_end(connection.pgconn))
        connection.is_behind = True


def _send_end(driver: PGconn) -> PQGen[None]:
    while driver.put_copy_end() == 0:
        while not (yield psycopg.waiting.WAIT_W):
            continue
    while driver.flush() != 0:
        while not (yield psycopg.waiting.WAIT_W):
            continue
