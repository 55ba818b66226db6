"""One change followed: from slapd's answer to the changed account, against a bare consumer of the same syncrepl."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from bench.directories import Fresh, configuration, databases_for, loaded, slapd_is_missing
from bench.installation import ROOT, Installation
from bench.processes import LOAD, pinned
from bench.rows import Absent, Goal, Judged, Line, Row, Spread
from bench.workbench import Figure, Workbench
from deploy.municipality.slapd import READER_PASSWORD

_CHANGES = 200
_FEW = 10


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield one line for each size: the 99th percentile of every run."""
    with ExitStack() as stack:
        databases, absent = databases_for(stack, "follow")
        yield from absent
        for size in bench.options.sizes:
            missing = slapd_is_missing()
            if missing:
                yield Absent("follow", f"one change followed, {size:,} entries", missing)
                continue
            yield from _of_size(bench, size, databases)


def _of_size(bench: Workbench, size: int, databases: Mapping[str, Fresh]) -> Iterator[Line]:
    folder = bench.folder / f"followed-{size}"
    bench.say(f"loading a directory of {size:,} into slapd, to follow it")
    server = loaded(folder, size)
    with server:
        for where, fresh in databases.items():
            portvakt = Installation.empty(
                folder / "portvakt", configuration(server.url), {"directory": READER_PASSWORD}, fresh()
            )
            yield _followed(bench, portvakt, f"{size:,} entries{where}")


def _followed(bench: Workbench, portvakt: Installation, title: str) -> Line:
    ours, theirs, middles = [], [], []
    number = _CHANGES if bench.options.seconds >= 1 else _FEW
    for run in range(bench.options.runs):
        bench.say(f"following {number} changes among {title}, run {run + 1} of {bench.options.runs}")
        command = [sys.executable, "-m", "bench.follow_changes", str(portvakt.settings), str(number)]
        done = subprocess.run(pinned(command, LOAD), cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"bench.follow_changes: {done.stderr[-1000:]}")
        told = json.loads(done.stdout.splitlines()[-1])
        ours.append(_p99(told["ours"]))
        theirs.append(_p99(told["floor"]))
        middles.append({name: statistics.median(values) for name, values in told.items()})
    return Row(
        figure="follow",
        title=f"one change followed, {title}, p99",
        floor="a bare syncrepl consumer",
        unit="ms",
        ours=Spread.of(ours),
        theirs=Spread.of(theirs),
        ratio=Spread.of([a / b for a, b in zip(ours, theirs, strict=True)]),
        goal=Goal(50, 15, at_least=False, judged=Judged.OURS),
        details={"medians": middles},
    )


def _p99(values: list[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.99) - 1)]


FIGURE = Figure("follow", measure)
