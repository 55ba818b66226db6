"""From `portvakt serve` to its first answer, against an interpreter that only imports the libraries."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.installation import ROOT, Installation
from bench.processes import PATIENCE, ServerFailed, pinned, stop
from bench.rounds import durations
from bench.rows import Goal, Line
from bench.workbench import Figure, Workbench

_FLOOR = "import starlette, authlib, sqlalchemy"
_PATH = "/.well-known/openid-configuration"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line; the database is there already, as at every start but the first."""
    bench.say("time to first answer")
    installation = bench.installation()
    first_answer(installation)  # bytecode is compiled and files are in memory: an operator's second start
    pairs = [(first_answer(installation), importing()) for _ in range(bench.options.runs)]
    yield durations(
        "first_answer", "`portvakt serve` to its first answer", _FLOOR,
        [ours for ours, _ in pairs], [floor for _, floor in pairs], Goal(2.5, 1.5, at_least=False),
    )  # fmt: skip


def importing() -> float:
    """Return the seconds of an interpreter that imports the libraries."""
    began = time.perf_counter()
    subprocess.run(pinned([sys.executable, "-c", _FLOOR]), check=True)
    return time.perf_counter() - began


def first_answer(installation: Installation) -> float:
    """Return the seconds from starting the command to the first good answer."""
    log = installation.folder / "first_answer.log"
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned(installation.command("serve")), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        while not answers(installation.port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise ServerFailed(log.read_text(errors="replace")[-1500:])
            time.sleep(0.002)
        return time.perf_counter() - began
    finally:
        stop(process)


def answers(port: int) -> bool:
    """Whether the server gives a good answer; it waits for one as soon as the port is taken."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", _PATH, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


FIGURE = Figure("first_answer", measure)
