"""Threads that wait for the outside: bounded, and apart from those that do not."""

import asyncio
import threading
from dataclasses import replace

import pytest

from idp.domain.errors import Unavailable
from idp.web.errors import problem_of
from idp.web.kit import Threads

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_X3_whoever_comes_when_too_many_wait_is_sent_away_and_quick_work_goes_on(site):
    kit = replace(site.kit, threads=Threads.of(quick=1, waiting=2, queued=3))
    answered = threading.Event()
    waiting = [asyncio.ensure_future(kit.run_waiting(answered.wait, 60)) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as sent_away:
        await kit.run_waiting(answered.wait, 60)
    problem = problem_of(sent_away.value)
    assert (problem.status, dict(problem.headers)) == (503, {"retry-after": "30"})
    assert await kit.run(lambda: "served") == "served"
    waiting[4].cancel()
    await asyncio.sleep(0)
    late = asyncio.ensure_future(kit.run_waiting(answered.wait, 60))
    await asyncio.sleep(0)
    assert not late.done(), "who gives up leaves the place to another"
    answered.set()
    assert await asyncio.gather(*waiting[:4], late) == [True] * 5
    assert await kit.run_waiting(lambda: "again") == "again"
