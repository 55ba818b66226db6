"""Python's cyclic garbage collector, and how to keep it out of the way without doing without it.

Records, lines and texts of a synchronisation make no cycles, but at the usual 700 new objects they set the collector
off thousands of times. Elsewhere in the same process people sign in meanwhile, and what they leave behind has cycles:
so it is made less eager, not switched off. At 20,000 entries it takes 0.4 s of 9 s of a first reading and 0.1 s of
0.9 s of an unchanged one (usually 1.8 s and 0.3 s), and stops the process for 20 ms at most (usually 150 ms).
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG, OLD = 10_000, 100
"""So many new objects make a collection; so many collections of what survived one of all objects there are.

More at a time is hardly cheaper, and stops every thread for so long that a sign-in feels it.
"""


class _Ease:
    """The collector is the whole process's, and several directories are read at once: the last one restores it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within = 0
        self._usual = gc.get_threshold()

    def begin(self) -> None:
        with self._lock:
            self._within += 1
            if self._within == 1:
                self._usual = young, older, oldest = gc.get_threshold()
                # 0 is the collector switched off, and by somebody else: it stays so.
                gc.set_threshold(max(young, YOUNG) if young else 0, older, max(oldest, OLD))

    def end(self) -> None:
        with self._lock:
            self._within -= 1
            if self._within == 0:
                gc.set_threshold(*self._usual)


_EASE = _Ease()


@contextmanager
def collector_eased() -> Iterator[None]:
    """With a collector that comes less often; for all threads."""
    _EASE.begin()
    try:
        yield
    finally:
        _EASE.end()
