"""How it stands, as the administration's first page has it: counts, and day by day how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation
from idp.api.types import Number, Text
from idp.domain.appointments import allowed
from idp.domain.overview import overview
from idp.domain.register import DayCount
from idp.domain.roles import Act, Organisation, Refused

Count = Annotated[int, Number(0, 10**9)]
Date = Annotated[str, Text(10, 10, about="A day in UTC, such as 2026-11-24.")]


@dataclass(frozen=True, slots=True)
class Day:
    """How often it came out well on a day, and how often not."""

    day: Date
    count: Count
    refused: Count


@dataclass(frozen=True, slots=True)
class FactorsOnDay:
    """Factors in use at the end of a day."""

    day: Date
    apps: Count
    generators: Count
    passkeys: Count


@dataclass(frozen=True, slots=True)
class LatestRun:
    """One of the latest runs of a synchronisation."""

    source: str
    started_at: datetime
    ended_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A message that was given up."""

    topic: str
    created_at: datetime
    attempts: Count
    last_error: str


@dataclass(frozen=True, slots=True)
class HowItStands:
    """Counts of this moment; sign-ins, factors, runs and messages day by day; the latest runs and losses."""

    people: Count
    active_accounts: Count
    disabled_accounts: Count
    applications: Count
    living_sessions: Count
    signins: tuple[Day, ...]
    factors: tuple[FactorsOnDay, ...]
    runs: tuple[Day, ...]
    messages: tuple[Day, ...]
    latest_runs: tuple[LatestRun, ...]
    given_up: tuple[GivenUp, ...]


def show(call: Call[Nothing, Nothing]) -> HowItStands | Refused:
    """Return how it stands."""
    refused = allowed(call.uow, call.doer, Act.SEE_OVERVIEW, Organisation(), "overview", call.occasion)
    if refused is not None:
        return refused
    seen = overview(call.register, call.occasion.now)
    figures, trends = seen.figures, seen.trends
    return HowItStands(
        people=figures.people,
        active_accounts=figures.active_accounts,
        disabled_accounts=figures.disabled_accounts,
        applications=figures.applications,
        living_sessions=figures.living_sessions,
        signins=_days(seen.signins),
        factors=tuple(
            FactorsOnDay(one.day.isoformat(), one.apps, one.generators, one.passkeys)
            for one in trends.factors
        ),
        runs=_days(trends.runs),
        messages=_days(trends.messages),
        latest_runs=tuple(
            LatestRun(one.source, one.started_at, one.ended_at, one.state) for one in seen.runs
        ),
        given_up=tuple(
            GivenUp(one.topic, one.created_at, one.attempts, one.last_error) for one in seen.letters
        ),
    )


def _days(counts: Sequence[DayCount]) -> tuple[Day, ...]:
    return tuple(Day(one.day.isoformat(), one.count, one.refused) for one in counts)


OPERATIONS = (
    Operation(
        "overview.show", "GET", "/overview", "Return how it stands: counts, and day by day how it went.",
        Act.SEE_OVERVIEW, show, HowItStands, Nothing, Nothing,
    ),
)  # fmt: skip
