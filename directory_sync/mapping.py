"""From an entry to a record, by the attribute mapping. Pure.

Owns what makes an entry usable, and where each value was taken from. What it cannot use it returns with the
reason.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from directory_sync.attribute_mapping import AttributeMapping, GroupMapping, PersonMapping, UnitMapping
from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.generalized_time import parse_end, parse_start
from directory_sync.records import EmploymentRecord, PersonRecord, Protection

T = TypeVar("T")

LOCKED_FOR_GOOD = "000001010000Z"
"""The value of pwdAccountLockedTime that only an administrator sets and removes (draft-behera §5.3.3)."""

PASSWORD_POLICY_LOCK = "pwdAccountLockedTime"  # noqa: S105  an attribute's name
POLICY_ATTRIBUTES = (PASSWORD_POLICY_LOCK,)
"""Read from every person besides what the mapping names."""


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class _Unusable(Exception):
    """Why an entry cannot be used."""


@dataclass(frozen=True, slots=True)
class MappedUnit:
    """A unit whose parent may still be a DN."""

    entry: DirectoryEntry
    code: str
    name: str
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class MappedGroup:
    """A group whose members are still as the directory names them: DNs or logins."""

    entry: DirectoryEntry
    name: str
    members: tuple[str, ...]


def map_person(entry: DirectoryEntry, mapping: AttributeMapping) -> PersonRecord | BrokenEntry:
    try:
        return _person(entry, mapping.person, mapping.time_zone)
    except _Unusable as unusable:
        return BrokenEntry(entry.source, entry.dn, entry.key, str(unusable))


def map_unit(entry: DirectoryEntry, mapping: UnitMapping) -> MappedUnit | BrokenEntry:
    try:
        code = _text(entry, mapping.code)
        if code is None:
            return BrokenEntry(entry.source, entry.dn, entry.key, f"the unit has no {mapping.code}, its code")
        name = _text(entry, mapping.name) or code
        parent = None if mapping.parent_code is None else _text(entry, mapping.parent_code)
    except _Unusable as unusable:
        return BrokenEntry(entry.source, entry.dn, entry.key, str(unusable))
    return MappedUnit(entry, code, name, parent)


def map_group(entry: DirectoryEntry, mapping: GroupMapping) -> MappedGroup | BrokenEntry:
    try:
        name = _text(entry, mapping.name)
    except _Unusable as unusable:
        return BrokenEntry(entry.source, entry.dn, entry.key, str(unusable))
    if name is None:
        return BrokenEntry(entry.source, entry.dn, entry.key, f"the group has no {mapping.name}, its name")
    return MappedGroup(entry, name, entry.values(mapping.members))


def _person(entry: DirectoryEntry, mapping: PersonMapping, zone: ZoneInfo) -> PersonRecord:
    origins: dict[str, str] = {}

    def taken(field: str, *attributes: str | None) -> str | None:
        """The first of the attributes that has a value; remembers which."""
        for attribute in attributes:
            value = None if attribute is None else _text(entry, attribute)
            if value is not None and attribute is not None:
                origins[field] = attribute
                return value
        return None

    given_name = taken("given_name", mapping.preferred_given_name, mapping.given_name)
    surname = taken("surname", mapping.surname)
    display_name = taken("display_name", mapping.display_name)
    if display_name is None:
        display_name = " ".join(name for name in (given_name, surname) if name)
    if not any(c.isalpha() for c in f"{given_name or ''}{surname or ''}"):
        raise _Unusable(f"no usable name: neither {mapping.given_name} nor {mapping.surname} holds one")
    protection = _protection(taken("protection", mapping.protection), mapping)
    return PersonRecord(
        source=entry.source,
        key=entry.key,
        dn=entry.dn,
        login=taken("login", mapping.login),
        given_name=given_name or "",
        surname=surname or "",
        display_name=display_name,
        mail=taken("mail", mapping.mail),
        employee_number=taken("employee_number", mapping.employee_number),
        protection=protection,
        language=taken("language", mapping.language),
        employments=_employments(entry, mapping, zone, origins),
        disabled=_disabled(entry, mapping, origins),
        origins=origins,
    )


def _text(entry: DirectoryEntry, attribute: str) -> str | None:
    """The first value in single blanks; None if there is nothing in it.

    Control characters are nobody's name.
    """
    value = entry.first(attribute)
    if value is None:
        return None
    text = " ".join(value.split())
    if not text.isprintable() and any(_is_control(c) for c in text):
        raise _Unusable(f"{attribute} holds control characters")
    return text or None


def _is_control(character: str) -> bool:
    """Control characters, and those that turn the direction of writing and so disguise a name."""
    return unicodedata.category(character) == "Cc" or character in _TURNING


def _protection(value: str | None, mapping: PersonMapping) -> Protection:
    """An unknown mark is still a mark: whoever set it meant something."""
    if value is None:
        return Protection.NONE
    return mapping.protection_values.get(value.casefold(), Protection.MARKED)


def _disabled(entry: DirectoryEntry, mapping: PersonMapping, origins: dict[str, str]) -> str | None:
    if LOCKED_FOR_GOOD in entry.values(PASSWORD_POLICY_LOCK):
        origins["disabled"] = PASSWORD_POLICY_LOCK
        return "locked for good by an administrator"
    for attribute, wanted in mapping.disabled_when.items():
        for value in entry.values(attribute):
            if "*" in wanted or value.strip().casefold() in {w.casefold() for w in wanted}:
                origins["disabled"] = attribute
                return f"{attribute} is “{value.strip()}”"
    return None


def _employments(
    entry: DirectoryEntry, mapping: PersonMapping, zone: ZoneInfo, origins: dict[str, str]
) -> tuple[EmploymentRecord, ...]:
    """One employment for each unit code, in order of the codes.

    A directory's values are a set (RFC 4511 §4.1.7) and say nothing of which title or date belongs to which
    unit. So one title or date holds for every employment; as many as there are units are taken in the order
    in which they are stored; any other number of dates cannot be understood, and of titles the first is
    taken.
    """
    codes = _all(entry, mapping.unit_code)
    titles = _all(entry, mapping.title)
    starts = _moments(entry, mapping.employment_start, zone, parse_start)
    ends = _moments(entry, mapping.employment_end, zone, parse_end)
    if not (codes or titles or starts or ends):
        return ()
    taken = (
        ("unit_codes", mapping.unit_code, codes),
        ("titles", mapping.title, titles),
        ("starts", mapping.employment_start, starts),
        ("ends", mapping.employment_end, ends),
    )
    origins.update((field, attribute) for field, attribute, values in taken if values and attribute)
    number = max(1, len(codes))
    employments = zip(
        codes or (None,),
        _titles(titles, number),
        _dates(starts, number, mapping.employment_start),
        _dates(ends, number, mapping.employment_end),
        strict=True,
    )
    made = (EmploymentRecord(code, title, start, end) for code, title, start, end in employments)
    return tuple(sorted(made, key=lambda e: (e.unit_code or "", e.title or "")))


def _all(entry: DirectoryEntry, attribute: str | None) -> list[str]:
    values = () if attribute is None else entry.values(attribute)
    return [text for value in values if (text := " ".join(value.split()))]


def _moments(
    entry: DirectoryEntry, attribute: str | None, zone: ZoneInfo, parse: Callable[[str, ZoneInfo], datetime]
) -> list[datetime]:
    try:
        return [parse(value, zone) for value in _all(entry, attribute)]
    except ValueError as error:
        raise _Unusable(f"{attribute}: {error}") from None


def _titles(values: list[str], number: int) -> list[str | None]:
    spread = _spread(values, number)
    return [values[0]] * number if spread is None else spread


def _dates(values: list[datetime], number: int, attribute: str | None) -> list[datetime | None]:
    spread = _spread(values, number)
    if spread is None:
        raise _Unusable(
            f"{attribute} has {len(values)} values for {number} units: which is for which, nobody can tell"
        )
    return spread


def _spread(values: list[T], number: int) -> list[T | None] | None:
    """One for all, one each, or none at all; None if there is no telling."""
    if len(values) in {0, 1}:
        return [values[0] if values else None] * number
    return list(values) if len(values) == number else None
