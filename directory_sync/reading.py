"""How a reading of a directory ended, and what a source of entries is.

Owns the difference on which every disabling by absence rests: a reading is complete, or it is not and says
why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from directory_sync.as_read import RawAttributes
from directory_sync.entry import BrokenEntry, DirectoryEntry


@dataclass(frozen=True, slots=True)
class Complete:
    """The server said success, every page was fetched, nothing was referred, and there was something."""

    entries: int


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Anything else. What was read is true, what was not read says nothing."""

    reason: str
    entries: int = 0


Reading: TypeAlias = Complete | Incomplete
Take: TypeAlias = Callable[[DirectoryEntry | BrokenEntry], None]
Glance: TypeAlias = Callable[[str, str, RawAttributes], bool]
"""Shown a key, a DN and the attributes as the server sent them; whether that is all there is to know of the entry."""


class EntryKind(StrEnum):
    PERSON = "person"
    UNIT = "unit"
    GROUP = "group"


class Source(Protocol):
    """A directory, or whatever else lists persons. Never raises for what a server does.

    That is `Incomplete`.
    """

    @property
    def name(self) -> str: ...

    def has(self, kind: EntryKind) -> bool:
        """Whether this source lists entries of the kind at all."""
        ...

    def read(self, kind: EntryKind, take: Take, glance: Glance | None = None) -> Reading:
        """Hand every entry of the kind to `take`, one after another.

        A source may ask `glance` first, and need not take apart an entry of which that says yes.
        """
        ...
