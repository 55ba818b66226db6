"""One sentence for each line of a plan, in English or the language that the reader speaks (`speech`).

Owns the words. Whoever has protected personal details is named by key only, and their values are not shown.
"""

from collections.abc import Sequence
from functools import reduce

from directory_sync.lines import (
    Changed,
    Conflict,
    ConflictKind,
    FieldChange,
    GroupChanged,
    GroupCreated,
    GroupLine,
    GroupRemoved,
    Joiner,
    Leaver,
    Line,
    Mover,
    Party,
    PersonLine,
    Returned,
    UnitChanged,
    UnitCreated,
    UnitLine,
    UnitRemoved,
)
from directory_sync.matching import PROTECTED_PERSON
from directory_sync.records import Inactivity, PersonRecord, Protection
from directory_sync.speech import Say, english
from directory_sync.value_words import disabled_words, field_words, value_words

CONFLICTS = {
    ConflictKind.EMPLOYEE_NUMBER_SHARED: "The employee number {value} is claimed by more than one entry",
    ConflictKind.LOGIN_SHARED: "The user name {value} is claimed by more than one person",
    ConflictKind.LOGIN_ALIKE: "The user name {value} cannot be told from another's",
    ConflictKind.LOGIN_MOVED: "The user name {value} has moved to another person, who inherits nothing",
}

INACTIVE = {
    Inactivity.DISABLED: "disabled in the directory",
    Inactivity.ENDED: "the last employment has ended",
    Inactivity.EXPIRED: "expired in the directory",
    Inactivity.REVERTED: "the run that gave access was taken back",
    Inactivity.ABSENT: "no longer in the directory",
    Inactivity.DELETED: "deleted in the directory",
}


def sentence(line: Line, say: Say = english) -> str:
    """What a line of a plan says."""
    match line:
        case Conflict():
            return _conflict(line, say)
        case UnitCreated() | UnitChanged() | UnitRemoved():
            return _unit(line, say)
        case GroupCreated() | GroupChanged() | GroupRemoved():
            return _group(line, say)
        case _:
            return _person(line, say)


def subject(record: PersonRecord, say: Say = english) -> str:
    """Who a line is about: name and login, or for a protected person only the key."""
    if _hidden(record):
        return say(PROTECTED_PERSON, key=record.key)
    return record.display_name if record.login is None else f"{record.display_name} ({record.login})"


def _person(line: PersonLine, say: Say) -> str:
    match line:
        case Joiner():
            return _joiner(line, say)
        case Changed():
            changes = _changes(line.changes, say, line.record)
            return say("{who} changes: {changes}.", who=subject(line.record, say), changes=changes)
        case Mover():
            return _mover(line, say)
        case Leaver():
            return _leaver(line, say)
        case Returned():
            who = subject(line.record, say)
            begins = say("{who} returns, from {begins}", who=who, begins=line.begins) if line.begins else ""
            return _with(begins or say("{who} returns", who=who), line.changes, line.record, say)


def _joiner(line: Joiner, say: Say) -> str:
    record = line.record
    who = subject(record, say)
    units = "" if _hidden(record) else ", ".join(record.unit_codes)
    if line.inactive is not None:
        why = _why(line.inactive, record, say)
        joins = (
            say("{who} is new at {units}, without access: {why}.", who=who, units=units, why=why)
            if units
            else say("{who} is new, without access: {why}.", who=who, why=why)
        )
    elif line.begins:
        joins = (
            say("{who} joins at {units} from {begins}.", who=who, units=units, begins=line.begins)
            if units
            else say("{who} joins from {begins}.", who=who, begins=line.begins)
        )
    else:
        joins = (
            say("{who} joins at {units}.", who=who, units=units) if units else say("{who} joins.", who=who)
        )
    if line.same_person_as is None:
        return joins
    known = say("The same person is known from {source}.", source=line.same_person_as.source)
    return f"{joins} {known}"


def _mover(line: Mover, say: Say) -> str:
    who = subject(line.record, say)
    if _hidden(line.record):
        return say("{who} moves to other units.", who=who)
    left, joined = ", ".join(line.left), ", ".join(line.joined)
    if left and joined:
        moves = say("{who} leaves {left} and comes to {joined}", who=who, left=left, joined=joined)
    elif left:
        moves = say("{who} leaves {left}", who=who, left=left)
    else:
        moves = say("{who} comes to {joined}", who=who, joined=joined)
    others = [change for change in line.changes if change.field != "employments"]
    return _with(moves, others, line.record, say)


