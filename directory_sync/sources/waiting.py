"""Waiting between two questions to a source, without a long silence and without being deaf to the end."""

import time
from collections.abc import Iterator

from directory_sync.changes import Stopped, Told

_TICK = 0.5


def waiting(seconds: float, stopped: Stopped) -> Iterator[Told]:
    """Tell every now and then that nothing was heard, for so long."""
    ends = time.monotonic() + seconds
    while not stopped() and time.monotonic() < ends:
        time.sleep(min(_TICK, max(0.0, ends - time.monotonic())))
        yield Told()
