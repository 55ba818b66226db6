"""The lines of a plan as JSON text and back, so that a table can hold a plan.

Owns that form. `line_from_json(line_to_json(line)) == line` for every line; a text that is not one raises
ValueError, KeyError or TypeError: a fault of the store.
"""

from collections.abc import Callable, Sequence

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
    kind_of,
)
from directory_sync.record_json import (
    JsonObject,
    JsonValue,
    from_text,
    group_from_json,
    group_to_json,
    list_of,
    object_of,
    optional_text,
    person_from_json,
    person_to_json,
    text_of,
    time_from_json,
    time_to_json,
    to_text,
    unit_from_json,
    unit_to_json,
)
from directory_sync.records import Inactivity, PersonRecord, PersonRef


def line_to_json(line: Line) -> str:
    """One canonical text: the same line always gives the same text."""
    return to_text({"line": kind_of(line), **_body(line)})


def line_from_json(text: str) -> Line:
    value = from_text(text)
    return _READERS[text_of(value["line"])](value)


def _body(line: Line) -> JsonObject:  # noqa: C901, PLR0911  one return for each kind of line is the point of the function
    match line:
        case Joiner():
            return _joiner_body(line)
        case Changed():
            return {**_person(line.record, line.before), "changes": _changes(line.changes)}
        case Mover():
            moved: JsonObject = {"joined": list(line.joined), "left": list(line.left)}
            return {**_person(line.record, line.before), "changes": _changes(line.changes), **moved}
        case Leaver():
            return _leaver_body(line)
        case Returned():
            changes: JsonObject = {"changes": _changes(line.changes), "begins": time_to_json(line.begins)}
            return {**_person(line.record, line.before), **changes}
        case Conflict():
            return _conflict_body(line)
        case UnitCreated() | UnitRemoved():
            return {"record": unit_to_json(line.record)}
        case UnitChanged():
            return {"record": unit_to_json(line.record), "changes": _changes(line.changes)}
        case GroupCreated():
            return {"record": group_to_json(line.record), "fingerprint": line.fingerprint.hex()}
        case GroupChanged():
            return _group_changed_body(line)
        case GroupRemoved():
            return {"key": line.key, "name": line.name, "before": line.before.hex()}


def _person(record: PersonRecord, before: bytes) -> JsonObject:
    return {"record": person_to_json(record), "before": before.hex()}


def _joiner_body(line: Joiner) -> JsonObject:
    same = line.same_person_as
    return {
        "record": person_to_json(line.record),
        "begins": time_to_json(line.begins),
        "inactive": None if line.inactive is None else line.inactive.value,
        "same_person_as": None if same is None else [same.source, same.key],
    }


def _leaver_body(line: Leaver) -> JsonObject:
    return {
        "key": line.key,
        "before": line.before.hex(),
        "reason": line.reason.value,
        "last": person_to_json(line.last),
        "record": None if line.record is None else person_to_json(line.record),
        "changes": _changes(line.changes),
    }


def _conflict_body(line: Conflict) -> JsonObject:
    return {
        "kind": line.kind.value,
        "value": line.value,
        "parties": [[p.source, p.key, p.login, p.name, p.dn] for p in line.parties],
        "stopped": list(line.stopped),
    }


def _group_changed_body(line: GroupChanged) -> JsonObject:
    return {
        "record": group_to_json(line.record),
        "before": line.before.hex(),
        "fingerprint": line.fingerprint.hex(),
        "changes": _changes(line.changes),
        "added": list(line.added),
        "removed": list(line.removed),
    }


def _changes(changes: Sequence[FieldChange]) -> JsonValue:
    return [[c.field, c.before, c.after] for c in changes]


def _changes_from(value: JsonValue) -> tuple[FieldChange, ...]:
    rows = (list_of(row) for row in list_of(value))
    return tuple(FieldChange(text_of(f), optional_text(b), optional_text(a)) for f, b, a in rows)


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(text_of(item) for item in list_of(value))


def _bytes(value: JsonValue) -> bytes:
    return bytes.fromhex(text_of(value))


def _joiner(v: JsonObject) -> Joiner:
    inactive = optional_text(v["inactive"])
    same = v["same_person_as"]
    return Joiner(
        person_from_json(object_of(v["record"])),
        time_from_json(v["begins"]),
        None if inactive is None else Inactivity(inactive),
        None if same is None else PersonRef(*_texts(same)),
    )


def _changed(v: JsonObject) -> Changed:
    return Changed(person_from_json(object_of(v["record"])), _bytes(v["before"]), _changes_from(v["changes"]))


def _mover(v: JsonObject) -> Mover:
    record, changes = person_from_json(object_of(v["record"])), _changes_from(v["changes"])
    return Mover(record, _bytes(v["before"]), changes, _texts(v["joined"]), _texts(v["left"]))


def _leaver(v: JsonObject) -> Leaver:
    return Leaver(
        text_of(v["key"]),
        _bytes(v["before"]),
        Inactivity(text_of(v["reason"])),
        person_from_json(object_of(v["last"])),
        None if v["record"] is None else person_from_json(object_of(v["record"])),
        _changes_from(v["changes"]),
    )


def _returned(v: JsonObject) -> Returned:
    record, changes = person_from_json(object_of(v["record"])), _changes_from(v["changes"])
    return Returned(record, _bytes(v["before"]), changes, time_from_json(v["begins"]))


def _conflict(v: JsonObject) -> Conflict:
    rows = (list_of(row) for row in list_of(v["parties"]))
    parties = (
        Party(optional_text(s), optional_text(k), optional_text(lo), text_of(n), optional_text(d))
        for s, k, lo, n, d in rows
    )
    kind = ConflictKind(text_of(v["kind"]))
    return Conflict(kind, text_of(v["value"]), tuple(parties), _texts(v["stopped"]))


def _unit_changed(v: JsonObject) -> UnitChanged:
    return UnitChanged(unit_from_json(object_of(v["record"])), _changes_from(v["changes"]))


def _group_created(v: JsonObject) -> GroupCreated:
    return GroupCreated(group_from_json(object_of(v["record"])), _bytes(v["fingerprint"]))


def _group_changed(v: JsonObject) -> GroupChanged:
    return GroupChanged(
        group_from_json(object_of(v["record"])),
        _bytes(v["before"]),
        _bytes(v["fingerprint"]),
        _changes_from(v["changes"]),
        _texts(v["added"]),
        _texts(v["removed"]),
    )


_READERS: dict[str, Callable[[JsonObject], Line]] = {
    "joiner": _joiner,
    "changed": _changed,
    "mover": _mover,
    "leaver": _leaver,
    "returned": _returned,
    "conflict": _conflict,
    "unit_created": lambda v: UnitCreated(unit_from_json(object_of(v["record"]))),
    "unit_changed": _unit_changed,
    "unit_removed": lambda v: UnitRemoved(unit_from_json(object_of(v["record"]))),
    "group_created": _group_created,
    "group_changed": _group_changed,
    "group_removed": lambda v: GroupRemoved(text_of(v["key"]), text_of(v["name"]), _bytes(v["before"])),
}
