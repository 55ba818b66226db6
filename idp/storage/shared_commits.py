"""SQLite's writers of one process take turns, and those who wait for theirs share one commit.

A durable commit waits for the disk, milliseconds for which SQLite lets nobody else write. So a brief unit of work
that has been done is not committed while another brief one waits: that one goes on within the same transaction,
behind a savepoint of its own, and the last of them commits for all. Nobody returns before that commit; if it fails,
each of them learns it. What one of them rolls back is its own alone (SQLite, "SAVEPOINT", §2).

Turns are in the order of coming; without them SQLite's writers sleep and try again, each longer than the last.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoTurn

from idp.storage.prepared import run_plain

#: So many units of work at most wait for one commit, and so long at most does the first of them.
_MOST, _LONGEST_SECONDS = 32, 0.05


@dataclass(slots=True)
class _Group:
    """One transaction and how many units of work are in it."""

    connection: Connection
    transaction: RootTransaction
    began: float
    members: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    def end(self, how: Callable[[], None]) -> None:
        """Commit or roll back, and tell everybody in it."""
        try:
            how()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised to everybody in it
            self.error = self.error or error
            # A commit that SQLite refused leaves its transaction open: nobody may meet it in the pool.
            self.connection.invalidate()
        finally:
            self.connection.close()
            self.ended.set()


@dataclass(slots=True)
class _Waiting:
    """Somebody whose turn has not come."""

    brief: bool
    turn: threading.Event = field(default_factory=threading.Event)
    group: _Group | None = None


class SharedCommits:
    """See the module; one for each engine. After `patience` seconds a turn that has not come is given up."""

    def __init__(self, engine: Engine, patience: float = 10.0) -> None:
        self._engine = engine
        self._patience = patience
        self._mutex = threading.Lock()
        self._taken = False
        self._queue: deque[_Waiting] = deque()

    @contextmanager
    def transaction(self, *, brief: bool) -> Iterator[Connection]:
        """Give a connection within a writing transaction; on leaving normally what was done is durable.

        Raises what the work raises, with its own writes undone; what commit or connection raise, to all who were
        in the transaction; and sqlalchemy.exc.TimeoutError if no turn came.
        """
        group = self._turn(brief=brief) or self._begin()
        group.members += 1
        try:
            if brief:
                run_plain(group.connection, "SAVEPOINT member")
            yield group.connection
            if brief:
                run_plain(group.connection, "RELEASE member")
        except BaseException:
            self._undo(group, brief=brief)
            self._leave(group, brief=brief)
            raise
        self._leave(group, brief=brief)
        group.ended.wait()
        if group.error is not None:
            raise group.error

    def _turn(self, *, brief: bool) -> _Group | None:
        """Wait for the turn; return the transaction that it came with, if it came with one."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return None
            waiting = _Waiting(brief)
            self._queue.append(waiting)
        if not waiting.turn.wait(self._patience):
            with self._mutex:
                if waiting in self._queue:
                    self._queue.remove(waiting)
                    raise NoTurn("another writer has not ended")
        return waiting.group

    def _begin(self) -> _Group:
        connection: Connection | None = None
        try:
            connection = self._engine.connect()
            transaction = connection.begin()
            run_plain(connection, "BEGIN IMMEDIATE")
        except BaseException:
            if connection is not None:
                connection.close()
            self._pass_on(None)
            raise
        return _Group(connection, transaction, time.monotonic())

    def _undo(self, group: _Group, *, brief: bool) -> None:
        """Undo one member's writes. Some errors undo the whole transaction: then nobody's are kept."""
        if not brief:
            # Alone in its transaction. A savepoint would keep every page in memory as it was, and may be long.
            group.end(group.transaction.rollback)
            return
        try:
            run_plain(group.connection, "ROLLBACK TO member")
            run_plain(group.connection, "RELEASE member")
        except DBAPIError as lost:
            group.error = lost
            group.end(group.transaction.rollback)

    def _leave(self, group: _Group, *, brief: bool) -> None:
        """Hand the transaction to the next who may share it, or end it and pass the turn on."""
        late = time.monotonic() - group.began > _LONGEST_SECONDS
        shared = brief and not late and group.members < _MOST and not group.ended.is_set()
        if shared and self._pass_on(group):
            return
        if not group.ended.is_set():
            group.end(group.transaction.commit)
        self._pass_on(None)

    def _pass_on(self, group: _Group | None) -> bool:
        """Give the turn to the next; with a transaction only to one who is brief, or to nobody."""
        with self._mutex:
            if group is not None and not (self._queue and self._queue[0].brief):
                return False
            if not self._queue:
                self._taken = False
                return True
            waiting = self._queue.popleft()
            waiting.group = group
            waiting.turn.set()
            return True
