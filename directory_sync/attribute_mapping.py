"""Which attribute gives which field: the part of a directory's settings that the mapping obeys.

Owns the settings' form, defaults and complaints. The fields below are all that a directory can set (L8):
another word in the settings is an error, and there is none for a role, an administrator or an exemption.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from directory_sync.account_state import PASSWORD_POLICY, StateRule
from directory_sync.records import Protection

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?:;[A-Za-z0-9-]+)*|[0-9]+(?:\.[0-9]+)+")

DEFAULT_PROTECTION = {
    "sekretessmarkering": Protection.MARKED,
    "skyddad folkbokföring": Protection.PROTECTED_REGISTRATION,
    "fingerade personuppgifter": Protection.FICTITIOUS,
    "fingerade uppgifter": Protection.FICTITIOUS,
    **{protection.value: protection for protection in Protection},
}


class MappingError(ValueError):
    """A wrong value in the settings; the text names the key and what was expected."""


@dataclass(frozen=True, slots=True)
class PersonMapping:
    """The attribute for each field of a person; None for a field that this directory does not give."""

    login: str | None = "uid"
    given_name: str = "givenName"
    preferred_given_name: str | None = None
    surname: str = "sn"
    display_name: str | None = "displayName"
    mail: str | None = "mail"
    employee_number: str | None = "employeeNumber"
    title: str | None = "title"
    unit_code: str | None = "departmentNumber"
    protection: str | None = None
    protection_values: Mapping[str, Protection] = field(default_factory=lambda: dict(DEFAULT_PROTECTION))
    """What the attribute's values mean, without case. A value that is not listed counts as a mark."""
    language: str | None = "preferredLanguage"
    employment_start: str | None = None
    employment_end: str | None = None
    disabled_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Attributes whose presence with one of these values (`*`: with any) disables the person."""

    def attributes(self) -> tuple[str, ...]:
        names = [
            getattr(self, f.name)
            for f in fields(self)
            if f.name not in {"protection_values", "disabled_when"} and getattr(self, f.name) is not None
        ]
        return tuple(dict.fromkeys([*names, *self.disabled_when]))


@dataclass(frozen=True, slots=True)
class UnitMapping:
    """A unit's attributes; the parent is named by an attribute that holds its code, or else by the DN."""

    code: str = "ou"
    name: str = "description"
    parent_code: str | None = None

    def attributes(self) -> tuple[str, ...]:
        names = (self.code, self.name, self.parent_code)
        return tuple(dict.fromkeys(name for name in names if name is not None))


@dataclass(frozen=True, slots=True)
class GroupMapping:
    """A group's attributes; members are DNs (of persons or groups) or logins."""

    name: str = "cn"
    members: str = "member"
    members_are: str = "dn"

    def attributes(self) -> tuple[str, ...]:
        return (self.name, self.members)


@dataclass(frozen=True, slots=True)
class PrimaryGroup:
    """How a person's one primary group is told, which does not list its members: `rid` by `attribute`.

    `sid` is the group's, and ends with that number.
    """

    attribute: str
    sid: str


@dataclass(frozen=True, slots=True)
class AttributeMapping:
    person: PersonMapping = field(default_factory=PersonMapping)
    unit: UnitMapping = field(default_factory=UnitMapping)
    group: GroupMapping = field(default_factory=GroupMapping)
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Stockholm"))
    """Where a plain date's day begins and ends."""
    state: StateRule = PASSWORD_POLICY
    """What the product itself says of an account; not for the settings to change, like the next."""
    primary_group: PrimaryGroup | None = None

    @classmethod
    def from_mapping(
        cls, settings: Mapping[str, object], where: str = "mapping", usual: "AttributeMapping | None" = None
    ) -> "AttributeMapping":
        """Read settings as they stand in a file; what they do not say is as `usual`. Raises `MappingError`."""
        usual = usual or cls()
        _only(settings, {"person", "unit", "group", "time_zone"}, where)
        return cls(
            _person(_table(settings, "person", where), f"{where}.person", usual.person),
            _unit(_table(settings, "unit", where), f"{where}.unit", usual.unit),
            _group(_table(settings, "group", where), f"{where}.group", usual.group),
            _zone(settings.get("time_zone", usual.time_zone.key), f"{where}.time_zone"),
            usual.state,
            usual.primary_group,
        )


