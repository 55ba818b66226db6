"""Python's cyclic garbage collector, and when it is in the way.

Records, lines and texts of a synchronisation make no cycles, but set the collector off thousands of times, and each
time it walks through all that is alive.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the collector; within another pause nothing changes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
