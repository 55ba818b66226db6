"""Plans stored, all or nothing, and read again, however long they are.

Owns that nobody waits for it: the lines of a long plan are laid down by and by, each portion in a unit of work of its
own, and count for nothing until the run is established. What a kill leaves of them is pruned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from directory_sync import Line, line_from_json
from directory_sync.plan_lines import PlanLines
from idp.provisioning.ports import ProvisioningDatabase
from idp.provisioning.runs import Run, RunState

AT_ONCE = 2000
"""How many lines one unit of work stores or reads."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line of a stored run, what became of it, and why it was left out, if it was."""

    number: int
    line: Line
    state: str
    reason: str


def store(database: ProvisioningDatabase, run: Run, lines: PlanLines) -> bool:
    """Store a run with its lines; False if another run of the source has its place."""
    if len(lines) > AT_ONCE:
        lay_down(database, run, lines)
        with database.write() as uow:
            return uow.provisioning.runs.establish(run)
    with database.write() as uow:
        return uow.provisioning.runs.add(run, lines.texts())


def lay_down(database: ProvisioningDatabase, run: Run, lines: PlanLines) -> None:
    """Store the lines of a run that is yet to be established."""
    with database.write() as uow:
        uow.provisioning.runs.add(replace(run, state=RunState.STORING), ())
    texts = lines.texts()
    first = 0
    while some := _some(texts):
        with database.write() as uow:
            uow.provisioning.runs.append(run.id, first, some)
        first += len(some)


def _some(texts: Iterator[str]) -> Sequence[str]:
    return list(islice(texts, AT_ONCE))


def read_run(database: ProvisioningDatabase, run_id: str) -> Iterator[RunLine]:
    """Yield the lines of a run, from its first to its last."""
    first = 0
    while True:
        with database.read() as uow:
            found = uow.provisioning.runs.lines(run_id, first, AT_ONCE)
        for number, text, state, reason in found:
            yield RunLine(number, line_from_json(text), state, reason)
        if len(found) < AT_ONCE:
            return
        first = found[-1][0] + 1
