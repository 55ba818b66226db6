"""Processor time of a code flow with two processes on PostgreSQL, against one process on the same PostgreSQL.

PostgreSQL's own time counts on both sides. All of them share core 0: it is work that is compared, not speed.
"""

from collections.abc import Iterator

from bench.figures.tokens import uses
from bench.installation import Installation
from bench.load import Reading, drive, run
from bench.postgres import PostgresUnavailable, postgres
from bench.processes import free_port
from bench.relying_party import Visit, discover
from bench.rounds import in_turns
from bench.rows import Absent, Goal, Line, Row, Spread
from bench.workbench import Figure, Workbench

_TITLE = "code flow, two processes on PostgreSQL"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line."""
    bench.say("code flow on PostgreSQL, one process and two")
    try:
        with postgres() as server:
            options = bench.options
            portvakt = Installation.make(
                bench.folder / "postgres", options.accounts, options.sessions, server.url
            )
            second = free_port()
            with portvakt.serving() as one, portvakt.serving(second) as other:
                pids = [one.pid, other.pid, server.pid]
                both, alone = (portvakt.port, second), (portvakt.port,)
                ours, theirs = in_turns(
                    bench,
                    lambda: _reading(portvakt, both, pids, options.seconds),
                    lambda: _reading(portvakt, alone, pids, options.seconds),
                )
    except PostgresUnavailable as why:
        yield Absent("two_processes", _TITLE, str(why))
        return
    yield Row(
        figure="two_processes",
        title=_TITLE,
        floor="one process on the same",
        unit="ms of CPU",
        ours=Spread.of([one.cpu_ms for one in ours]),
        theirs=Spread.of([one.cpu_ms for one in theirs]),
        ratio=Spread.of([a.cpu_ms / b.cpu_ms for a, b in zip(ours, theirs, strict=True)]),
        goal=Goal(1.15, 1.05, at_least=False),
        details={"per_second": [(a.per_second, b.per_second) for a, b in zip(ours, theirs, strict=True)]},
    )


def _reading(portvakt: Installation, ports: tuple[int, ...], pids: list[int], seconds: float) -> Reading:
    """Drive the flow, each visit at one of the ports: no session sticks to a process."""

    async def drive_visits() -> Reading:
        party = await discover(portvakt.issuer, "bench", portvakt.client_secret, portvakt.port)
        visits = []
        for number in range(len(portvakt.sessions)):
            visit = Visit.of(party, portvakt.browser(number, ports[number % len(ports)]))
            visit.api.connect = ports[(number + number // 2) % len(ports)]
            visits.append(visit)
        reading = await drive(uses(visits, Visit.flow), seconds, pids)
        for visit in visits:
            visit.close()
        return reading

    return run(drive_visits())


FIGURE = Figure("two_processes", measure)
