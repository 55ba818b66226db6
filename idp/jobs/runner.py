"""The threads that `portvakt serve` starts beside the web server, and how they end."""

import threading
import time
from collections.abc import Callable, Mapping

from structlog import get_logger

STOPPING_SECONDS = 8.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0

_log = get_logger(__name__)

Loop = Callable[[threading.Event], None]
"""Runs until the event is set; an exception starts it anew after a pause."""


class Runner:
    """Starts loops, each in a thread; stops them all within seconds."""

    def __init__(self, loops: Mapping[str, Loop]) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(name, loop), name=name, daemon=True)
            for name, loop in loops.items()
        ]

    def start(self) -> None:
        """Start every loop."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = STOPPING_SECONDS) -> bool:
        """Tell every loop to end and wait for it; False if one does not, which must not hold up the process."""
        self._stop.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            _log.warning("runner.did_not_stop", loops=late)
        return not late

    def _run(self, name: str, loop: Loop) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                loop(self._stop)
            except Exception:  # noqa: BLE001 - logged whole, and the loop starts anew
                _log.exception("runner.loop_failed", loop=name)
            else:
                return
            if time.monotonic() - began > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            self._stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
