"""Synchronising a directory, first and unchanged, against python-ldap reading the same tree from the same slapd."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

from bench.directories import Fresh, configuration, databases_for, loaded, slapd_is_missing
from bench.installation import ROOT, Installation
from bench.processes import LOAD, pinned
from bench.rounds import durations
from bench.rows import Absent, Goal, Judged, Line, Row, Spread
from bench.workbench import Figure, Workbench
from deploy.municipality.slapd import READER_PASSWORD

_FLOOR = "python-ldap reading the same tree"

Took = dict[str, float | str]


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield two lines for each size and database."""
    peaks: dict[int, list[float]] = {}
    with ExitStack() as stack:
        databases, absent = databases_for(stack, "synchronise")
        yield from absent
        for size in bench.options.sizes:
            missing = slapd_is_missing()
            if missing:
                yield Absent("synchronise", f"synchronising {size:,} entries", missing)
                continue
            yield from _of_size(bench, size, peaks, databases)
    yield from _peak(peaks)


def _peak(peaks: dict[int, list[float]]) -> Iterator[Line]:
    """Yield how much more memory the largest directory takes than the smallest."""
    if len(peaks) > 1:
        small, large = min(peaks), max(peaks)
        more = [a - b for a, b in zip(peaks[large], peaks[small], strict=True)]
        yield Row(
            figure="synchronise",
            title=f"peak memory, {large:,} entries above {small:,}",
            floor=f"the peak at {small:,}",
            unit="MiB",
            ours=Spread.of(more),
            theirs=Spread.of(peaks[small]),
            ratio=Spread.of([a / b for a, b in zip(more, peaks[small], strict=True)]),
            goal=Goal(64, 16, at_least=False, judged=Judged.OURS),
        )


def _of_size(
    bench: Workbench, size: int, peaks: dict[int, list[float]], databases: Mapping[str, Fresh]
) -> Iterator[Line]:
    folder = bench.folder / f"directory-{size}"
    bench.say(f"loading a directory of {size:,} into slapd")
    server = loaded(folder, size)
    with server:
        for where, fresh in databases.items():
            firsts, again, floors = [], [], []
            for number in range(bench.options.runs):
                bench.say(f"synchronising {size:,} entries{where}, run {number + 1} of {bench.options.runs}")
                portvakt = Installation.empty(
                    folder / "portvakt", configuration(server.url), {"directory": READER_PASSWORD}, fresh()
                )
                firsts.append(_child("bench.synchronise_once", str(portvakt.settings)))
                again.append(_child("bench.synchronise_once", str(portvakt.settings)))
                floors.append(_child("bench.floors.read_directory", server.url))
            _check(firsts, again)
            both = zip(_of(firsts, "peak_mib"), _of(again, "peak_mib"), strict=True)
            peaks.setdefault(size, [max(pair) for pair in both])
            title = f"{size:,} entries{where}"
            yield _line(f"first synchronisation, {title}", firsts, floors, Goal(12, 4, at_least=False))
            yield _line(f"unchanged synchronisation, {title}", again, floors, Goal(2, 1.2, at_least=False))


def _line(title: str, ours: list[Took], floors: list[Took], goal: Goal) -> Line:
    row = durations("synchronise", title, _FLOOR, _of(ours, "seconds"), _of(floors, "seconds"), goal)
    ratios = [a / b for a, b in zip(_of(ours, "cpu"), _of(floors, "cpu"), strict=True)]
    details: dict[str, object] = {"ours": ours, "floor": floors}
    return replace(row, cpu_ratio=sorted(ratios)[len(ratios) // 2], details=details)


def _of(taken: list[Took], name: str) -> list[float]:
    return [float(one[name]) for one in taken]


def _check(firsts: list[Took], again: list[Took]) -> None:
    """A run that did not do its work would be the fastest of all."""
    if any(one["outcome"] != "applied" for one in firsts) or any(
        one["outcome"] != "unchanged" for one in again
    ):
        raise RuntimeError(f"not a first and an unchanged synchronisation: {firsts} {again}")


def _child(module: str, argument: str) -> Took:
    """Run one measurement in a process of its own, where the load runs."""
    command = pinned([sys.executable, "-m", module, argument], LOAD)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module}: {done.stderr[-1000:]}")
    took: Took = json.loads(done.stdout.splitlines()[-1])
    return took


FIGURE = Figure("synchronise", measure)
