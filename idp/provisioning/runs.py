"""Runs of a synchronisation, and what may become of them. Pure.

(a long plan is stored by and by: STORING, then any of the three below)

┌─► APPLYING ─► APPLIED          the plan is held and carried out, also after a kill -9
(a plan is made) ──┤
├─► HELD ─► APPLIED             a dry run's plan, kept; carried out when it is asked for
└─► BRAKED ─┬─► RELEASED ─► APPLIED     a human let it through; the next run carries out
│       │                   what of it still holds
│       └─► SUPERSEDED      the directory has changed meanwhile
├─► REJECTED
└─► SUPERSEDED              a later plan takes its place
(nothing to do) ─► UNCHANGED            (not readable) ─► UNREADABLE
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

ReportValue = str | int | Sequence[str] | Mapping[str, int]
Report = Mapping[str, ReportValue]


class RunState(StrEnum):
    """See the diagram."""

    STORING = "storing"
    APPLYING = "applying"
    APPLIED = "applied"
    HELD = "held"
    BRAKED = "braked"
    RELEASED = "released"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    UNCHANGED = "unchanged"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


class RunOrder(StrEnum):
    """What runs can be sorted by."""

    DIRECTORY = "directory"
    BEGAN = "began"
    ENDED = "ended"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class RunQuery:
    """A page of the runs of every directory. `words` are part of a directory's name."""

    state: RunState | None = None
    words: str = ""
    order: RunOrder = RunOrder.BEGAN
    descending: bool = True
    skip: int = 0
    limit: int = 30


NEXT: Mapping[RunState, frozenset[RunState]] = {
    RunState.APPLYING: frozenset({RunState.APPLIED}),
    RunState.HELD: frozenset({RunState.APPLIED}),
    RunState.BRAKED: frozenset({RunState.RELEASED, RunState.REJECTED, RunState.SUPERSEDED, RunState.APPLIED}),
    RunState.RELEASED: frozenset({RunState.APPLIED, RunState.SUPERSEDED, RunState.REJECTED}),
}
"""The moves that there are; a state that is not listed is an end."""

WAITING = (RunState.BRAKED, RunState.RELEASED)


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `report` is what came of it, in words and numbers."""

    id: str
    source: str
    state: RunState
    started_at: datetime
    ended_at: datetime | None = None
    plan_hash: str | None = None
    report: Report = field(default_factory=dict)
    decided_by: str | None = None
    reverts: str | None = None
    """The run whose lines this one takes back."""

    def moved(self, state: RunState, now: datetime, decided_by: str | None = None) -> "Run":
        """Return the run in another state; raises ValueError for a move that there is not."""
        if state not in NEXT.get(self.state, ()):
            raise ValueError(f"a run that is {self.state} cannot become {state}")
        ended = None if state in NEXT else now
        return replace(self, state=state, ended_at=ended, decided_by=decided_by or self.decided_by)
