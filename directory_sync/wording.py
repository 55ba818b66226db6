"""One English sentence for each line of a plan.

Owns the words. Whoever has protected personal details is named by key only, and their values are not shown.
"""

from collections.abc import Sequence
from datetime import datetime

from directory_sync.lines import (
    Changed,
    Conflict,
    ConflictKind,
    FieldChange,
    GroupChanged,
    GroupCreated,
    GroupRemoved,
    Joiner,
    Leaver,
    Line,
    Mover,
    Party,
    Returned,
    UnitChanged,
    UnitCreated,
    UnitRemoved,
)
from directory_sync.matching import shown_name
from directory_sync.records import Inactivity, PersonRecord, Protection

_CONFLICTS = {
    ConflictKind.EMPLOYEE_NUMBER_SHARED: "The employee number {} is claimed by more than one entry",
    ConflictKind.LOGIN_SHARED: "The user name {} is claimed by more than one person",
    ConflictKind.LOGIN_ALIKE: "The user name {} cannot be told from another's",
    ConflictKind.LOGIN_MOVED: "The user name {} has moved to another person, who inherits nothing",
}


def sentence(line: Line) -> str:  # noqa: C901, PLR0911  one return for each kind of line is the point of the function
    match line:
        case Joiner():
            return _joiner(line)
        case Changed():
            return f"{subject(line.record)} changes: {_changes(line.changes, line.record)}."
        case Mover():
            return _mover(line)
        case Leaver():
            return _leaver(line)
        case Returned():
            begins = f", from {_moment(line.begins)}" if line.begins else ""
            return f"{subject(line.record)} returns{begins}{_with(line.changes, line.record)}."
        case Conflict():
            parties = " and ".join(_party(party) for party in line.parties)
            return f"{_CONFLICTS[line.kind].format(line.value)}: {parties}. A person has to decide."
        case UnitCreated():
            parent = f" under {line.record.parent_code}" if line.record.parent_code else ""
            return f"Unit {line.record.code} ({line.record.name}) is new{parent}."
        case UnitChanged():
            return f"Unit {line.record.code} changes: {_changes(line.changes)}."
        case UnitRemoved():
            return f"Unit {line.record.code} ({line.record.name}) is gone from the directory."
        case GroupCreated():
            return f"Group {line.record.name} is new, with {_count(line.record.members, 'member')}."
        case GroupChanged():
            return _group_changed(line)
        case GroupRemoved():
            return f"Group {line.name} is gone from the directory."


def subject(record: PersonRecord) -> str:
    """Who a line is about: name and login, or for a protected person only the key."""
    if record.protection is not Protection.NONE or record.login is None:
        return shown_name(record)
    return f"{shown_name(record)} ({record.login})"


def _joiner(line: Joiner) -> str:
    record = line.record
    units = f" at {', '.join(record.unit_codes)}" if record.unit_codes and not _hidden(record) else ""
    begins = f" from {_moment(line.begins)}" if line.begins else ""
    link = f" The same person is known from {line.same_person_as.source}." if line.same_person_as else ""
    if line.inactive is not None:
        return f"{subject(record)} is new{units}, without access: {_why(line.inactive, record)}.{link}"
    return f"{subject(record)} joins{units}{begins}.{link}"


def _mover(line: Mover) -> str:
    if _hidden(line.record):
        return f"{subject(line.record)} moves to other units."
    parts = []
    if line.left:
        parts.append(f"leaves {', '.join(line.left)}")
    if line.joined:
        parts.append(f"comes to {', '.join(line.joined)}")
    others = [change for change in line.changes if change.field != "employments"]
    return f"{subject(line.record)} {' and '.join(parts)}{_with(others, line.record)}."


def _leaver(line: Leaver) -> str:
    now = line.record or line.last
    why = _why(line.reason, now) if line.record is not None else _REASONS[line.reason]
    return f"{subject(line.last)} leaves: {why}{_with(line.changes, now)}."


_REASONS = {
    Inactivity.DISABLED: "disabled in the directory",
    Inactivity.ENDED: "the last employment has ended",
    Inactivity.EXPIRED: "expired in the directory",
    Inactivity.REVERTED: "the run that gave access was taken back",
    Inactivity.ABSENT: "no longer in the directory",
    Inactivity.DELETED: "deleted in the directory",
}


def _why(reason: Inactivity, record: PersonRecord) -> str:
    ended = record.last_end()
    if reason is Inactivity.ENDED and ended is not None:
        return f"the last employment ended {_moment(ended)}"
    if reason is Inactivity.DISABLED and record.disabled:
        return f"disabled in the directory, {record.disabled}"
    return _REASONS[reason]


def _group_changed(line: GroupChanged) -> str:
    parts = []
    if line.added:
        parts.append(f"gets {_count(line.added, 'member')}")
    if line.removed:
        parts.append(f"loses {_count(line.removed, 'member')}")
    if line.changes:
        parts.append(f"changes: {_changes(line.changes)}")
    return f"Group {line.record.name} {' and '.join(parts) or 'is stored anew'}."


def _changes(changes: Sequence[FieldChange], record: PersonRecord | None = None) -> str:
    if not changes:
        return "stored anew"
    if record is not None and _hidden(record):
        return ", ".join(change.field for change in changes)
    return ", ".join(f"{c.field} {_value(c.before)} → {_value(c.after)}" for c in changes)


def _with(changes: Sequence[FieldChange], record: PersonRecord) -> str:
    return f", with {_changes(changes, record)}" if changes else ""


def _value(text: str | None) -> str:
    return "nothing" if text is None else f"“{text}”"


def _hidden(record: PersonRecord) -> bool:
    return record.protection is not Protection.NONE


def _party(party: Party) -> str:
    where = party.dn or (f"{party.source} {party.key}" if party.source else "an account of Portvakt's own")
    return f"{party.name} [{where}]"


def _count(items: Sequence[str], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
