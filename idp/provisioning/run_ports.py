"""What runs of synchronisations and followed directories need of the database. Implemented by `idp.storage`.

Locking means: until the transaction ends, nobody else changes what was returned.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from directory_sync.watched import Watched
from idp.provisioning.runs import Run, RunQuery, RunState


class Runs(Protocol):
    """Runs and the lines of their plans."""

    def add(self, run: Run, lines: Iterable[str], previous: Sequence[str] = ()) -> bool:
        """Store a run with its lines; False if another of the source is applying (or waits for a human).

        `previous`: what is known beforehand of each line, if anything.
        """

    def append(self, run_id: str, first: int, lines: Sequence[str]) -> None:
        """Store lines of a run that is being stored, numbered from `first`."""

    def establish(self, run: Run) -> bool:
        """Let a run that was being stored be what it is; False if another of the source has its place."""

    def get(self, run_id: str) -> Run | None:
        """Return one run."""

    def current(self, source: str, states: Collection[RunState]) -> Run | None:
        """Return the newest run of the source in one of these states."""

    def by_plan(self, plan_hash: str, states: Collection[RunState]) -> Run | None:
        """Return the newest run with this plan in one of these states."""

    def latest(self, source: str, limit: int) -> Sequence[Run]:
        """Return the newest runs of the source, newest first."""

    def latest_reading(self, source: str) -> Run | None:
        """Return the newest run of the source that read everything."""

    def sorted_by(self, wanted: RunQuery) -> Sequence[Run]:
        """Return a page of the runs of every source."""

    def taken_back_by(self, run_id: str) -> Sequence[Run]:
        """Return the runs that take this one back, whole or in part, oldest first."""

    def taking_back(self) -> Sequence[Run]:
        """Return the runs that take another back and are not at their end."""

    def move(self, run: Run, *, expected: RunState) -> bool:
        """Store a run's new state, end and report, if its state still is `expected`."""

    def add_applied(
        self, run: Run, lines: Sequence[str], previous: Sequence[str], left_out: Mapping[int, str]
    ) -> None:
        """Store a small run that has just been carried out whole, with what it replaced and the reasons left out."""

    def pending(self, run_id: str, limit: int, after: int = -1) -> Sequence[tuple[int, str]]:
        """Return the first lines beyond a number that are neither applied nor left out."""

    def pending_numbers(self, run_id: str, limit: int, after: int = -1) -> Sequence[int]:
        """Return only their numbers."""

    def lines(self, run_id: str, first: int, limit: int) -> Sequence[tuple[int, str, str, str]]:
        """Return lines from `first` on: number, text, state, reason."""

    def previous(self, run_id: str, numbers: Collection[int]) -> Mapping[int, str]:
        """Return what is stored beside these lines, for those that have it."""

    def note_previous(self, run_id: str, previous: Mapping[int, str]) -> None:
        """Store what lines replaced, so that they can be taken back."""

    def lock_pending(self, run_id: str, numbers: Collection[int]) -> AbstractSet[int]:
        """Return which of these lines are pending, locked."""

    def mark(self, run_id: str, applied: Collection[int], left_out: Mapping[int, str]) -> None:
        """Mark locked lines."""

    def counts(self, run_id: str) -> Mapping[str, int]:
        """Return how many lines are in each state."""


class Watches(Protocol):
    """What is remembered of directories that are followed."""

    def get(self, source: str) -> tuple[Watched, str] | None:
        """Return what is remembered of a source, and which node follows it."""

    def put(self, source: str, watched: Watched, node: str) -> None:
        """Remember it."""

    def capabilities(self, source: str) -> Mapping[str, str]:
        """Return what the server was found to be able to do."""

    def note_capabilities(self, source: str, capabilities: Mapping[str, str]) -> None:
        """Remember what the server can do."""
