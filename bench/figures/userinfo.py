"""Userinfo, against an endpoint that asks for one row through SQLAlchemy Core in a thread."""

from collections.abc import Iterator

from bench.figures.tokens import FLOOR, against_one_select
from bench.relying_party import Visit
from bench.rounds import rates
from bench.rows import Goal, Line
from bench.workbench import Figure, Workbench


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line."""
    bench.say("userinfo")
    ours, theirs = against_one_select(bench, Visit.held_userinfo)
    yield rates("userinfo", "userinfo", FLOOR, ours, theirs, Goal(0.6, 1.0))


FIGURE = Figure("userinfo", measure)