def _leaver(line: Leaver, say: Say) -> str:
    now = line.record or line.last
    why = _why(line.reason, now, say) if line.record is not None else say(INACTIVE[line.reason])
    leaves = say("{who} leaves: {why}", who=subject(line.last, say), why=why)
    return _with(leaves, line.changes, now, say)


def _why(reason: Inactivity, record: PersonRecord, say: Say) -> str:
    ended = record.last_end()
    if reason is Inactivity.ENDED and ended is not None:
        return say("the last employment ended {at}", at=ended)
    if reason is Inactivity.DISABLED and record.disabled:
        return say("disabled in the directory, {how}", how=disabled_words(record.disabled, say))
    return say(INACTIVE[reason])


def _conflict(line: Conflict, say: Say) -> str:
    parties = _joined([_party(party, say) for party in line.parties], say)
    conflict = say(CONFLICTS[line.kind], value=line.value)
    return say("{conflict}: {parties}. A person has to decide.", conflict=conflict, parties=parties)


def _party(party: Party, say: Say) -> str:
    where = party.dn or (
        f"{party.source} {party.key}" if party.source else say("an account of Portvakt's own")
    )
    name = party.name
    # Who is protected has no name in a stored conflict, but our own words for it.
    if party.dn is None and name.startswith(protected := PROTECTED_PERSON.format(key="")):
        name = say(PROTECTED_PERSON, key=name.removeprefix(protected))
    return f"{name} [{where}]"


def _unit(line: UnitLine, say: Say) -> str:
    unit = line.record
    match line:
        case UnitCreated() if unit.parent_code:
            return say(
                "Unit {code} ({name}) is new under {parent}.",
                code=unit.code,
                name=unit.name,
                parent=unit.parent_code,
            )
        case UnitCreated():
            return say("Unit {code} ({name}) is new.", code=unit.code, name=unit.name)
        case UnitChanged():
            return say("Unit {code} changes: {changes}.", code=unit.code, changes=_changes(line.changes, say))
        case UnitRemoved():
            return say("Unit {code} ({name}) is gone from the directory.", code=unit.code, name=unit.name)


def _group(line: GroupLine, say: Say) -> str:
    match line:
        case GroupCreated():
            members = _members(line.record.members, say)
            return say("Group {name} is new, with {members}.", name=line.record.name, members=members)
        case GroupRemoved():
            return say("Group {name} is gone from the directory.", name=line.name)
        case GroupChanged():
            pass
    parts = []
    if line.added:
        parts.append(say("gets {members}", members=_members(line.added, say)))
    if line.removed:
        parts.append(say("loses {members}", members=_members(line.removed, say)))
    if line.changes:
        parts.append(say("changes: {changes}", changes=_changes(line.changes, say)))
    if not parts:
        return say("Group {name} is stored anew.", name=line.record.name)
    return say("Group {name} {happens}.", name=line.record.name, happens=_joined(parts, say))


def _changes(changes: Sequence[FieldChange], say: Say, record: PersonRecord | None = None) -> str:
    if not changes:
        return say("stored anew")
    if record is not None and _hidden(record):
        return ", ".join(field_words(change.field, say) for change in changes)
    return ", ".join(_change(change, say) for change in changes)


def _change(change: FieldChange, say: Say) -> str:
    before, after = (value_words(change.field, text, say) for text in (change.before, change.after))
    return f"{field_words(change.field, say)} {before} → {after}"


def _with(said: str, changes: Sequence[FieldChange], record: PersonRecord, say: Say) -> str:
    if not changes:
        return f"{said}."
    return say("{said}, with {changes}.", said=said, changes=_changes(changes, say, record))


def _hidden(record: PersonRecord) -> bool:
    return record.protection is not Protection.NONE


def _joined(parts: Sequence[str], say: Say) -> str:
    return reduce(lambda first, then: say("{first} and {then}", first=first, then=then), parts)


def _members(keys: Sequence[str], say: Say) -> str:
    return say("{count} member", count=1) if len(keys) == 1 else say("{count} members", count=len(keys))
