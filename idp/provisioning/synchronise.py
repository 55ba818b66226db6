"""The use case: bring the accounts in line with one directory, and remember what came of it.

Owns that one run of a source goes on at a time, that every run leaves a row and an audit record, and what
becomes of a plan that the brake has stopped. The stages themselves are `directory_sync.run`'s.
"""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from directory_sync import RunInProgress
from directory_sync.held import Released
from directory_sync.plan_lines import PlanLines
from directory_sync.reading import Source
from directory_sync.run import Outcome, Progress, RunReport, RunSettings, Stage
from directory_sync.run import synchronise as run_stages
from directory_sync.sources.feeds import source_of
from idp.domain.audit import record
from idp.domain.events import SynchronisationEnded
from idp.domain.handles import new_id
from idp.domain.occasion import Occasion
from idp.provisioning.directories import Directory
from idp.provisioning.holding import AT_ONCE, lay_down, read_run, store
from idp.provisioning.ports import ProvisioningDatabase, ProvisioningUnitOfWork
from idp.provisioning.run_report import STATES, stored_report
from idp.provisioning.runs import WAITING, Run, RunState
from idp.provisioning.sink import DatabaseSink

LEASE = timedelta(seconds=5)
"""How long a source stays taken when the process that has it dies: less than following takes to find a new leader."""


class Held(Protocol):
    """A lease that is held, or was."""

    def is_held(self) -> bool:
        """Tell whether it still is."""

    def confirm(self) -> bool:
        """Tell the same after a long step, and prolong it if nobody else has it."""


class Leases(Protocol):
    """Takes leases in the name of this process (`jobs.leases`)."""

    def hold(self, name: str, duration: timedelta) -> AbstractContextManager[Held | None]:
        """Hold a lease for as long as the block runs; None if another process holds it."""


def _silent(_stage: Stage, _done: int) -> None:
    return


def synchronise(
    database: ProvisioningDatabase,
    leases: Leases,
    directory: Directory,
    occasion: Occasion,
    *,
    dry_run: bool = False,
    progress: Progress = _silent,
    source: Source | None = None,
    settings: RunSettings | None = None,
    plan: Run | None = None,
) -> RunReport:
    """Synchronise one directory. Raises `RunInProgress` while another process does.

    A dry run changes nothing and takes no lease. Of a plan that a human has released, or that is handed in, those lines
    are carried out that still hold; with `plan` nothing else is.
    """
    source = source or source_of(directory.settings)
    product = directory.settings.profile.name
    settings = replace(settings or RunSettings(), brake=directory.settings.brake, product=product)
    sink = DatabaseSink(database, directory.name, directory.mail, occasion)
    mapping, now = directory.settings.mapping, occasion.now
    if dry_run:
        return run_stages(source, mapping, sink, now, settings=settings, dry_run=True, progress=progress)
    with leases.hold(f"synchronise:{directory.name}"[:64], LEASE) as lease:
        if lease is None:
            raise RunInProgress(directory.name)
        released = plan or _released(database, directory.name)
        report = run_stages(
            source,
            mapping,
            sink,
            now,
            settings=settings,
            release=_of(database, released, strict=plan is not None) if released else None,
            progress=_watching(lease, progress),
        )
        ahead = _laid_down(database, report, occasion)
        with database.write() as uow:
            run_id = _remember(uow, report, released, occasion, ahead)
    return replace(report, run=run_id) if report.outcome is Outcome.BRAKED else report


def _watching(lease: Held, progress: Progress) -> Progress:
    """Stop between two batches when the lease is lost: whoever has it now carries on."""

    def watch(stage: Stage, done: int) -> None:
        if not lease.confirm():
            raise RunInProgress("another process has taken over this synchronisation")
        progress(stage, done)

    return watch


def _released(database: ProvisioningDatabase, source: str) -> Run | None:
    with database.read() as uow:
        return uow.provisioning.runs.current(source, (RunState.RELEASED,))


def _of(database: ProvisioningDatabase, run: Run, *, strict: bool) -> Released:
    grounds = run.report.get("grounds", ())
    lines = PlanLines(one.line for one in read_run(database, run.id))
    return Released(lines, [str(ground) for ground in grounds] if isinstance(grounds, list) else (), strict)


