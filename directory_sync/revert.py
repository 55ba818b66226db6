"""Taking back what a run has done, line by line: a plan like any other, that a human reads first.

Owns which line undoes which, and that only what still is as the run left it is taken back. Pure.

What is taken back would come again with the next reading, as the directory still says it. So each line carries a mark:
the fingerprint of what the directory says, which counts as known for as long as it says just that.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TypeAlias

from directory_sync.differences import person_changes, unit_changes
from directory_sync.facts import AccountFacts, KnownGroup, KnownRecord
from directory_sync.lines import (
    Changed,
    FieldChange,
    GroupChanged,
    GroupCreated,
    GroupLine,
    GroupRemoved,
    Joiner,
    Leaver,
    Line,
    Mover,
    PersonLine,
    Returned,
    UnitChanged,
    UnitCreated,
    UnitLine,
    UnitRemoved,
)
from directory_sync.plan import person_line, records_of
from directory_sync.record_json import (
    ABSENT_MARK,
    group_fingerprint,
    person_fingerprint,
    unit_fingerprint,
)
from directory_sync.records import GroupRecord, Inactivity, PersonRecord, UnitRecord
from directory_sync.sink import LeftOut

CHANGED_SINCE = "what the run left has changed since"
TAKEN_BACK = "it has been taken back already"
NOT_REMEMBERED = "what it replaced is not remembered"
WITHOUT_ACCESS = "whoever came in was given no access"
NOTHING_DONE = "nothing was done"

REASONS = (CHANGED_SINCE, TAKEN_BACK, NOT_REMEMBERED, WITHOUT_ACCESS, NOTHING_DONE)
"""Why a line stays."""


@dataclass(frozen=True, slots=True)
class Done:
    """One line that was applied, and what it replaced where the line itself does not tell."""

    position: int
    line: Line
    previous: PersonRecord | GroupRecord | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What the directory says of a person, unit or group, which is to count as known."""

    fingerprint: bytes
    active: bool = True


@dataclass(frozen=True, slots=True)
class Undone:
    """What takes one line of a run back, with its mark; `position` is the line's in that run."""

    position: int
    line: Line
    mark: Mark | None


Outcome: TypeAlias = Undone | LeftOut
_Answer: TypeAlias = tuple[Line, Mark | None] | str
"""The line that takes one back, or why it stays."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Units and groups as they are now: read once, however many lines are taken back."""

    source: str
    facts: AccountFacts
    units: Mapping[str, UnitRecord]
    groups: Mapping[str, KnownGroup]
    taken_back: Mapping[str, bytes]

    @classmethod
    def of(cls, source: str, facts: AccountFacts) -> "Standing":
        """Read them."""
        units = {unit.key: unit for unit in facts.known_units(source)}
        return cls(source, facts, units, dict(facts.known_groups(source)), facts.taken_back(source))


def undo(done: Sequence[Done], standing: Standing) -> list[Outcome]:
    """What becomes of these lines when they are taken back, newest first."""
    keys = [key_of(one.line) for one in done if isinstance(one.line, PersonLine)]
    known = records_of(standing.facts, standing.source, [key for key in keys if key is not None])
    outcomes: list[Outcome] = []
    for one in reversed(done):
        answer = _undo(one, known, standing)
        if isinstance(answer, str):
            outcomes.append(LeftOut(one.position, one.line, answer))
        else:
            outcomes.append(Undone(one.position, *answer))
    return outcomes


def key_of(line: Line) -> str | None:
    """Whom a line is about; None for one that is not about a single person, unit or group."""
    match line:
        case Leaver() | GroupRemoved():
            return line.key
        case Joiner() | Changed() | Mover() | Returned() | GroupCreated() | GroupChanged():
            return line.record.key
        case UnitCreated() | UnitChanged() | UnitRemoved():
            return line.record.key
        case _:
            return None


def about(done: Iterable[Done], key: str) -> list[Done]:
    """What these lines did to one person; of a group's line the part that let the person in or out."""
    found: list[Done] = []
    for one in done:
        line = one.line
        if isinstance(line, PersonLine) and key_of(line) == key:
            found.append(one)
        elif isinstance(line, GroupCreated) and key in line.record.members:
            let_in = GroupChanged(line.record, b"", line.fingerprint, (), added=(key,), removed=())
            found.append(replace(one, line=let_in))
        elif isinstance(line, GroupChanged) and key in {*line.added, *line.removed}:
            own = [
                tuple(one_key for one_key in keys if one_key == key) for keys in (line.added, line.removed)
            ]
            found.append(replace(one, line=replace(line, changes=(), added=own[0], removed=own[1])))
    return found


def _undo(one: Done, known: Mapping[str, KnownRecord], standing: Standing) -> _Answer:
    line = one.line
    if isinstance(line, PersonLine):
        now = known.get(key_of(line) or "")
        return CHANGED_SINCE if now is None else _undo_person(line, now, one.previous)
    if isinstance(line, UnitCreated | UnitChanged | UnitRemoved):
        undone = _undo_unit(line, standing)
    elif isinstance(line, GroupCreated | GroupChanged | GroupRemoved):
        undone = _undo_group(line, standing, one.previous)
    else:
        return NOTHING_DONE
    return undone if isinstance(undone, str) else (undone, _said_of_structure(line))


