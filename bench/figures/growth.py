"""What each path costs with 1,000,000 accounts in the database, against itself with 2,400. Only by --million."""

from collections.abc import Callable, Iterator
from functools import partial

from bench.figures.pages import portal, sign_in_page
from bench.figures.sign_in import load_of_sign_ins
from bench.figures.tokens import Use, reading_of
from bench.installation import Installation, Site
from bench.load import Reading
from bench.relying_party import Visit
from bench.rounds import in_turns
from bench.rows import Absent, Goal, Line, Row, Spread
from bench.workbench import Figure, Workbench

_OFFLINE = "openid profile email offline_access"
_GOAL = Goal(1.2, 1.05, at_least=False)

Path = Callable[[Installation, Site, float], Reading]


def _by(use: Use, scope: str = "", *, held: bool = False) -> Path:
    return lambda installation, site, seconds: reading_of(
        installation, site, use, seconds, scope=scope, held=held
    )


PATHS: dict[str, Path] = {
    "sign-in": load_of_sign_ins,
    "code flow": _by(Visit.flow),
    "refresh": _by(Visit.refresh, scope=_OFFLINE, held=True),
    "userinfo": _by(Visit.held_userinfo, held=True),
    "introspection": _by(Visit.introspect, held=True),
    "sign-in page": sign_in_page,
    "portal page": portal,
}


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield a line for each path."""
    grown = bench.options.grown
    if not grown:
        yield Absent("growth", "cost as it grows", "only by --million: filling the database takes minutes")
        return
    small, large = bench.installation(), bench.installation(grown)
    for name, path in PATHS.items():
        bench.say(f"{name} with {grown:,} accounts")
        with small.serving() as one, large.serving() as other:
            seconds = bench.options.seconds
            ours, theirs = in_turns(
                bench, partial(path, large, other, seconds), partial(path, small, one, seconds)
            )
        yield _row(f"{name}, {grown:,} accounts", small.accounts, ours, theirs)


def _row(title: str, few: int, ours: list[Reading], theirs: list[Reading]) -> Row:
    """Cost is processor time of the server for one unit."""
    return Row(
        figure="growth",
        title=title,
        floor=f"the same with {few:,}",
        unit="ms of CPU",
        ours=Spread.of([one.cpu_ms for one in ours]),
        theirs=Spread.of([one.cpu_ms for one in theirs]),
        ratio=Spread.of([a.cpu_ms / b.cpu_ms for a, b in zip(ours, theirs, strict=True)]),
        goal=_GOAL,
        details={"per_second": [(a.per_second, b.per_second) for a, b in zip(ours, theirs, strict=True)]},
    )


FIGURE = Figure("growth", measure)
