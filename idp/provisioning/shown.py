"""Runs and their plans as people read them: each line to be put in words, which show no values of the protected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from directory_sync import line_from_json, sentence
from directory_sync.lines import Conflict, Line, PersonLine
from idp.domain.administration import Done, done, no
from idp.domain.appointments import allowed, printable
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Doer, Organisation, Refused
from idp.provisioning import decisions
from idp.provisioning.ports import ProvisioningUnitOfWork
from idp.provisioning.run_report import MOST
from idp.provisioning.runs import WAITING, Run, RunQuery, RunState


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of a plan: what is to be done, what became of it, why it was left out."""

    number: int
    line: Line
    state: str
    reason: str

    @property
    def sentence(self) -> str:
        """The line in English."""
        return sentence(self.line)

    @property
    def person(self) -> bool:
        """Whether it is about one person."""
        return isinstance(self.line, PersonLine)


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One run with a part of its plan.

    Attributes:
        waits: somebody has to decide.
        more: further lines follow.
        taken_back_by: the runs that take this one back, whole or in part.
        reverted: the run that this one takes back.
        counts: of such a run, how many lines are in each state.
        conflicts: the first that its report tells of, where its lines have them.
    """

    run: Run
    lines: Sequence[ShownLine]
    waits: bool
    released: bool
    more: bool
    taken_back_by: Sequence[Run]
    reverted: Run | None
    counts: Mapping[str, int]
    conflicts: Sequence[Line] = ()

    @property
    def may_be_taken_back(self) -> bool:
        """Whether it was carried out; what is left of it is another question."""
        return self.run.state is RunState.APPLIED


def runs(uow: UnitOfWork, wanted: RunQuery) -> Sequence[Run]:
    """Return a page of the runs of every directory."""
    return cast("ProvisioningUnitOfWork", uow).provisioning.runs.sorted_by(wanted)


def run_with_lines(uow: UnitOfWork, run_id: str, first: int, most: int) -> ShownRun | None:
    """Return one run with lines from `first` on."""
    stored = cast("ProvisioningUnitOfWork", uow).provisioning.runs
    run = stored.get(run_id)
    if run is None:
        return None
    found = stored.lines(run_id, first, most + 1)
    lines = [
        ShownLine(number, line_from_json(text), state, reason) for number, text, state, reason in found[:most]
    ]
    return ShownRun(
        run,
        lines,
        run.state in WAITING,
        run.state is RunState.RELEASED,
        more=len(found) > most,
        taken_back_by=stored.taken_back_by(run_id),
        reverted=stored.get(run.reverts) if run.reverts else None,
        counts=stored.counts(run_id) if run.reverts else {},
    )


def run_with_conflicts(uow: UnitOfWork, run_id: str, first: int, most: int) -> ShownRun | None:
    """Return the same with the conflicts as lines: the report has them in English only."""
    shown = run_with_lines(uow, run_id, first, most)
    planned = shown.run.report.get("planned") if shown is not None else None
    if shown is None or not shown.run.report.get("conflicts") or not isinstance(planned, Mapping):
        return shown
    # A plan's conflicts are its last lines.
    begin, number = sum(planned.values()) - planned.get("conflict", 0), min(planned.get("conflict", 0), MOST)
    rows = cast("ProvisioningUnitOfWork", uow).provisioning.runs.lines(run_id, begin, number)
    found = [line_from_json(text) for _, text, *_ in rows]
    whole = len(found) == number and all(isinstance(line, Conflict) for line in found)
    return replace(shown, conflicts=found) if whole else shown


def decide(
    uow: UnitOfWork, doer: Doer, run_id: str, reason: str, occasion: Occasion, *, let_through: bool
) -> Done | Refused:
    """Release or reject a plan that the brake stopped."""
    why = printable(reason)
    refused = allowed(uow, doer, Act.DECIDE_PLAN, Organisation(), f"plan {run_id}", occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    act = decisions.release if let_through else decisions.reject
    return done(act(cast("ProvisioningUnitOfWork", uow), run_id, why, occasion))