def _person(settings: Mapping[str, object], where: str, usual: PersonMapping) -> PersonMapping:
    values = _attributes(PersonMapping, settings, where, {"protection_values", "disabled_when"})
    if "protection_values" in settings:
        table = _table(settings, "protection_values", where)
        values["protection_values"] = {
            text.casefold(): _protection(meaning, f"{where}.protection_values.{text}")
            for text, meaning in table.items()
        }
    if "disabled_when" in settings:
        table = _table(settings, "disabled_when", where)
        values["disabled_when"] = {
            _attribute(name, f"{where}.disabled_when"): _texts(texts, f"{where}.disabled_when.{name}")
            for name, texts in table.items()
        }
    return replace(usual, **values)  # type: ignore[arg-type]  # checked one by one against its fields


def _unit(settings: Mapping[str, object], where: str, usual: UnitMapping) -> UnitMapping:
    values = _attributes(UnitMapping, settings, where, set())
    return replace(usual, **values)  # type: ignore[arg-type]  # checked one by one against its fields


def _group(settings: Mapping[str, object], where: str, usual: GroupMapping) -> GroupMapping:
    values = _attributes(GroupMapping, settings, where, {"members_are"})
    members_are = settings.get("members_are", usual.members_are)
    if members_are not in {"dn", "login"}:
        raise MappingError(f"{where}.members_are: expected “dn” or “login”, found {members_are!r}")
    values["members_are"] = members_are
    return replace(usual, **values)  # type: ignore[arg-type]  # checked one by one against its fields


T = TypeVar("T", PersonMapping, UnitMapping, GroupMapping)


def _attributes(
    kind: type[T], settings: Mapping[str, object], where: str, special: set[str]
) -> dict[str, object]:
    """The fields that name an attribute. An empty text switches off a field that may be missing."""
    defaults = {f.name: f for f in fields(kind)}
    _only(settings, set(defaults), where)
    values: dict[str, object] = {}
    for name, value in settings.items():
        if name in special:
            continue
        optional = "None" in str(defaults[name].type)
        values[name] = None if optional and value == "" else _attribute(value, f"{where}.{name}")
    return values


def _attribute(value: object, where: str) -> str:
    if not isinstance(value, str) or not _ATTRIBUTE.fullmatch(value):
        raise MappingError(f"{where}: expected the name of an attribute such as “givenName”, found {value!r}")
    return value


def _table(settings: Mapping[str, object], name: str, where: str) -> Mapping[str, object]:
    value = settings.get(name, {})
    if not isinstance(value, Mapping):
        raise MappingError(f"{where}.{name}: expected a table, found {value!r}")
    return value


def _only(settings: Mapping[str, object], known: set[str], where: str) -> None:
    for name in settings:
        if name not in known:
            raise MappingError(f"{where}.{name}: no such setting; expected one of {', '.join(sorted(known))}")


def _protection(value: object, where: str) -> Protection:
    try:
        return Protection(str(value))
    except ValueError:
        expected = ", ".join(protection.value for protection in Protection)
        raise MappingError(f"{where}: expected one of {expected}, found {value!r}") from None


def _texts(value: object, where: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if (
        not isinstance(values, list | tuple)
        or not values
        or not all(isinstance(v, str) and v for v in values)
    ):
        raise MappingError(f"{where}: expected a text or a list of texts, found {value!r}")
    return tuple(str(v) for v in values)


def _zone(value: object, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError):
        raise MappingError(
            f"{where}: expected a time zone such as “Europe/Stockholm”, found {value!r}"
        ) from None
