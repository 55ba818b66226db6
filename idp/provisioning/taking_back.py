"""The use case: take a run back, whole or for one person, by the hash of the plan that was read.

Owns that this is an act of its own, asked for, given a reason and recorded; that a plan which has changed since is
refused whole; and that it is a run like any other. Few lines are carried out in the transaction that decides; many are
held there and carried out afterwards, batch by batch, by whoever comes first: a job, the command, or the next reading.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from directory_sync import LeftOut, sentence
from directory_sync.plan_lines import PlanLines
from directory_sync.revert import Undone
from idp.domain.administration import no
from idp.domain.appointments import allowed, printable
from idp.domain.audit import record
from idp.domain.events import RunTakenBack
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Doer, Organisation, Refused
from idp.provisioning.directories import Directory, load_directory, with_domain
from idp.provisioning.ports import ProvisioningDatabase, ProvisioningUnitOfWork
from idp.provisioning.replaced import mark_text
from idp.provisioning.run_report import MOST, first_of
from idp.provisioning.runs import Run, RunState
from idp.provisioning.sink import DatabaseSink
from idp.provisioning.undo import Counting, Summary, UndoPlan, plan_undo
from idp.provisioning.within import Within

AT_ONCE = 1_000
"""How many lines are carried out while somebody waits for the answer."""

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be taken back, and why.

    Attributes:
        plan: the hash of the plan that was read.
        person: the key of the one person for whom; None for everybody.
    """

    run: str
    plan: str
    reason: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """It is done, or held if not `finished`: the run that does it, its number of lines, what was left out of them."""

    run: str
    lines: int
    left_out: Sequence[LeftOut]
    finished: bool


def may_take_back(uow: UnitOfWork, doer: Doer, run_id: str, occasion: Occasion) -> Refused | None:
    """Say who may take runs back and read what that would do; a refusal is recorded."""
    return allowed(uow, doer, Act.UNDO_RUN, Organisation(), f"run {run_id}", occasion)


def take_back(
    uow: UnitOfWork, doer: Doer, order: Order, occasion: Occasion, mail_domain: str
) -> TakenBack | Refused:
    """Take a run back."""
    why = printable(order.reason)
    refused = may_take_back(uow, doer, order.run, occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    within = cast("ProvisioningUnitOfWork", uow)
    # Whoever takes the same run back at the same moment waits, and then reads what this one has left.
    uow.exclusive(f"take back {order.run}")
    plan = plan_undo(within, order.run, occasion, mail_domain, order.person)
    if isinstance(plan, Refused):
        return plan
    kept = _Kept(plan)
    if not kept.summary.lines:
        return no("nothing_to_take_back")
    if kept.summary.hash != order.plan:
        return no("plan_changed")
    run = _run_of(plan, kept, why, occasion)
    if not within.provisioning.runs.add(run, kept.lines.texts(), kept.marks):
        return no("run_in_progress")
    record(
        uow.audit,
        RunTakenBack(
            object=run.id,
            reason=why,
            run=plan.run.id,
            source=run.source,
            lines=kept.summary.lines,
            stays=kept.summary.stays,
            whole=plan.person is None,
        ),
        occasion,
    )
    left_out: Sequence[LeftOut] = ()
    finished = kept.summary.lines <= AT_ONCE
    if finished:
        left_out = _carry_out(Within(within), run.id, plan.directory, occasion, lambda: True)
    return TakenBack(run.id, kept.summary.lines, left_out, finished)


def carry_on(
    database: ProvisioningDatabase,
    run_id: str,
    occasion: Occasion,
    mail_domain: str,
    still_ours: Callable[[], bool] = lambda: True,
) -> Sequence[LeftOut]:
    """Carry a run that was held to its end, batch by batch; return what was left out.

    It may be stopped between two batches, and several may do it at once: a line is carried out once.
    """
    with database.read() as uow:
        run = uow.provisioning.runs.get(run_id)
        directory = load_directory(uow, run.source) if run is not None else None
    if run is None or directory is None:
        return ()
    by = run.report.get("by")
    if isinstance(by, str) and run.decided_by:
        # In the name of who asked for it: what each account's history says does not depend on how long it took.
        actor = Actor(ActorKind(by), run.decided_by)
        occasion = Occasion(occasion.now, occasion.request_id, actor, node=occasion.node)
    return _carry_out(database, run_id, with_domain(directory, mail_domain), occasion, still_ours)


def carry_on_all(
    database: ProvisioningDatabase, occasion: Occasion, mail_domain: str, still_ours: Callable[[], bool]
) -> None:
    """Carry on whatever takes a run back and has not come to its end: the job's work."""
    with database.read() as uow:
        found = uow.provisioning.runs.taking_back()
    for run in found:
        carry_on(database, run.id, occasion, mail_domain, still_ours)


def _carry_out(
    database: ProvisioningDatabase,
    run_id: str,
    directory: Directory,
    occasion: Occasion,
    still_ours: Callable[[], bool],
) -> Sequence[LeftOut]:
    sink = DatabaseSink(database, directory.name, directory.mail, occasion)
    left_out: list[LeftOut] = []
    while lines := sink.pending(run_id, _BATCH):
        if not still_ours():
            return left_out
        left_out += sink.apply(run_id, lines)
    sink.finish(run_id)
    return left_out


def _run_of(plan: UndoPlan, kept: "_Kept", why: str, occasion: Occasion) -> Run:
    return Run(
        new_id(),
        plan.run.source,
        RunState.APPLYING,
        occasion.now,
        plan_hash=kept.summary.hash,
        report={
            "reason": why,
            "by": occasion.actor.kind.value,
            "for_one": int(plan.person is not None),  # not whom: a personnel file's keys are personal numbers
            "planned": dict(kept.lines.counts),
            "stays": kept.summary.stays,
            "left_out": first_of(kept.stays, kept.summary.stays),
        },
        decided_by=occasion.actor.name,
        reverts=plan.run.id,
    )


class _Kept:
    """A plan's lines, gone through once and kept until they are stored: what was compared is what is done."""

    def __init__(self, plan: UndoPlan) -> None:
        counting = Counting(plan.run)
        self.lines = PlanLines()
        self.marks: list[str] = []
        self.stays: list[str] = []
        for one in plan.newest_first():
            counting.add(one)
            if isinstance(one, Undone):
                self.lines.add(one.line)
                self.marks.append(mark_text(one.mark))
            elif len(self.stays) < MOST:
                self.stays.append(f"{sentence(one.line)} – {one.reason}")
        self.summary: Summary = counting.summary
