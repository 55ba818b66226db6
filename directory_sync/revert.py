"""Taking back what a run has done, line by line: a plan like any other, that a human reads first.

Owns which line undoes which, and that only what still is as the run left it is taken back. Pure.

What is taken back would come again with the next reading, as the directory still says it. So each line carries a mark:
the fingerprint of what the directory says, which counts as known for as long as it says just that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
class Undoing:
    """The lines that take a run back, newest first, with their marks; and what cannot be taken back."""

    lines: tuple[Line, ...]
    marks: tuple[Mark | None, ...]
    left_out: tuple[LeftOut, ...]


def undo(source: str, done: Sequence[Done], facts: AccountFacts) -> Undoing:
    """The plan that takes these lines back."""
    keys = [key_of(one.line) for one in done if isinstance(one.line, PersonLine)]
    known = records_of(facts, source, [key for key in keys if key is not None])
    groups, units = facts.known_groups(source), facts.known_units(source)
    made: list[tuple[Line, Mark | None]] = []
    left_out: list[LeftOut] = []
    for one in reversed(done):
        undone = _undo(one, known, groups, units)
        if undone is None:
            left_out.append(LeftOut(one.position, one.line, CHANGED_SINCE))
        else:
            made.append(undone)
    return Undoing(tuple(line for line, _ in made), tuple(mark for _, mark in made), tuple(left_out))


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
        if isinstance(one.line, PersonLine) and key_of(one.line) == key:
            found.append(one)
        elif isinstance(one.line, GroupChanged) and key in {*one.line.added, *one.line.removed}:
            own = [
                tuple(one_key for one_key in keys if one_key == key)
                for keys in (one.line.added, one.line.removed)
            ]
            found.append(replace(one, line=replace(one.line, changes=(), added=own[0], removed=own[1])))
    return found


def _undo(
    one: Done,
    known: Mapping[str, KnownRecord],
    groups: Mapping[str, KnownGroup],
    units: Mapping[str, UnitRecord],
) -> tuple[Line, Mark | None] | None:
    line = one.line
    if isinstance(line, PersonLine):
        now = known.get(key_of(line) or "")
        return None if now is None else _undo_person(line, now, one.previous)
    if isinstance(line, UnitCreated | UnitChanged | UnitRemoved):
        undone = _undo_unit(line, units)
    elif isinstance(line, GroupCreated | GroupChanged | GroupRemoved):
        undone = _undo_group(line, groups, one.previous)
    else:
        return None
    return None if undone is None else (undone, _said_of_structure(line))


def _undo_person(line: PersonLine, now: KnownRecord, previous: object) -> tuple[Line, Mark] | None:
    said = _said(line)
    left_as = line.before if isinstance(line, Leaver) and line.record is None else said.fingerprint
    if now.fingerprint != left_as or now.active is not said.active:
        return None
    undone = _undone(line, now, previous)
    return None if undone is None else (undone, said)


def _undone(line: PersonLine, now: KnownRecord, previous: object) -> Line | None:
    if isinstance(line, Joiner):
        key = line.record.key
        return Leaver(key, now.fingerprint, Inactivity.REVERTED, now.record) if now.active else None
    if isinstance(line, Leaver):
        return Returned(line.last, now.fingerprint, person_changes(now.record, line.last))
    if not isinstance(previous, PersonRecord):
        return None
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


def _undo_unit(line: UnitCreated | UnitChanged | UnitRemoved, units: Mapping[str, UnitRecord]) -> Line | None:
    now = units.get(line.record.key)
    if isinstance(line, UnitRemoved):
        return UnitCreated(line.record) if now is None else None
    if now != line.record:
        return None
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
    line: GroupCreated | GroupChanged | GroupRemoved, groups: Mapping[str, KnownGroup], previous: object
) -> Line | None:
    if isinstance(line, GroupRemoved):
        if line.key in groups or not isinstance(previous, GroupRecord):
            return None
        return GroupCreated(previous, group_fingerprint(previous))
    now = groups.get(line.record.key)
    if now is None or now.fingerprint != line.fingerprint:
        return None
    if isinstance(line, GroupCreated):
        return GroupRemoved(line.record.key, line.record.name, line.fingerprint)
    name = next((change.before for change in line.changes if change.field == "name"), None)
    members = (set(line.record.members) - set(line.added)) | set(line.removed)
    record = GroupRecord(
        line.record.source, line.record.key, line.record.dn, name or line.record.name, tuple(sorted(members))
    )
    changes = () if name is None else (FieldChange("name", line.record.name, name),)
    return GroupChanged(
        record, line.fingerprint, group_fingerprint(record), changes, line.removed, line.added
    )
