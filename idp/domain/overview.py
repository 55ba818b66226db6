"""How it stands: how much there is, how it went day by day, what could not be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.domain.register import DayCount, DeadLetter, Figures, Register, RunSummary, Trends

_RUNS = 5
_LETTERS = 10
_DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of one moment. `signins` are those of thirty days, to any system."""

    figures: Figures
    runs: Sequence[RunSummary]
    letters: Sequence[DeadLetter]
    signins: Sequence[DayCount]
    trends: Trends


def overview(register: Register, now: datetime) -> Overview:
    """Return how it stands."""
    return Overview(
        register.figures(now),
        register.latest_runs(_RUNS),
        register.dead_letters(_LETTERS),
        register.signins("", now - _DAYS, now),
        register.trends(now),
    )
