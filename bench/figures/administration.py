"""The administrator's half as the number of people grows: search, a person's page, who can use a system, an export.

Search and the person's page are asked one after the other, as somebody who types waits; the value is what all but one
in a hundred take at most. Beside each stands the same with the fewest people.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from bench.administration_data import add_systems, appoint, fill_log, name_everybody
from bench.floors.servers import asking
from bench.html_forms import form_with
from bench.http_client import Browser
from bench.installation import Installation, Site
from bench.load import LoadFailed, Reading, drive, run
from bench.processes import resident_mebibytes
from bench.rows import Goal, Judged, Line, Row, Spread
from bench.workbench import Figure, Workbench
from idp.domain import reach
from idp.domain.handles import ApplicationId

#: What somebody types who looks for one person: letter by letter, two words, a login, a number, nobody.
TYPED = ("a", "an", "ann", "anna", "anna an", "åsa berg", "lindström", "user0000017", "100017", "zzz")
_SYSTEMS = 150
_RECORDS, _MANY_RECORDS = 100_000, 1_000_000
_LOG = "/administration/log"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield a line for each page and size, one for who can, one for the export."""
    few = bench.options.accounts
    sizes = sorted({few, *(size for size in bench.options.sizes if size > few), bench.options.grown or few})
    pages: dict[str, Callable[[Installation, Site, float], Reading]] = {"search": search, "a person": person}
    readings: dict[tuple[str, int], list[Reading]] = {}
    for size in sizes:
        installation = _prepared(bench, size)
        with installation.serving() as site:
            for name, page in pages.items():
                bench.say(f"{name} among {size:,} people")
                readings[name, size] = [
                    page(installation, site, bench.options.seconds) for _ in range(bench.options.runs)
                ]
    for name in pages:
        for size in sizes:
            yield _line(f"{name} among {size:,}", readings[name, size], readings[name, few], few)
    yield who_can(bench)
    yield export(bench)


def search(installation: Installation, site: Site, seconds: float) -> Reading:
    """Type what is looked for, one request after the other."""
    browser = installation.browser(0)
    paths = [f"/administration/people?words={quote(typed)}" for typed in TYPED]
    return run(_in_turn(browser, paths, site, seconds))


def person(installation: Installation, site: Site, seconds: float) -> Reading:
    """Open people's pages, one after the other."""
    with installation.database() as database, database.read() as uow:
        people = [uow.accounts.get(one.account_id) for one in installation.residents[1:40]]
    paths = [f"/administration/people/{one.person_id}" for one in people if one is not None]
    return run(_in_turn(installation.browser(0), paths, site, seconds))


def who_can(bench: Workbench) -> Row:
    """Ask for each of 150 systems who can use it; the value is the slowest."""
    bench.say(f"who can use each of {_SYSTEMS} systems")
    installation = _prepared(bench, bench.options.accounts)
    slowest, all_of_them = [], []
    with installation.database() as database:
        systems = [ApplicationId(one) for one in add_systems(database, _SYSTEMS)]
        for _ in range(bench.options.runs):
            taken = []
            for one in systems:
                began = time.perf_counter()
                with database.read() as uow:
                    now = datetime.now(UTC)
                    everybody = uow.archive.everybody(now, past=False)
                    reach.who_can(everybody, uow.catalogue.applications[one], uow.catalogue, now)
                taken.append(time.perf_counter() - began)
            slowest.append(max(taken))
            all_of_them.append(sum(taken) / len(taken))
    return Row(
        figure="administration",
        title=f"who can use one of {_SYSTEMS} systems, of {bench.options.accounts:,} people",
        floor="the usual one of them",
        unit="s",
        ours=Spread.of(slowest),
        theirs=Spread.of(all_of_them),
        ratio=Spread.of([a / b for a, b in zip(slowest, all_of_them, strict=True)]),
        goal=Goal(1.0, 0.25, at_least=False, judged=Judged.OURS),
    )


def export(bench: Workbench) -> Row:
    """Export the whole log; the value is what the server's memory grew by."""
    records = _MANY_RECORDS if bench.options.grown else min(_RECORDS, 100 * bench.options.accounts)
    bench.say(f"an export of {records:,} records")
    installation = _prepared(bench, bench.options.accounts)
    with installation.database() as database:
        fill_log(database, records)
    grown, before, rates = [], [], []
    for _ in range(bench.options.runs):
        with installation.serving() as site:
            run(_in_turn(installation.browser(0), [_LOG], site, 0.2))
            before.append(resident_mebibytes(site.pid))
            began = time.perf_counter()
            most = run(_exported(installation.browser(0), site, records))
            rates.append(records / (time.perf_counter() - began))
            grown.append(max(most - before[-1], 0.01))
    return Row(
        figure="administration",
        title=f"memory that an export of {records:,} records takes",
        floor="the server before",
        unit="MiB",
        ours=Spread.of(grown),
        theirs=Spread.of(before),
        ratio=Spread.of([a / b for a, b in zip(grown, before, strict=True)]),
        goal=Goal(32, 16, at_least=False, judged=Judged.OURS),
        details={"records_per_second": rates},
    )


async def _exported(browser: Browser, site: Site, records: int) -> float:
    """Take the export and return the most memory that the server had."""
    page = await browser.get(_LOG)
    form = form_with(page.text, "reason")
    answer = await browser.post(form.action, {**form.fields, "masking": "people", "reason": "the bench"})
    lines = answer.body.count(b"\n")
    if answer.status != 200 or lines < records:
        raise LoadFailed(f"{form.action}: {answer.status}, {lines} lines")
    return resident_mebibytes(site.pid)


async def _in_turn(browser: Browser, paths: list[str], site: Site, seconds: float) -> Reading:
    reading = await drive([asking(browser, path) for path in paths], seconds, [site.pid], connections=1)
    browser.close()
    return reading


def _prepared(bench: Workbench, size: int) -> Installation:
    installation = bench.installation(size)
    marker = installation.folder / "administration"
    if not marker.exists():
        bench.say(f"naming and indexing {size:,} people")
        with installation.database() as database:
            name_everybody(database, size)
            appoint(database, installation.residents[0].login)
        marker.touch()
    return installation


def _line(title: str, ours: list[Reading], theirs: list[Reading], few: int) -> Row:
    return Row(
        figure="administration",
        title=title,
        floor=f"the same among {few:,}",
        unit="ms, all but one in a hundred",
        ours=Spread.of([one.p99_ms for one in ours]),
        theirs=Spread.of([one.p99_ms for one in theirs]),
        ratio=Spread.of([a.p99_ms / b.p99_ms for a, b in zip(ours, theirs, strict=True)]),
        goal=Goal(100, 50, at_least=False, judged=Judged.OURS),
        details={"p50_ms": [one.p50_ms for one in ours], "cpu_ms": [one.cpu_ms for one in ours]},
    )


FIGURE = Figure("administration", measure)
