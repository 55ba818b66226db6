"""Field by field, how two records of the same person, unit or group differ, as texts that a person can read.

Owns the list of fields that are compared. Knows no plan.
"""

from directory_sync.lines import FieldChange
from directory_sync.records import EmploymentRecord, GroupRecord, PersonRecord, Protection, UnitRecord
from directory_sync.speech import utc

_PERSON_FIELDS = (
    "login",
    "given_name",
    "surname",
    "display_name",
    "mail",
    "employee_number",
    "protection",
    "language",
    "disabled",
    "dn",
)


def person_changes(before: PersonRecord, after: PersonRecord) -> tuple[FieldChange, ...]:
    changes = _fields(before, after, _PERSON_FIELDS)
    if before.employments != after.employments:
        changes.append(
            FieldChange("employments", _employments(before.employments), _employments(after.employments))
        )
    if before.expires != after.expires:
        told = [None if r.expires is None else utc(r.expires) for r in (before, after)]
        changes.append(FieldChange("expires", *told))
    changes += [
        FieldChange(f"origin of {name}", before.origins.get(name), after.origins.get(name))
        for name in sorted({*before.origins, *after.origins})
        if before.origins.get(name) != after.origins.get(name)
        and getattr(before, name, None) == getattr(after, name, None)
    ]
    return tuple(changes)


def unit_changes(before: UnitRecord, after: UnitRecord) -> tuple[FieldChange, ...]:
    return tuple(_fields(before, after, ("code", "name", "parent_code", "dn")))


def group_changes(before_name: str, after: GroupRecord) -> tuple[FieldChange, ...]:
    return () if before_name == after.name else (FieldChange("name", before_name, after.name),)


def _fields(before: object, after: object, names: tuple[str, ...]) -> list[FieldChange]:
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return [FieldChange(name, _text(old), _text(new)) for name, old, new in pairs if old != new]


def _text(value: str | Protection | None) -> str | None:
    return None if value is None else str(value)


def _employments(employments: tuple[EmploymentRecord, ...]) -> str | None:
    return "; ".join(_employment(e) for e in employments) or None


def _employment(employment: EmploymentRecord) -> str:
    words = [employment.title or "", f"at {employment.unit_code}" if employment.unit_code else ""]
    words += [
        f"from {utc(employment.starts)}" if employment.starts else "",
        f"until {utc(employment.ends)}" if employment.ends else "",
    ]
    return " ".join(word for word in words if word) or "employed"
