"""Ours and the floor's, in turns, as often as asked for: a machine that slows down slows both."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict

from bench.load import Reading
from bench.rows import Goal, Row, Spread
from bench.workbench import Workbench

_NEARLY_ALL = 0.95

Measure = Callable[[], Reading]


def in_turns(bench: Workbench, ours: Measure, floor: Measure) -> tuple[list[Reading], list[Reading]]:
    """Measure both `runs` times, one after the other."""
    pairs = [(ours(), floor()) for _ in range(bench.options.runs)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def rates(
    figure: str, title: str, floor: str, ours: Sequence[Reading], theirs: Sequence[Reading], goal: Goal | None
) -> Row:
    """Return the line of two rates; the ratio is above one where ours is faster."""
    saturated = max(reading.busy for reading in (*ours, *theirs)) > _NEARLY_ALL
    note = ("the load took all of its core: the faster of the two may be faster still",) if saturated else ()
    return Row(
        figure=figure,
        title=title,
        floor=floor,
        unit="/s",
        ours=Spread.of([one.per_second for one in ours]),
        theirs=Spread.of([one.per_second for one in theirs]),
        ratio=Spread.of([a.per_second / b.per_second for a, b in zip(ours, theirs, strict=True)]),
        goal=goal,
        cpu_ratio=_median_cpu(theirs) / _median_cpu(ours) if _median_cpu(ours) else None,
        details={"ours": [asdict(one) for one in ours], "floor": [asdict(one) for one in theirs]},
        notes=note,
    )


def durations(
    figure: str, title: str, floor: str, ours: Sequence[float], theirs: Sequence[float], goal: Goal | None
) -> Row:
    """Return the line of two times in seconds; the ratio is below one where ours is faster."""
    return Row(
        figure=figure,
        title=title,
        floor=floor,
        unit="s",
        ours=Spread.of(ours),
        theirs=Spread.of(theirs),
        ratio=Spread.of([a / b for a, b in zip(ours, theirs, strict=True)]),
        goal=goal,
    )


def _median_cpu(readings: Sequence[Reading]) -> float:
    return statistics.median(one.cpu_ms for one in readings)
