"""What came of a run, in words and numbers, as it is stored with the run and shown to administrators. Pure."""

from collections.abc import Iterable, Sequence

from directory_sync import sentence
from directory_sync.run import Outcome, RunReport
from idp.provisioning.runs import Report, RunState

MOST = 500
"""How many sentences of one kind are kept; the lines themselves are stored with the run."""

STATES = {
    Outcome.UNCHANGED: RunState.UNCHANGED,
    Outcome.APPLIED: RunState.APPLIED,
    Outcome.BRAKED: RunState.BRAKED,
    Outcome.UNREADABLE: RunState.UNREADABLE,
    Outcome.REFUSED: RunState.REFUSED,
}


def stored_report(report: RunReport) -> Report:
    """Return a report as JSON values."""
    plan = report.plan
    return {
        "persons_read": report.persons_read,
        "planned": {} if plan is None else dict(plan.counts),
        "applied": {kind: number for kind, number in report.applied.items() if number},
        "reason": report.braked.reason if report.braked is not None else report.reason or "",
        "grounds": [] if report.braked is None else list(report.braked.grounds),
        "broken": _first(f"{one.dn}: {one.reason}" for one in report.broken),
        "conflicts": _first(sentence(one) for one in report.conflicts),
        "left_out": _first(f"{sentence(one.line)} – {one.reason}" for one in report.left_out),
        "continued": report.continued or "",
    }


def _first(sentences: Iterable[str]) -> list[str]:
    kept: list[str] = []
    number = 0
    for number, one in enumerate(sentences, 1):
        if number <= MOST:
            kept.append(one)
    return first_of(kept, number)


def first_of(kept: Sequence[str], number: int) -> list[str]:
    """Return the first of so many sentences, and how many more there are."""
    more = number - len(kept)
    return [*kept, f"… and {more} more"] if more else list(kept)
