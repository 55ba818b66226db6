"""Fair turns: each NAS has a bounded queue, a free worker takes from the next NAS in the round (R9).

Lives in one event loop; only the handling itself runs in worker threads. No NAS may hold all workers, so that
another's request finds one free. Retransmissions of what is queued, in work or answered are met here first.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial

from idp.radius.received import Answer, Dropped, Received

_KEPT_SECONDS = 30.0
_MOST_KEPT = 20_000
_QUEUED = 256


@dataclass(slots=True)
class _Turn:
    received: Received
    handle: Callable[[Received], Answer]
    deliver: Callable[[Answer], None]


@dataclass(slots=True)
class _Lane:
    waiting: deque[_Turn] = field(default_factory=deque)
    running: int = 0


class Desk:
    """See the module. `workers` is how many handlings run at once."""

    def __init__(self, executor: Executor, workers: int, queued: int = _QUEUED) -> None:
        self._executor = executor
        self._workers = workers
        self._most_of_one = max(1, workers - max(1, workers // 4))
        self._queued = queued
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._running = 0
        self._recent: OrderedDict[bytes, tuple[float, Answer | None]] = OrderedDict()

    def submit(
        self,
        received: Received,
        handle: Callable[[Received], Answer],
        deliver: Callable[[Answer], None],
    ) -> None:
        """Handle a request when its turn comes; `deliver` gets the answer, in the loop."""
        key = received.key
        known = self._recall(key)
        if known is not None:
            deliver(known)
            return
        lane = self._lanes.setdefault(received.nas.application_id, _Lane())
        if len(lane.waiting) >= self._queued:
            deliver(Answer(dropped=Dropped.QUEUE_FULL))
            return
        self._recent[key] = (time.monotonic(), None)
        lane.waiting.append(_Turn(received, handle, deliver))
        self._pump()

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return sum(len(lane.waiting) for lane in self._lanes.values())

    def _recall(self, key: bytes) -> Answer | None:
        """Return what to do with a retransmission; None for what is new here."""
        oldest = time.monotonic() - _KEPT_SECONDS
        while self._recent:
            first = next(iter(self._recent))
            if self._recent[first][0] > oldest and len(self._recent) <= _MOST_KEPT:
                break
            del self._recent[first]
        held = self._recent.get(key)
        if held is None:
            return None
        return held[1] or Answer(dropped=Dropped.DUPLICATE_IN_PROGRESS)

    def _pump(self) -> None:
        while self._running < self._workers:
            turn = self._next()
            if turn is None:
                return
            self._running += 1
            future = self._executor.submit(turn.handle, turn.received)
            future.add_done_callback(partial(self._done_elsewhere, asyncio.get_running_loop(), turn))

    def _next(self) -> _Turn | None:
        for name in list(self._lanes):
            lane = self._lanes[name]
            if not lane.waiting and not lane.running:
                del self._lanes[name]
            elif lane.waiting and lane.running < self._most_of_one:
                self._lanes.move_to_end(name)
                lane.running += 1
                return lane.waiting.popleft()
        return None

    def _done_elsewhere(self, loop: asyncio.AbstractEventLoop, turn: _Turn, future: Future[Answer]) -> None:
        """Come back from the worker's thread into the loop."""
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._done, turn, future)

    def _done(self, turn: _Turn, future: Future[Answer]) -> None:
        self._running -= 1
        lane = self._lanes.get(turn.received.nas.application_id)
        if lane is not None:
            lane.running -= 1
        answer = Answer(dropped=Dropped.FAULT) if future.exception() else future.result()
        key = turn.received.key
        if answer.reply is None:
            self._recent.pop(key, None)
        else:
            self._recent[key] = (time.monotonic(), answer)
        turn.deliver(answer)
        self._pump()
