"""Resident memory of `portvakt serve` after every kind of load, against a bare Starlette on uvicorn."""

from collections.abc import Iterator

from bench.figures.pages import portal, sign_in_page
from bench.figures.sign_in import load_of_sign_ins
from bench.figures.tokens import reading_of
from bench.floors.servers import floor_server
from bench.installation import Installation, Site
from bench.processes import resident_mebibytes
from bench.relying_party import Visit
from bench.rows import Goal, Judged, Line, Row, Spread
from bench.workbench import Figure, Workbench

_OFFLINE = "openid profile email offline_access"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line; each run is a process of its own."""
    installation = bench.installation()
    ours, theirs, at_rest = [], [], []
    for _ in range(bench.options.runs):
        bench.say("resident memory after the load")
        with installation.serving() as site, floor_server("bare", bench.folder) as floor:
            at_rest.append(resident_mebibytes(site.pid))
            every_load(installation, site, bench.options.seconds / 2)
            floor.reading(bench.options.seconds / 2)
            ours.append(resident_mebibytes(site.pid))
            theirs.append(resident_mebibytes(floor.pid))
    yield Row(
        figure="memory",
        title="resident memory after the load",
        floor="bare Starlette on uvicorn",
        unit="MiB",
        ours=Spread.of(ours),
        theirs=Spread.of(theirs),
        ratio=Spread.of([a / b for a, b in zip(ours, theirs, strict=True)]),
        goal=Goal(170, 140, at_least=False, judged=Judged.OURS),
        details={"before_the_load": at_rest},
    )


def every_load(installation: Installation, site: Site, seconds: float) -> None:
    """Let the server meet everything that the other figures do to it."""
    load_of_sign_ins(installation, site, seconds)
    reading_of(installation, site, Visit.flow, seconds)
    reading_of(installation, site, Visit.refresh, seconds, scope=_OFFLINE, held=True)
    reading_of(installation, site, Visit.held_userinfo, seconds, held=True)
    reading_of(installation, site, Visit.introspect, seconds, held=True)
    sign_in_page(installation, site, seconds)
    portal(installation, site, seconds)


FIGURE = Figure("memory", measure)
