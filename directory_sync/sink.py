"""What a synchronisation asks of whoever keeps the accounts: to hold a plan, and to carry it out.

Owns the writing half of the seam (the reading half is `facts`). Knows no table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from directory_sync.as_read import Remembered
from directory_sync.facts import AccountFacts
from directory_sync.lines import Line
from directory_sync.plan import Plan


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One line of a held plan and its place in it."""

    position: int
    line: Line


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that was not applied because its facts had changed since it was planned.

    The next run plans it anew.
    """

    position: int
    line: Line
    reason: str


class AccountSink(AccountFacts, Protocol):
    """Holds plans and applies them. Each method is one unit of work of its own.

    Committed when it returns, or not at all.
    """

    def remember(self, source: str, read: Sequence[Remembered]) -> None:
        """Keep what entries came to, for the next reading; nothing that anybody sees changes."""
        ...

    def unfinished_run(self, source: str) -> str | None:
        """The run of this source that is held and not finished; there is never more than one."""
        ...

    def hold(self, plan: Plan) -> str:
        """Store the whole plan, or nothing, and name the run.

        Raises `RunInProgress` if the source has an unfinished run.
        """
        ...

    def pending(self, run: str, limit: int, after: int = -1) -> Sequence[HeldLine]:
        """The first lines beyond the position `after` that are neither applied nor left out, by position."""
        ...

    def apply(self, run: str, lines: Sequence[HeldLine]) -> Sequence[LeftOut]:
        """Carry out these lines and mark them, in one transaction; return those that were left out.

        A line about a known person holds only while the person's stored fingerprint is still `before`, and
        a `Joiner` only while the key is unknown; otherwise the line is marked as left out. A line that was
        marked already is skipped (another process got there first). Conflicts are put before a human. After
        a `Joiner`, `Changed`, `Mover`, `Returned` or `Leaver` with a record, the stored record and
        fingerprint are the line's; whether the person is active follows from the kind of line. A group's
        members that are not known are dropped.
        """
        ...

    def finish(self, run: str) -> None:
        """Mark the run as finished; it has no pending lines."""
        ...


class RunInProgress(Exception):
    """Another process holds an unfinished run of the same source."""
