"""Every configured directory that is to be followed, followed: beside the server, or by `portvakt sync --watch`.

Owns that each has a thread, that another configuration is noticed, and that a thread that ended is started again.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idp.domain.errors import Unavailable
from idp.provisioning.directories import Directory
from idp.provisioning.watching import Watcher

LOOK_EVERY = 1.0
_DATABASE_PAUSE = 4.0

Tell = Callable[[str], None]


@dataclass(slots=True)
class _Running:
    thread: threading.Thread
    stop: threading.Event
    of: Directory


class Following:
    """One process's threads. `directories` says, each time anew, what is to be followed now."""

    def __init__(
        self,
        watcher: Watcher,
        directories: Callable[[], Sequence[Directory]],
        tell: Tell = lambda _text: None,
    ) -> None:
        self._watcher = watcher
        self._directories = directories
        self._tell = tell
        self._running: dict[str, _Running] = {}

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop` is set."""
        try:
            while not stop.is_set():
                try:
                    self._look()
                except Unavailable as away:  # who follows goes on, or says the same
                    self._tell(str(away))
                    stop.wait(_DATABASE_PAUSE)
                stop.wait(LOOK_EVERY)
        finally:
            for running in self._running.values():
                running.stop.set()
            for running in self._running.values():
                running.thread.join(timeout=10)

    def _look(self) -> None:
        wanted = {directory.name: directory for directory in self._directories()}
        for name, running in list(self._running.items()):
            directory = wanted.get(name)
            # Whatever is configured differently, were it the mail domain of newcomers, is another directory to follow.
            if directory != running.of:
                running.stop.set()
            if not running.thread.is_alive():
                del self._running[name]
        for name, directory in wanted.items():
            if name not in self._running:
                self._start(directory)

    def _start(self, directory: Directory) -> None:
        stop = threading.Event()
        thread = threading.Thread(
            target=self._watcher.lead,
            args=(directory, stop, self._tell),
            name=f"follow-{directory.name}",
            daemon=True,
        )
        self._running[directory.name] = _Running(thread, stop, directory)
        thread.start()
