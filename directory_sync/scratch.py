"""Where one run keeps what does not fit into memory: a temporary database that nobody else sees.

Owns how it is opened and what becomes of its faults. SQLite keeps a database without a name in its cache for as long as
it fits there; the rest goes to a file that is unlinked as soon as it is opened, so that a run that is killed leaves
nothing behind.
"""

import sqlite3
from collections.abc import Iterable
from functools import cached_property

_CACHE_KIB = 4096
FEW = 10_000
"""How many values whoever uses a scratch holds in memory before laying them down in it."""


class NoRoom(Exception):
    """The file system that holds temporary files is full."""


class Scratch:
    """Opened by its first use; closed when nobody holds it any more. One thread at a time."""

    def __init__(self, few: int = FEW) -> None:
        self.few = few
        self._numbers = 0

    @cached_property
    def _database(self) -> sqlite3.Connection:
        database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        # There is nothing to roll back and nobody to share with: what goes wrong here ends the run.
        database.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_CACHE_KIB}; BEGIN"
        )
        return database

    def number(self) -> int:
        """Tells one user's rows from another's."""
        self._numbers += 1
        return self._numbers

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Raises `NoRoom`."""
        try:
            return self._database.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise _told(error) from error

    def run_many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Raises `NoRoom`."""
        try:
            self._database.executemany(statement, rows)
        except sqlite3.OperationalError as error:
            raise _told(error) from error


def _told(error: sqlite3.OperationalError) -> Exception:
    if error.sqlite_errorcode in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}:
        return NoRoom(
            "there is no room left for temporary files; make some in the folder that TMPDIR names, or in /var/tmp"
        )
    return error
