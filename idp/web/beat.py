"""Refusals leave on a beat, so that how long a check took cannot be heard (statement S9)."""

import asyncio
import math
import time

BEAT = 0.4


def until_beat(elapsed: float, beat: float = BEAT) -> float:
    """Return the seconds from `elapsed` to the next whole multiple of `beat`."""
    return max(math.ceil(elapsed / beat), 1) * beat - elapsed


async def on_beat(began: float) -> None:
    """Wait until the next beat since `began` (monotonic seconds)."""
    await asyncio.sleep(until_beat(time.monotonic() - began))
