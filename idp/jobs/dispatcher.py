"""Takes due messages from the outbox and hands each to its handler, in threads of their own.

One thread here talks to the database, in short transactions between which handlers run; a handler that waits
for another system holds neither. Messages of one lane go one at a time, so a system that hangs holds one
thread; one that overruns its deadline is given up, its message is tried again, and its thread is not waited
for any more. Delivery is at least once: a message whose settling is lost with its process comes again.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Protocol

from structlog import get_logger

from idp.domain.outbox import DEADLINE, Delivery, Handler, Hopeless
from idp.jobs import backoff

POLL = timedelta(milliseconds=250)
WORKERS = 8
_OVERRUN_LIMIT = 32
_STOPPING = 4.0
_LEASE = DEADLINE + timedelta(minutes=1)
"""Longer than the deadline by more than clocks of nodes may differ (30 s)."""

_log = get_logger(__name__)


class Queue(Protocol):
    """What the dispatcher asks of the outbox, inside one transaction."""

    def take(
        self, topics: Collection[str], busy: Collection[str], limit: int, until: datetime, now: datetime
    ) -> Sequence[Delivery]: ...

    def has_due(self, topics: Collection[str], busy: Collection[str], now: datetime) -> bool: ...

    def done(self, delivery: Delivery, now: datetime) -> bool: ...

    def again(self, delivery: Delivery, error: str, due: datetime) -> bool: ...

    def give_up(self, delivery: Delivery, error: str, now: datetime) -> bool: ...


class Transaction(Protocol):
    """A unit of work with the outbox in it."""

    @property
    def outbox(self) -> Queue: ...


class Transactions(Protocol):
    """Where they come from; `storage.SqlDatabase` is one."""

    def read(self) -> AbstractContextManager[Transaction]: ...

    def write(self) -> AbstractContextManager[Transaction]: ...


@dataclass(frozen=True, slots=True)
class _Running:
    delivery: Delivery
    ends: float


@dataclass(frozen=True, slots=True)
class _Result:
    delivery: Delivery
    outcome: Hopeless | Exception | None


class Dispatcher:
    """The dispatcher of one process; `run` is its thread, `wake` may be called from any."""

    def __init__(
        self,
        database: Transactions,
        handlers: Mapping[str, Handler],
        clock: Callable[[], datetime],
        *,
        workers: int = WORKERS,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._database = database
        self._handlers = dict(handlers)
        self._clock = clock
        self._workers = workers
        self._deadline = deadline
        self._wakened = threading.Event()
        self._ended: SimpleQueue[_Result] = SimpleQueue()
        self._unsettled: list[_Result] = []
        self._running: dict[int, _Running] = {}
        self._overrun: dict[int, _Running] = {}

    def wake(self) -> None:
        """Say that there is something to do: a message was added, or a handler is done."""
        self._wakened.set()

    def run(self, stop: threading.Event) -> None:
        """Dispatch until `stop` is set, then settle what ends within a few seconds."""
        while not stop.is_set():
            self._wakened.clear()
            self.step()
            self._wakened.wait(POLL.total_seconds())
        self._finish()

    def step(self) -> None:
        """Settle what has ended and start what is due, as far as there are hands for it."""
        self._collect()
        for delivery in self._exchange():
            self._start(delivery)

    def _exchange(self) -> Sequence[Delivery]:
        now, free, busy = self._clock(), self._free(), self._busy()
        if not self._unsettled:
            with self._database.read() as uow:
                if not free or not uow.outbox.has_due(self._handlers.keys(), busy, now):
                    return ()
        with self._database.write() as uow:
            for result in self._unsettled:
                self._settle(uow.outbox, result, now)
            taken = uow.outbox.take(self._handlers.keys(), busy, free, now + _LEASE, now) if free else ()
        # Forgotten only now that it is committed: if the database was away, the next step settles it.
        self._unsettled.clear()
        return taken

    def _settle(self, outbox: Queue, result: _Result, now: datetime) -> None:
        delivery, outcome = result.delivery, result.outcome
        about = {
            "topic": delivery.topic,
            "lane": delivery.lane,
            "id": delivery.id,
            "attempt": delivery.attempt,
        }
        if outcome is None:
            outbox.done(delivery, now)
        elif isinstance(outcome, Hopeless):
            _log.warning("outbox.hopeless", reason=outcome.reason, **about)
            outbox.give_up(delivery, outcome.reason, now)
        elif delivery.attempt >= backoff.ATTEMPTS:
            _log.error("outbox.given_up", error=_words(outcome), **about)
            outbox.give_up(delivery, _words(outcome), now)
        else:
            _log.info("outbox.failed", error=_words(outcome), **about)
            due = (
                now
                if isinstance(outcome, _Interrupted)
                else now + backoff.wait_after(delivery.attempt, delivery.id)
            )
            outbox.again(delivery, _words(outcome), due)

    def _collect(self) -> None:
        while True:
            try:
                result = self._ended.get_nowait()
            except Empty:
                break
            # One that overran its deadline was settled then; what it says now comes too late.
            if self._overrun.pop(result.delivery.id, None) is None:
                self._running.pop(result.delivery.id, None)
                self._unsettled.append(result)
        now = time.monotonic()
        for overdue in [running for running in self._running.values() if running.ends < now]:
            delivery = overdue.delivery
            self._overrun[delivery.id] = self._running.pop(delivery.id)
            self._unsettled.append(_Result(delivery, TimeoutError(f"no end within {self._deadline}")))
            _log.error("outbox.overrun", topic=delivery.topic, lane=delivery.lane, id=delivery.id)

    def _free(self) -> int:
        return self._workers - len(self._running) if len(self._overrun) < _OVERRUN_LIMIT else 0

    def _busy(self) -> list[str]:
        return [running.delivery.lane for running in (*self._running.values(), *self._overrun.values())]

    def _start(self, delivery: Delivery) -> None:
        self._running[delivery.id] = _Running(delivery, time.monotonic() + self._deadline.total_seconds())
        threading.Thread(
            target=self._deliver, args=(delivery,), name=f"outbox-{delivery.topic}", daemon=True
        ).start()

    def _deliver(self, delivery: Delivery) -> None:
        outcome: Hopeless | Exception | None
        try:
            outcome = self._handlers[delivery.topic](delivery, self._clock())
        except Exception as error:  # noqa: BLE001 - whatever a handler raises may pass; it is tried again
            outcome = error
        self._ended.put(_Result(delivery, outcome))
        self.wake()

    def _finish(self) -> None:
        until = time.monotonic() + _STOPPING
        while self._running and time.monotonic() < until:
            self._wakened.clear()
            self._collect()
            self._wakened.wait(min(POLL.total_seconds(), max(0.0, until - time.monotonic())))
        self._collect()
        # What is cut short comes again at once, on whichever node is up, not when its lease has run out.
        self._unsettled += [_Result(running.delivery, _Interrupted()) for running in self._running.values()]
        if self._unsettled:
            now = self._clock()
            with self._database.write() as uow:
                for result in self._unsettled:
                    self._settle(uow.outbox, result, now)


class _Interrupted(Exception):
    """The process stopped before the handler had ended."""


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
