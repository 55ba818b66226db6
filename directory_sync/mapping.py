"""From an entry to a record, by the attribute mapping. Pure.

Owns what makes an entry usable, and where each value was taken from. What it cannot use it returns with the
reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from directory_sync.account_state import AccountState
from directory_sync.attribute_mapping import (
    AttributeMapping,
    GroupMapping,
    PersonMapping,
    PrimaryGroup,
    UnitMapping,
)
from directory_sync.attribute_values import Attributes, Unusable, first, taken
from directory_sync.employments import map_employments
from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.records import PersonRecord, Protection


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
    rid: str | None = None
    """The number by which persons name it as their primary group."""


def map_person(entry: DirectoryEntry, mapping: AttributeMapping) -> PersonRecord | BrokenEntry:
    try:
        return _person(entry, mapping.person, mapping)
    except Unusable as unusable:
        return BrokenEntry(entry.source, entry.dn, entry.key, str(unusable))


def map_unit(entry: DirectoryEntry, mapping: UnitMapping) -> MappedUnit | BrokenEntry:
    try:
        code = first(entry.attributes, mapping.code)
        if code is None:
            return BrokenEntry(entry.source, entry.dn, entry.key, f"the unit has no {mapping.code}, its code")
        name = first(entry.attributes, mapping.name) or code
        parent = None if mapping.parent_code is None else first(entry.attributes, mapping.parent_code)
    except Unusable as unusable:
        return BrokenEntry(entry.source, entry.dn, entry.key, str(unusable))
    return MappedUnit(entry, code, name, parent)


def map_group(
    entry: DirectoryEntry, mapping: GroupMapping, primary: PrimaryGroup | None = None
) -> MappedGroup | BrokenEntry:
    try:
        name = first(entry.attributes, mapping.name)
    except Unusable as unusable:
        return BrokenEntry(entry.source, entry.dn, entry.key, str(unusable))
    if name is None:
        return BrokenEntry(entry.source, entry.dn, entry.key, f"the group has no {mapping.name}, its name")
    sid = None if primary is None else entry.first(primary.sid)
    rid = None if sid is None else sid.rpartition("-")[2]
    return MappedGroup(entry, name, entry.values(mapping.members), rid)


def group_of(entry: DirectoryEntry | BrokenEntry, mapping: AttributeMapping) -> MappedGroup | BrokenEntry:
    """A group as it was read; broken if its entry was, or cannot be mapped."""
    if isinstance(entry, BrokenEntry):
        return entry
    return map_group(entry, mapping.group, mapping.primary_group)


def primary_number(entry: DirectoryEntry | BrokenEntry, mapping: AttributeMapping) -> str | None:
    """The number of a person's primary group, if the entry tells one."""
    primary = mapping.primary_group
    return None if primary is None or isinstance(entry, BrokenEntry) else entry.first(primary.attribute)


def _person(entry: DirectoryEntry, mapping: PersonMapping, whole: AttributeMapping) -> PersonRecord:
    attributes = entry.attributes
    origins: dict[str, str] = {}
    given_name = taken(attributes, origins, "given_name", mapping.preferred_given_name)
    given_name = given_name or taken(attributes, origins, "given_name", mapping.given_name) or ""
    surname = taken(attributes, origins, "surname", mapping.surname) or ""
    if not surname.isalpha() and not any(c.isalpha() for c in given_name + surname):
        raise Unusable(f"no usable name: neither {mapping.given_name} nor {mapping.surname} holds one")
    display_name = taken(attributes, origins, "display_name", mapping.display_name)
    protection = taken(attributes, origins, "protection", mapping.protection)
    state = _state(attributes, whole, origins)
    return PersonRecord(
        source=entry.source,
        key=entry.key,
        dn=entry.dn,
        login=taken(attributes, origins, "login", mapping.login),
        given_name=given_name,
        surname=surname,
        display_name=display_name or f"{given_name} {surname}".strip(),
        mail=taken(attributes, origins, "mail", mapping.mail),
        employee_number=taken(attributes, origins, "employee_number", mapping.employee_number),
        protection=_protection(protection, mapping),
        language=taken(attributes, origins, "language", mapping.language),
        employments=map_employments(attributes, mapping, whole.time_zone, origins),
        disabled=_disabled(attributes, mapping, state, origins),
        expires=state.expires,
        origins=_shared(tuple(origins.items())),
    )


@lru_cache(maxsize=1024)
def _shared(origins: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Most persons' values come from the same attributes: one mapping for all of them."""
    return MappingProxyType(dict(origins))


def _protection(value: str | None, mapping: PersonMapping) -> Protection:
    """An unknown mark is still a mark: whoever set it meant something."""
    if value is None:
        return Protection.NONE
    return mapping.protection_values.get(value.casefold(), Protection.MARKED)


def _state(attributes: Attributes, mapping: AttributeMapping, origins: dict[str, str]) -> AccountState:
    try:
        state = mapping.state.read(attributes)
    except ValueError as error:
        raise Unusable(f"the account's state cannot be read: {error}") from None
    if state.expires is not None and state.expires_attribute is not None:
        origins["expires"] = state.expires_attribute
    return state


def _disabled(
    attributes: Attributes, mapping: PersonMapping, state: AccountState, origins: dict[str, str]
) -> str | None:
    if state.disabled is not None:
        origins["disabled"] = state.attribute or "disabled"
        return state.disabled
    for attribute, wanted in mapping.disabled_when.items():
        for value in attributes.get(attribute.lower(), ()):
            if "*" in wanted or value.strip().casefold() in {w.casefold() for w in wanted}:
                origins["disabled"] = attribute
                return f"{attribute} is “{value.strip()}”"
    return None
