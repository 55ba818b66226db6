"""The use case: read what a run has done, and take it back, whole or for one person.

Owns that it is a plan first, known by its hash, and that it goes the way of every plan: held, applied in batches, gone
on with after a kill.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from directory_sync import LeftOut, Line, Plan, RunInProgress, line_from_json, line_to_json
from directory_sync.revert import Done, Undoing, about, undo
from idp.domain.audit import record
from idp.domain.events import SynchronisationEnded
from idp.domain.handles import new_id
from idp.domain.occasion import Occasion
from idp.provisioning.directories import Directory
from idp.provisioning.ports import ProvisioningDatabase
from idp.provisioning.replaced import mark_text, previous_of
from idp.provisioning.runs import Run, RunState
from idp.provisioning.sink import DatabaseSink

_ALL = 10_000_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line of a run as it can be read afterwards."""

    number: int
    line: Line
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What taking a run back comes to."""

    run: Run
    undoing: Undoing

    @property
    def plan(self) -> Plan:
        return Plan(self.run.source, self.undoing.lines, 0, 0)

    @property
    def hash(self) -> str:
        """The same for the same lines."""
        return self.plan.content_hash


def read_run(
    database: ProvisioningDatabase, run_id: str, first: int = 0, limit: int = _ALL
) -> Sequence[RunLine]:
    """Return the lines of a run."""
    with database.read() as uow:
        rows = uow.provisioning.runs.lines(run_id, first, limit)
    return [RunLine(number, line_from_json(text), state, reason) for number, text, state, reason in rows]


def plan_undo(
    database: ProvisioningDatabase,
    run_id: str,
    directory: Directory,
    occasion: Occasion,
    person: str | None = None,
) -> UndoPlan | None:
    """Return the plan that takes a run back, for everybody or for one person (by key); None if there is no such run."""
    with database.read() as uow:
        run = uow.provisioning.runs.get(run_id)
        if run is None or run.source != directory.name:
            return None
        rows = [row for row in uow.provisioning.runs.lines(run_id, 0, _ALL) if row[2] == "applied"]
        previous = uow.provisioning.runs.previous(run_id, [number for number, *_ in rows])
    done = [
        Done(number, line_from_json(text), previous_of(previous.get(number, ""), run.source))
        for number, text, *_ in rows
    ]
    if person is not None:
        done = about(done, person)
    sink = DatabaseSink(database, run.source, directory.mail, occasion)
    return UndoPlan(run, undo(run.source, done, sink))


def apply_undo(
    database: ProvisioningDatabase, undo_plan: UndoPlan, directory: Directory, occasion: Occasion
) -> tuple[str, Sequence[LeftOut]]:
    """Carry it out; return the new run and what was left out. Raises `RunInProgress` if another run goes on."""
    undoing = undo_plan.undoing
    source = undo_plan.run.source
    run = Run(
        new_id(),
        source,
        RunState.APPLYING,
        occasion.now,
        plan_hash=undo_plan.hash,
        decided_by=occasion.actor.name,
        reverts=undo_plan.run.id,
    )
    with database.write() as uow:
        texts = map(line_to_json, undoing.lines)
        if not uow.provisioning.runs.add(run, texts, [mark_text(mark) for mark in undoing.marks]):
            raise RunInProgress(source)
        reason = f"takes back run {undo_plan.run.id}"
        ended = SynchronisationEnded(
            object=run.id, reason=reason, outcome="applied", source=source, applied=len(undoing.lines)
        )
        record(uow.audit, ended, occasion)
    sink = DatabaseSink(database, source, directory.mail, occasion)
    left_out: list[LeftOut] = []
    while lines := sink.pending(run.id, _BATCH):
        left_out += sink.apply(run.id, lines)
    sink.finish(run.id)
    return run.id, left_out