def _remember(
    uow: ProvisioningUnitOfWork,
    report: RunReport,
    released: Run | None,
    occasion: Occasion,
    ahead: Run | None,
) -> str:
    """Store what came of the run, and settle a plan that waited for a human; return the run's id."""
    if report.outcome is Outcome.BRAKED:
        run_id = hold_back(uow, report, occasion, ahead)
    else:
        run_id = _store(uow, report, occasion)
        if report.outcome is Outcome.APPLIED or report.outcome is Outcome.UNCHANGED:
            _settle_waiting(uow, report, released, run_id, occasion)
        if released is not None and released.state is RunState.HELD and report.released:
            uow.provisioning.runs.move(released.moved(RunState.APPLIED, occasion.now), expected=RunState.HELD)
    record(
        uow.audit,
        SynchronisationEnded(
            object=run_id,
            reason=report.braked.reason if report.braked is not None else report.reason or "",
            outcome=STATES[report.outcome].value,
            source=report.source,
            applied=sum(report.applied.values()),
            left_out=len(report.left_out),
        ),
        occasion,
    )
    return run_id


def _store(uow: ProvisioningUnitOfWork, report: RunReport, occasion: Occasion) -> str:
    runs = uow.provisioning.runs
    found = runs.get(report.run) if report.run is not None else None
    if found is not None:
        runs.move(replace(found, report={**found.report, **stored_report(report)}), expected=found.state)
        return found.id
    state, now = STATES[report.outcome], occasion.now
    run = Run(new_id(), report.source, state, now, now, report.plan_hash, stored_report(report))
    runs.add(run, ())
    return run.id


def hold_back(
    uow: ProvisioningUnitOfWork, report: RunReport, occasion: Occasion, ahead: Run | None = None
) -> str:
    """Keep a braked plan for a human; the same plan made again is the same run, another one takes its place.

    `ahead` is its run, if its lines have been laid down already.
    """
    runs = uow.provisioning.runs
    waiting = runs.current(report.source, WAITING)
    if waiting is not None and _is_the_same(waiting, report):
        return waiting.id
    run = ahead or _braked(report, occasion)
    if waiting is not None:
        runs.move(_set_aside(waiting, run.id, occasion.now), expected=waiting.state)
    lines = PlanLines() if report.plan is None else report.plan.lines
    kept = runs.add(run, lines.texts()) if ahead is None else runs.establish(run)
    if not kept:
        raise RunInProgress(report.source)
    return run.id


def _set_aside(waiting: Run, by: str, now: datetime) -> Run:
    """A plan whose place another has taken; whoever let it through is to learn why it was not carried out."""
    why = "what the directory says has changed"
    if waiting.state is RunState.RELEASED:
        why = "it was let through, but the grounds had changed since it was read"
    report = {**waiting.report, "reason": f"set aside for run {by}: {why}"}
    return replace(waiting.moved(RunState.SUPERSEDED, now), report=report)


def _laid_down(database: ProvisioningDatabase, report: RunReport, occasion: Occasion) -> Run | None:
    """Lay down the lines of a long plan that the brake has stopped, before the run itself is remembered."""
    if report.outcome is not Outcome.BRAKED or report.plan is None or len(report.plan.lines) <= AT_ONCE:
        return None
    with database.read() as uow:
        waiting = uow.provisioning.runs.current(report.source, WAITING)
    if waiting is not None and _is_the_same(waiting, report):
        return None
    run = _braked(report, occasion)
    lay_down(database, run, report.plan.lines)
    return run


def _is_the_same(waiting: Run, report: RunReport) -> bool:
    return waiting.state is RunState.BRAKED and waiting.plan_hash == report.plan_hash


def _braked(report: RunReport, occasion: Occasion) -> Run:
    now, told = occasion.now, stored_report(report)
    return Run(new_id(), report.source, RunState.BRAKED, now, plan_hash=report.plan_hash, report=told)


def _settle_waiting(
    uow: ProvisioningUnitOfWork, report: RunReport, released: Run | None, run_id: str, occasion: Occasion
) -> None:
    """What was released has been applied, if it was this very plan; whatever else waited is out of date."""
    waiting = uow.provisioning.runs.current(report.source, WAITING)
    if waiting is None:
        return
    applied = released is not None and waiting.id == released.id and report.released
    now = occasion.now
    settled = waiting.moved(RunState.APPLIED, now) if applied else _set_aside(waiting, run_id, now)
    uow.provisioning.runs.move(settled, expected=waiting.state)


def hold_plan(database: ProvisioningDatabase, report: RunReport, occasion: Occasion) -> str:
    """Keep the plan of a dry run, so that just this one can be carried out later."""
    if report.plan is None or report.plan_hash is None:
        raise ValueError("there is no plan to hold")
    run = Run(
        new_id(),
        report.source,
        RunState.HELD,
        occasion.now,
        plan_hash=report.plan_hash,
        report=stored_report(report),
        decided_by=occasion.actor.name,
    )
    store(database, run, report.plan.lines)
    return run.id


def held_plan(database: ProvisioningDatabase, plan_hash: str) -> Run | None:
    """Return the newest plan with this hash that waits: held from a dry run, or stopped by the brake."""
    with database.read() as uow:
        return uow.provisioning.runs.by_plan(plan_hash, (RunState.HELD, *WAITING))
