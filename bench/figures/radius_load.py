"""RADIUS beside a flood: how long one client waits while another is out of order, and the memory of the process."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from bench.floors.radius_loop import bare_loop
from bench.floors.servers import ROOT
from bench.load import Reading
from bench.processes import LOAD, pinned, resident_mebibytes, stop
from bench.radius_site import ADDRESSES, SECRETS, RadiusInstallation, Site
from bench.rows import Line, Row, Spread
from bench.workbench import Figure, Workbench

#: A gateway at eight in the morning: a few people at once.
_FEW = 4
#: Fifty times what Argon2id can check.
_A_SECOND = 2000


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the lines; each run is a process of its own."""
    made = RadiusInstallation.make(bench)
    runs = [_run(bench, made) for _ in range(bench.options.runs)]
    calm, flooded = [run.calm for run in runs], [run.flooded for run in runs]
    yield Row(
        figure="radius_load",
        title="RADIUS, HOTP alone: p99 while another client floods with wrong passwords",
        floor="the same client alone",
        unit="ms",
        ours=Spread.of([one.p99_ms for one in flooded]),
        theirs=Spread.of([one.p99_ms for one in calm]),
        ratio=Spread.of([a.p99_ms / b.p99_ms for a, b in zip(flooded, calm, strict=True)]),
        details={"calm": [asdict(one) for one in calm], "flooded": [asdict(one) for one in flooded]},
    )
    yield Row(
        figure="radius_load",
        title="`portvakt radius`, resident memory after that",
        floor="the bare loop",
        unit="MiB",
        ours=Spread.of([run.memory for run in runs]),
        theirs=Spread.of([run.memory_of_loop for run in runs]),
        ratio=Spread.of([run.memory / run.memory_of_loop for run in runs]),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """One process: latencies without and with the flood, and memory in MiB afterwards."""

    calm: Reading
    flooded: Reading
    memory: float
    memory_of_loop: float


def _run(bench: Workbench, made: RadiusInstallation) -> _Run:
    bench.say("RADIUS, latency under a flood from another client")
    seconds = bench.options.seconds
    with made.serving(bench.folder) as site, site.client("codes") as client, bare_loop(bench, "hotp") as loop:
        calm = client.drive(made.buttons.following, seconds, [site.pid], _FEW)
        with flood(site):
            flooded = client.drive(made.buttons.following, seconds, [site.pid], _FEW)
        return _Run(calm, flooded, resident_mebibytes(site.pid), resident_mebibytes(loop.pid))


@contextmanager
def flood(site: Site) -> Iterator[None]:
    """Flood while the block lasts."""
    arguments = [str(site.port), SECRETS["flood"], ADDRESSES["flood"], str(_A_SECOND)]
    process = subprocess.Popen(
        pinned([sys.executable, "-m", "bench.radius_flood", *arguments], LOAD), cwd=ROOT
    )
    try:
        yield
    finally:
        stop(process)


FIGURE = Figure("radius_load", measure)
