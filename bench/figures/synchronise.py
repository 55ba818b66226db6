"""Synchronising a directory, first and unchanged, against python-ldap reading the same tree from the same slapd."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import tomli_w
from psycopg.sql import SQL, Identifier

from bench.installation import ROOT, Installation
from bench.postgres import Postgres, PostgresUnavailable, postgres
from bench.processes import LOAD, pinned
from bench.rounds import durations
from bench.rows import Absent, Goal, Judged, Line, Row, Spread
from bench.workbench import Figure, Workbench
from deploy.municipality.generate import directory_ldif
from deploy.municipality.organisation import EMPLOYEES
from deploy.municipality.slapd import BASE_DN, READER_DN, READER_PASSWORD, Slapd, SlapdError, find_program

_FLOOR = "python-ldap reading the same tree"
_DEMO = ROOT / "deploy" / "demonstration" / "ekvik.toml"
_BYTES_AN_ENTRY = 16_000
_LEAST_MAP = 1 << 28

Took = dict[str, float | str]


Fresh = Callable[[], str]
"""Returns the URL of a database that is empty; "" for SQLite beside the settings."""


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield two lines for each size and database."""
    peaks: dict[int, list[float]] = {}
    with ExitStack() as stack:
        databases, absent = databases_for(stack, "synchronise")
        yield from absent
        for size in bench.options.sizes:
            try:
                find_program("slapd")
            except SlapdError as why:
                yield Absent("synchronise", f"synchronising {size:,} entries", str(why))
                continue
            yield from _of_size(bench, size, peaks, databases)
    yield from _peak(peaks)


def databases_for(stack: ExitStack, figure: str) -> tuple[Mapping[str, Fresh], list[Absent]]:
    """Return where to keep accounts, by what a title says of it: SQLite, and PostgreSQL where it can be had."""
    databases: dict[str, Fresh] = {"": lambda: ""}
    try:
        databases[", PostgreSQL"] = _fresh(stack.enter_context(postgres()))
    except PostgresUnavailable as why:
        return databases, [Absent(figure, "PostgreSQL", str(why))]
    return databases, []


def _fresh(server: Postgres) -> Fresh:
    numbers = count(1)

    def fresh() -> str:
        name = f"synchronised_{next(numbers)}"
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return server.url.rpartition("/")[0] + f"/{name}"

    return fresh


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
    with_map = max(_LEAST_MAP, size * _BYTES_AN_ENTRY)
    server = Slapd(folder / "slapd", durable=False, prefix=tuple(pinned(())), max_size=with_map)
    if server.is_loaded:
        server.clear()
    everybody = size >= EMPLOYEES
    server.load(directory_ldif(datetime.now(UTC).date(), employees=size, edge_cases=everybody))
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


def configuration(url: str) -> str:
    """Return the demo's directory and its mapping, at another address."""
    demo = tomllib.loads(Path(_DEMO).read_text(encoding="utf-8"))
    directory = demo["directories"]["ekvik"] | {
        "url": url, "base_dn": BASE_DN, "bind_dn": READER_DN, "bind_password": {"file": "secrets/directory"},
    }  # fmt: skip
    return tomli_w.dumps({"directories": {"ekvik": directory}})


FIGURE = Figure("synchronise", measure)
