"""Runs and their plans as people read them: each line in words, protected persons without values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from directory_sync import line_from_json, sentence
from idp.domain.administration import Done, done, no
from idp.domain.appointments import allowed, printable
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Doer, Organisation, Refused
from idp.provisioning import decisions
from idp.provisioning.ports import ProvisioningUnitOfWork
from idp.provisioning.runs import WAITING, Run, RunQuery, RunState


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of a plan: what is to be done, what became of it, why it was left out."""

    number: int
    sentence: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One run with a part of its plan. `waits`: somebody has to decide; `more`: further lines follow."""

    run: Run
    lines: Sequence[ShownLine]
    waits: bool
    released: bool
    more: bool


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
        ShownLine(number, sentence(line_from_json(text)), state, reason)
        for number, text, state, reason in found[:most]
    ]
    return ShownRun(run, lines, run.state in WAITING, run.state is RunState.RELEASED, more=len(found) > most)


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
