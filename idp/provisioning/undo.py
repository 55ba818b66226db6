"""What a run has done, and the plan that takes it back, whole or for one person: read in pieces, never held whole.

Owns that such a plan is known by its hash, and whom it spares. How it is carried out is `taking_back`'s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b

from directory_sync import Leaver, LeftOut, line_from_json, line_to_json
from directory_sync.revert import Done, Outcome, Standing, Undone, about, key_of, undo
from idp.domain.administration import no
from idp.domain.occasion import Occasion
from idp.domain.roles import Refused
from idp.provisioning.directories import Directory, load_directory, with_domain
from idp.provisioning.ports import ProvisioningUnitOfWork
from idp.provisioning.replaced import mark_text, previous_of
from idp.provisioning.runs import Run, RunState
from idp.provisioning.sink import DatabaseSink
from idp.provisioning.within import Within

HOLDS_A_ROLE = (
    "the person has a role in Portvakt: the account is disabled on the person's page, if it is to be"
)
"""Why a line stays: who may do that is asked there, and it shuts out neither the doer nor the last administrator."""

_PIECE = 1_000

_Row = tuple[int, str, str, str]


@dataclass(frozen=True, slots=True)
class Summary:
    """What taking a run back comes to: how many lines, how many stay as they are; the hash names just this plan."""

    hash: str
    lines: int
    stays: int


class UndoPlan:
    """The plan that takes a run back, for everybody or for one person (by key), as things are in one unit of work."""

    def __init__(
        self,
        uow: ProvisioningUnitOfWork,
        run: Run,
        directory: Directory,
        occasion: Occasion,
        person: str | None = None,
    ) -> None:
        self.run = run
        self.directory = directory
        self.person = person
        self._uow = uow
        self._occasion = occasion

    def newest_first(self) -> Iterator[Outcome]:
        """Yield what becomes of every line, in the order in which they are taken back."""
        total = sum(self._uow.provisioning.runs.counts(self.run.id).values())
        for first in reversed(range(0, total, _PIECE)):
            yield from self._outcomes(self._uow.provisioning.runs.lines(self.run.id, first, _PIECE))

    def page(self, first: int, most: int) -> Sequence[Outcome]:
        """Return what becomes of the run's lines from the number `first` on, in the run's own order."""
        found: list[Outcome] = []
        while len(found) < most and (rows := self._uow.provisioning.runs.lines(self.run.id, first, _PIECE)):
            found += reversed(self._outcomes(rows))
            first = rows[-1][0] + 1
        return found[:most]

    def summary(self) -> Summary:
        """Count, and make the hash."""
        counting = Counting(self.run)
        for one in self.newest_first():
            counting.add(one)
        return counting.summary

    def _outcomes(self, rows: Sequence[_Row]) -> list[Outcome]:
        done = [Done(number, line_from_json(text)) for number, text, state, _ in rows if state == "applied"]
        if self.person is not None:
            done = about(done, self.person)
        numbers = [one.position for one in done]
        previous = self._uow.provisioning.runs.previous(self.run.id, numbers)
        source = self.run.source
        told = [replace(one, previous=previous_of(previous.get(one.position, ""), source)) for one in done]
        return self._spare(undo(told, self._standing))

    def _spare(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Leave out what would disable somebody with a role in Portvakt."""
        leaving = [key_of(one.line) or "" for one in outcomes if _disables(one)]
        people = self._uow.provisioning.entries.people(self.run.source, leaving)
        spared = {key for key, person in people.items() if person in self._with_roles}
        return [
            LeftOut(one.position, one.line, HOLDS_A_ROLE)
            if _disables(one) and key_of(one.line) in spared
            else one
            for one in outcomes
        ]

    @cached_property
    def _standing(self) -> Standing:
        sink = DatabaseSink(Within(self._uow), self.run.source, self.directory.mail, self._occasion)
        return Standing.of(self.run.source, sink)

    @cached_property
    def _with_roles(self) -> frozenset[str]:
        return frozenset(one.person_id for one in self._uow.roles.held(self._occasion.now))


class Counting:
    """Counts a plan's lines while they go by, and makes the hash of those that take something back."""

    def __init__(self, run: Run) -> None:
        self._digest = blake2b(f"{run.source}\n{run.id}".encode(), digest_size=16)
        self._lines = self._stays = 0

    def add(self, one: Outcome) -> None:
        """Take one more."""
        if isinstance(one, LeftOut):
            self._stays += 1
            return
        self._lines += 1
        self._digest.update(f"\n{mark_text(one.mark)} {line_to_json(one.line)}".encode())

    @property
    def summary(self) -> Summary:
        """What has gone by."""
        return Summary(self._digest.hexdigest(), self._lines, self._stays)


def plan_undo(
    uow: ProvisioningUnitOfWork, run_id: str, occasion: Occasion, mail_domain: str, person: str | None = None
) -> UndoPlan | Refused:
    """Return the plan that takes a run back; `mail_domain` stands in where the directory has none."""
    run = uow.provisioning.runs.get(run_id)
    if run is None:
        return no("unknown")
    if run.state is not RunState.APPLIED:
        return no("run_not_applied")
    directory = load_directory(uow, run.source)
    if directory is None:
        return no("directory_gone")
    return UndoPlan(uow, run, with_domain(directory, mail_domain), occasion, person)


def _disables(one: Outcome) -> bool:
    return isinstance(one, Undone) and isinstance(one.line, Leaver)
