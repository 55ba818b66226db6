"""The lines of a plan: what is to change, one line for each person, unit or group.

Owns the kinds of line and what each carries. Every line about a person carries the whole new record, so
that it can be applied alone, and `before`, the fingerprint it was computed from, so that a line whose facts
have changed meanwhile can be recognised and left out. Knows nothing about how a line is worded, stored or
applied.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from directory_sync.records import GroupRecord, Inactivity, PersonRecord, PersonRef, UnitRecord


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's text before and after; None where there was or is no value."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Joiner:
    """A person seen for the first time.

    One whom the directory already calls inactive is known, but gets no access.
    """

    record: PersonRecord
    begins: datetime | None = None
    inactive: Inactivity | None = None
    same_person_as: PersonRef | None = None
    """The person of another source with the same employee number, to whom this record is to be linked."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Values differ; the units are the same, and so is whether the person is active."""

    record: PersonRecord
    before: bytes
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Mover:
    """The set of units differs (and perhaps other values with it)."""

    record: PersonRecord
    before: bytes
    changes: tuple[FieldChange, ...]
    joined: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaver:
    """A person who was active and is not any longer. Disabled, never deleted."""

    key: str
    before: bytes
    reason: Inactivity
    last: PersonRecord
    """As the person was last known: for the words, and when `record` is None."""
    record: PersonRecord | None = None
    """What the directory says now.

    None when it says nothing (absent) or what it says may not be applied (conflict).
    """
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """A person who was inactive and is active again: the same person, with what was theirs."""

    record: PersonRecord
    before: bytes
    changes: tuple[FieldChange, ...] = ()
    begins: datetime | None = None


class ConflictKind(StrEnum):
    """Why a human has to look."""

    EMPLOYEE_NUMBER_SHARED = "employee_number_shared"
    LOGIN_SHARED = "login_shared"
    LOGIN_ALIKE = "login_alike"
    LOGIN_MOVED = "login_moved"


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a conflict. `source` and `key` are None for an account that no directory gave."""

    source: str | None
    key: str | None
    login: str | None
    name: str
    dn: str | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two or more that cannot all be right.

    Nothing of what `stopped` say is applied until a human has decided.
    """

    kind: ConflictKind
    value: str
    """The login or the number that they contend for."""
    parties: tuple[Party, ...]
    stopped: tuple[str, ...]
    """The keys whose records are not applied."""


@dataclass(frozen=True, slots=True)
class UnitCreated:
    record: UnitRecord


@dataclass(frozen=True, slots=True)
class UnitChanged:
    record: UnitRecord
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class UnitRemoved:
    """Gone from a complete reading; whether anybody still belongs to it is for the one who applies to see."""

    record: UnitRecord


@dataclass(frozen=True, slots=True)
class GroupCreated:
    record: GroupRecord
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """Another name, or other members. `record` has all members; `added` and `removed` are the difference."""

    record: GroupRecord
    before: bytes
    fingerprint: bytes
    changes: tuple[FieldChange, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupRemoved:
    key: str
    name: str
    before: bytes


PersonLine: TypeAlias = Joiner | Changed | Mover | Leaver | Returned
UnitLine: TypeAlias = UnitCreated | UnitChanged | UnitRemoved
GroupLine: TypeAlias = GroupCreated | GroupChanged | GroupRemoved
Line: TypeAlias = PersonLine | UnitLine | GroupLine | Conflict

KINDS: dict[type[Line], str] = {
    Joiner: "joiner",
    Changed: "changed",
    Mover: "mover",
    Leaver: "leaver",
    Returned: "returned",
    Conflict: "conflict",
    UnitCreated: "unit_created",
    UnitChanged: "unit_changed",
    UnitRemoved: "unit_removed",
    GroupCreated: "group_created",
    GroupChanged: "group_changed",
    GroupRemoved: "group_removed",
}


def weight_of(line: Line) -> int:
    """How much a line is to hold and to carry out: as much as one person, but for a group, which is all its members."""
    return 1 + len(line.record.members) // 8 if isinstance(line, GroupCreated | GroupChanged) else 1


def kind_of(line: Line) -> str:
    """The line's kind as one word, as it is stored and counted."""
    return KINDS[type(line)]
