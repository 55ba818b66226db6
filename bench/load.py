"""Drives a server for some seconds and says what came of it: units a second, processor time, latencies.

The load is closed: a number of connections, each with one unit under way. Visitors take turns, so that a
server with more sessions than connections meets all of them.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import uvloop

from bench.processes import cpu_seconds

CONNECTIONS = 16
_WARM_UP = 0.15

T = TypeVar("T")
Unit = Callable[[], Awaitable[None]]


class LoadFailed(RuntimeError):
    """The server refused, or answered what it should not; the text is the first failure."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One run.

    Attributes:
        per_second: units that were completed.
        cpu_ms: the servers' processor time for one unit.
        p50_ms: half of the units took no longer.
        p99_ms: all but one in a hundred took no longer.
        busy: share of a core that the load itself took; near 1 it is the load that was measured.
    """

    per_second: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float
    busy: float


def run(task: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on uvloop."""
    return uvloop.run(task)


async def drive(
    units: Sequence[Unit], seconds: float, pids: Sequence[int], *, connections: int = CONNECTIONS
) -> Reading:
    """Drive for a moment to warm up, then for `seconds`; raises LoadFailed if a unit fails."""
    queue = deque(units)
    await _spell(queue, seconds * _WARM_UP, connections)
    cpu, own, began = cpu_seconds(pids), time.process_time(), time.perf_counter()
    taken = await _spell(queue, seconds, connections)
    elapsed = time.perf_counter() - began
    spent = cpu_seconds(pids) - cpu
    taken.sort()
    count = len(taken)
    return Reading(
        per_second=count / elapsed,
        cpu_ms=1000 * spent / count,
        p50_ms=1000 * taken[count // 2],
        p99_ms=1000 * taken[min(count - 1, int(count * 0.99))],
        busy=(time.process_time() - own) / elapsed,
    )


async def _spell(queue: deque[Unit], seconds: float, connections: int) -> list[float]:
    end = time.perf_counter() + seconds
    taken: list[float] = []

    async def one_after_the_other() -> None:
        while True:
            began = time.perf_counter()
            if began >= end and taken:
                return
            unit = queue.popleft()
            try:
                await unit()
            finally:
                queue.append(unit)
            taken.append(time.perf_counter() - began)

    # The first failure ends the run: a refusal is quick, and would pass for speed.
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(connections, len(queue))):
                group.create_task(one_after_the_other())
    except ExceptionGroup as failed:
        raise LoadFailed(str(failed.exceptions[0])) from failed
    return taken
