"""What the bench found: values with their spread, a goal beside them, and what could not be had."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several runs, and the lowest and highest of them."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))


class Judged(StrEnum):
    """What a goal is about: the ratio to the floor, or our own value."""

    RATIO = "ratio"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Goal:
    """What to reach, and what to aim for then; `at_least` where more is better."""

    reach: float
    aim: float
    at_least: bool = True
    judged: Judged = Judged.RATIO

    def met(self, row: "Row") -> bool:
        """Whether the median reaches it."""
        value = (row.ratio if self.judged is Judged.RATIO else row.ours).median
        return value >= self.reach if self.at_least else value <= self.reach


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        figure: the name of its figure, for `--only`.
        title: what was done.
        floor: what it is compared with.
        unit: of `ours` and `theirs`.
        ours: Portvakt's values.
        theirs: the floor's.
        ratio: ours to theirs, run by run: the two are measured in turns, so that a machine that slows
            down slows both.
        goal: None for a figure that is only shown.
        cpu_ratio: the same by processor time for one unit; it says more than a clock on a busy machine.
        details: whatever else was measured, for the JSON.
        notes: what a reader of the table has to know.
    """

    figure: str
    title: str
    floor: str
    unit: str
    ours: Spread
    theirs: Spread
    ratio: Spread
    goal: Goal | None = None
    cpu_ratio: float | None = None
    details: dict[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """A line that could not be measured, and why: nothing is left out in silence."""

    figure: str
    title: str
    why: str


Line = Row | Absent
