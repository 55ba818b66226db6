"""Servers on core 0, the load on core 1; and what /proc says of a process and its children.

Owns child processes. Knows nothing of what they serve.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 120.0
_GRACE = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))
SERVERS, LOAD = _CORES[0], _CORES[-1]


class ServerFailed(RuntimeError):
    """A server did not start; the text has the end of its log."""


def take_load_core() -> None:
    """Let this process, which makes the load, run on the last core alone."""
    os.sched_setaffinity(0, {LOAD})


def pinned(command: Sequence[str], core: int = SERVERS) -> list[str]:
    """Return `command` on one core; it ends when the bench is killed."""
    setpriv = shutil.which("setpriv")
    dying = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    return [*dying, "taskset", "-c", str(core), *command]


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Sequence[str],
    port: int,
    log: Path,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    ready: Callable[[], bool] | None = None,
) -> Iterator[int]:
    """Run a server on core 0 while the block lasts, once it is `ready`; gives its process id.

    Without `ready` it has to take connections on `port`.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned(command), cwd=folder, env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(ready or (lambda: listens(port)), process, log)
        yield process.pid
    finally:
        stop(process)


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server is ready; raises ServerFailed."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            end = log.read_text(errors="replace")[-1500:]
            raise ServerFailed(f"{log.stem} did not start: {end}")
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether something takes connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and wait for it; who does not go is made to."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the processor time of processes and their descendants until now."""
    everyone = {one for pid in pids for one in family(pid)}
    total = 0
    for one in everyone:
        fields = _stat(one)
        if fields:
            # Times of children that have ended are in the parent's account (proc(5), fields 14 to 17).
            total += sum(int(value) for value in fields[11:15])
    return total / _TICKS


def resident_mebibytes(pid: int) -> float:
    """Return the resident memory of a process and its descendants."""
    total = 0
    for one in family(pid):
        try:
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    return total / 1024


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; none for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