def _undo_person(line: PersonLine, now: KnownRecord, previous: object) -> _Answer:
    said = _said(line)
    if now.reverted is not None and now.as_said == (said.fingerprint, said.active):
        return TAKEN_BACK
    left_as = line.before if isinstance(line, Leaver) and line.record is None else said.fingerprint
    if now.fingerprint != left_as or now.active is not said.active:
        return CHANGED_SINCE
    undone = _undone(line, now, previous)
    return undone if isinstance(undone, str) else (undone, said)


def _undone(line: PersonLine, now: KnownRecord, previous: object) -> Line | str:
    if isinstance(line, Joiner):
        key = line.record.key
        return Leaver(key, now.fingerprint, Inactivity.REVERTED, now.record) if now.active else WITHOUT_ACCESS
    if isinstance(line, Leaver):
        return Returned(line.last, now.fingerprint, person_changes(now.record, line.last))
    if not isinstance(previous, PersonRecord):
        return NOT_REMEMBERED
    changes = person_changes(now.record, previous)
    if isinstance(line, Returned):
        return Leaver(previous.key, now.fingerprint, Inactivity.REVERTED, now.record, previous, changes)
    return person_line(previous, now, changes)


def _said(line: PersonLine) -> Mark:
    if isinstance(line, Leaver):
        return Mark(ABSENT_MARK if line.record is None else person_fingerprint(line.record), active=False)
    return Mark(person_fingerprint(line.record), active=not (isinstance(line, Joiner) and line.inactive))


def _said_of_structure(line: UnitLine | GroupLine) -> Mark:
    match line:
        case UnitRemoved() | GroupRemoved():
            return Mark(ABSENT_MARK)
        case UnitCreated() | UnitChanged():
            return Mark(unit_fingerprint(line.record))
        case GroupCreated() | GroupChanged():
            return Mark(line.fingerprint)


def _undo_unit(line: UnitCreated | UnitChanged | UnitRemoved, standing: Standing) -> Line | str:
    key = line.record.key
    now = standing.units.get(key)
    if standing.taken_back.get(key) == _said_of_structure(line).fingerprint:
        return TAKEN_BACK
    if isinstance(line, UnitRemoved):
        return UnitCreated(line.record) if now is None else CHANGED_SINCE
    if now != line.record:
        return CHANGED_SINCE
    if isinstance(line, UnitCreated):
        return UnitRemoved(line.record)
    before = {change.field: change.before for change in line.changes}
    previous = UnitRecord(
        now.source,
        now.key,
        before.get("dn", now.dn) or now.dn,
        before.get("code", now.code) or now.code,
        before.get("name", now.name) or now.name,
        before.get("parent_code", now.parent_code),
    )
    return UnitChanged(previous, unit_changes(now, previous))


def _undo_group(
    line: GroupCreated | GroupChanged | GroupRemoved, standing: Standing, previous: object
) -> Line | str:
    key = key_of(line) or ""
    now = standing.groups.get(key)
    if standing.taken_back.get(key) == _said_of_structure(line).fingerprint:
        return _undo_rest(line, now, standing)
    if isinstance(line, GroupRemoved):
        return CHANGED_SINCE if now is not None else _group_again(previous)
    if now is None or now.fingerprint != line.fingerprint:
        return CHANGED_SINCE
    if isinstance(line, GroupCreated):
        return GroupRemoved(line.record.key, line.record.name, line.fingerprint)
    members = (set(line.record.members) - set(line.added)) | set(line.removed)
    return _group_back(line, now, members, line.added, line.removed)


def _group_again(previous: object) -> Line | str:
    if not isinstance(previous, GroupRecord):
        return NOT_REMEMBERED
    return GroupCreated(previous, group_fingerprint(previous))


def _undo_rest(line: GroupLine, now: KnownGroup | None, standing: Standing) -> Line | str:
    """What was taken back for one person before: the others who came or went with the same line."""
    if now is None or isinstance(line, GroupRemoved):
        return TAKEN_BACK
    if isinstance(line, GroupCreated):
        return GroupRemoved(line.record.key, now.name, now.fingerprint)
    members = standing.facts.group_members(standing.source, line.record.key)
    added = tuple(key for key in line.added if key in members)
    removed = tuple(key for key in line.removed if key not in members)
    named = any(change.field == "name" and change.before != now.name for change in line.changes)
    if not (added or removed or named):
        return TAKEN_BACK
    return _group_back(line, now, (set(members) - set(added)) | set(removed), added, removed)


def _group_back(
    line: GroupChanged,
    now: KnownGroup,
    members: AbstractSet[str],
    added: tuple[str, ...],
    removed: tuple[str, ...],
) -> GroupChanged:
    name = next((change.before for change in line.changes if change.field == "name"), None) or now.name
    record = GroupRecord(line.record.source, line.record.key, line.record.dn, name, tuple(sorted(members)))
    changes = () if name == now.name else (FieldChange("name", now.name, name),)
    return GroupChanged(record, now.fingerprint, group_fingerprint(record), changes, removed, added)
