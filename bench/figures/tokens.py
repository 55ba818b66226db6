"""What the figures of one token's use have in common: visits that hold tokens, and their floor."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from bench.floors.servers import floor_server
from bench.installation import Installation, Site
from bench.load import Reading, Unit, drive, run
from bench.relying_party import Visit, discover
from bench.rounds import in_turns
from bench.workbench import Workbench

FLOOR = "one SELECT through SQLAlchemy Core in a thread"
Use = Callable[[Visit], Awaitable[None]]


async def visits_of(installation: Installation, site: Site, scope: str = "") -> list[Visit]:
    """Return the visits of everyone who has a session."""
    party = await discover(site.issuer, "bench", installation.client_secret)
    visits = [Visit.of(party, installation.browser(n)) for n in range(len(installation.sessions))]
    for visit in visits:
        visit.scope = scope
    return visits


def uses(visits: Sequence[Visit], use: Use) -> list[Unit]:
    """Return the units of a use."""
    return [lambda visit=visit: use(visit) for visit in visits]  # type: ignore[misc]  # bound at once


def reading_of(
    installation: Installation, site: Site, use: Use, seconds: float, *, scope: str = "", held: bool = False
) -> Reading:
    """Drive one use for some seconds, by visits that hold tokens if the use needs them."""

    async def measure() -> Reading:
        visits = await visits_of(installation, site, scope)
        for visit in visits if held else ():
            await visit.hold_tokens()
        reading = await drive(uses(visits, use), seconds, [site.pid])
        for visit in visits:
            with suppress(OSError):
                visit.close()
        return reading

    return run(measure())


def against_one_select(bench: Workbench, use: Use) -> tuple[list[Reading], list[Reading]]:
    """Measure a use of a token and the floor in turns."""
    installation, seconds = bench.installation(), bench.options.seconds
    database = str(bench.folder / "one_select.db")
    with installation.serving() as site, floor_server("one_select", bench.folder, database) as floor:
        return in_turns(
            bench,
            lambda: reading_of(installation, site, use, seconds, held=True),
            lambda: floor.reading(seconds),
        )
