"""The demo's child processes: started in order, watched, stopped in the other order.

Owns processes and their logs. Knows nothing of what they do.
"""

import http.client
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 60.0
GRACE = 12.0


class ChildError(RuntimeError):
    """A child did not start, or stopped by itself; the text has the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running program."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


def find_server(name: str, package: str) -> str:
    """A server's path: /usr/sbin is not on an ordinary user's PATH."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        raise ChildError(f"{name} is missing: apt-get install {package}")
    return found


def dying_with_parent() -> tuple[str, ...]:
    """A prefix that ends a child when the demo itself is killed (util-linux, on every Debian)."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()


class Children:
    """All children. Leaving the block stops them."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []

    def start(
        self, name: str, command: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None
    ) -> Child:
        log = self._logs / f"{name}.log"
        with log.open("ab") as output:
            # A session of its own: Ctrl-C reaches the demo alone, which then stops the children in order.
            process = subprocess.Popen(
                [*dying_with_parent(), *command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def wait_for(self, child: Child, ready: Callable[[], bool], *, patience: float = PATIENCE) -> None:
        """Wait until the child is ready; raise if it stops or takes too long."""
        deadline = time.monotonic() + patience
        while not ready():
            _check_alive(child)
            if time.monotonic() > deadline:
                raise ChildError(
                    f"{child.name} did not answer within {patience:.0f} s; its log is {child.log}"
                )
            time.sleep(0.05)

    def watch(self) -> None:
        """Return only by an exception: a child that stops, or the interrupt of the one who watches."""
        while True:
            for child in self._children:
                _check_alive(child)
            time.sleep(0.5)

    def stop(self) -> None:
        """The last started first; who does not go is made to."""
        while self._children:
            _stop(self._children.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _check_alive(child: Child) -> None:
    code = child.process.poll()
    if code is not None:
        raise ChildError(f"{child.name} stopped ({code}):\n{tail(child.log)}")


def _stop(child: Child) -> None:
    if child.process.poll() is None:
        child.process.send_signal(signal.SIGTERM)
    try:
        child.process.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def answers_http(host: str, port: int, path: str) -> Callable[[], bool]:
    """A check whether a server answers with anything but an error of its own or its proxy."""

    def check() -> bool:
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return check
