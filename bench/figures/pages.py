"""The sign-in page and the portal, against Starlette and Jinja2 rendering the same bytes."""

from collections.abc import Iterator

from bench.floors.servers import FloorServer, asking, floor_server
from bench.http_client import Browser, local
from bench.installation import Installation, Site
from bench.load import LoadFailed, Reading, drive, run
from bench.rounds import in_turns, rates
from bench.rows import Goal, Line
from bench.workbench import Figure, Workbench
from idp.web.cookies import SESSION

_FLOOR = "Starlette + Jinja2 rendering the same bytes"
_VISITORS = 64


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield a line for each page."""
    installation = bench.installation()
    cookie = f"{SESSION}={installation.sessions[0]}"
    for title, cookies, path in (("sign-in page", "", "/sign-in"), ("portal page", cookie, "/")):
        bench.say(title)
        given = (str(installation.settings), cookies, path)
        with floor_server("page", bench.folder, *given) as floor, installation.serving() as site:
            ours, theirs = _in_turns(bench, installation, site, floor, signed_in=bool(cookies))
        yield rates("pages", title, _FLOOR, ours, theirs, Goal(0.7, 0.9))


def _in_turns(
    bench: Workbench, installation: Installation, site: Site, floor: FloorServer, *, signed_in: bool
) -> tuple[list[Reading], list[Reading]]:
    seconds = bench.options.seconds
    ours = portal if signed_in else sign_in_page
    return in_turns(bench, lambda: ours(installation, site, seconds), lambda: floor.reading(seconds))


def portal(installation: Installation, site: Site, seconds: float) -> Reading:
    """Show everybody their own systems."""
    return run(
        _asked([installation.browser(n) for n in range(len(installation.sessions))], ["/"], site, seconds)
    )


def sign_in_page(_installation: Installation, site: Site, seconds: float) -> Reading:
    """Show visitors who have begun a sign-in its page."""

    async def measure() -> Reading:
        browsers, paths = [], []
        for _ in range(_VISITORS):
            browsers.append(Browser(site.issuer))
            answer = await browsers[-1].get("/sign-in")
            if answer.status != 303:
                raise LoadFailed(f"/sign-in: {answer.status} {answer.text[:200]}")
            paths.append(local(answer.header("location")))
        return await _asked(browsers, paths, site, seconds)

    return run(measure())


async def _asked(browsers: list[Browser], paths: list[str], site: Site, seconds: float) -> Reading:
    units = [asking(browser, paths[n % len(paths)]) for n, browser in enumerate(browsers)]
    reading = await drive(units, seconds, [site.pid])
    for browser in browsers:
        browser.close()
    return reading


FIGURE = Figure("pages", measure)
