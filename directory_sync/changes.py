"""What a directory tells of changes as they happen, and from whom it is heard.

Owns the seam between following (`watch`) and the servers' mechanisms. Knows no mechanism.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.reading import EntryKind


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as it is now: new, changed, or only perhaps changed."""

    kind: EntryKind
    entry: DirectoryEntry | BrokenEntry


@dataclass(frozen=True, slots=True)
class Gone:
    """The directory says of this very entry that it has been deleted, or is no longer one of the kind."""

    kind: EntryKind
    key: str


Change: TypeAlias = Seen | Gone


@dataclass(frozen=True, slots=True)
class Told:
    """Changes in the order in which they happened, perhaps none.

    With a `cookie`, this is all that the server has to say for now, and where to go on from afterwards.
    """

    changes: tuple[Change, ...] = ()
    cookie: str | None = None


class FeedFault(Exception):
    """The directory cannot be followed for now; the text says why."""


KNOWS_LESS = "the directory knows less than it did: restored, or another copy"
GONE_BACK = "the server has gone back in time"


class CookieForgotten(Exception):
    """The server cannot tell what has changed since the cookie: everything has to be read.

    `backwards` if it knows less than it did: restored from a backup, or a replica that lags. Then absence says nothing.
    """

    def __init__(self, reason: str, *, backwards: bool = False) -> None:
        super().__init__(reason)
        self.backwards = backwards


Stopped: TypeAlias = Callable[[], bool]


class Feed(Protocol):
    """How one server is followed. Every method raises `FeedFault` for what keeps it from being."""

    @property
    def mechanism(self) -> str:
        """How it is followed, in a word of the field: `syncrepl`, `usn`, `dirsync`, `full reading`."""
        ...

    def mark(self) -> str:
        """The cookie of this moment; a full reading that begins after it misses nothing that follows it."""
        ...

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        """What happens from the cookie on, until `stopped`. Raises `CookieForgotten` too.

        Tells something at least every second, if only that nothing was heard; a cookie at least every half minute as
        long as the server is there.
        """
        ...
