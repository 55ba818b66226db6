"""What a directory says about one person, unit or group, in the words of this library.

Owns the frozen records that leave the mapping, and when a person counts as active. Knows neither LDAP nor
accounts: there is no field for a role, an administrator or an exemption from a second factor, so no
attribute can set one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Protection(StrEnum):
    """Sweden's three forms of protected personal details (and none)."""

    NONE = "none"
    MARKED = "marked"
    PROTECTED_REGISTRATION = "protected_registration"
    FICTITIOUS = "fictitious"


class Inactivity(StrEnum):
    """Why a person's account is not to be used."""

    DISABLED = "disabled"
    ENDED = "ended"
    EXPIRED = "expired"
    REVERTED = "reverted"
    """A human has taken back the run that gave the access."""
    ABSENT = "absent"
    DELETED = "deleted"
    """The directory itself says that the entry is gone; unlike absence, which is silence."""


@dataclass(frozen=True, slots=True)
class PersonRef:
    """One person of one source."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class EmploymentRecord:
    """One employment; `ends` is the first moment at which it no longer holds."""

    unit_code: str | None
    title: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Everything a source says about a person.

    The names are those to be used (the preferred given name if there is one).
    """

    source: str
    key: str
    dn: str
    login: str | None
    given_name: str
    surname: str
    display_name: str
    mail: str | None = None
    employee_number: str | None = None
    protection: Protection = Protection.NONE
    language: str | None = None
    employments: tuple[EmploymentRecord, ...] = ()
    disabled: str | None = None
    """Why the directory has disabled the person, in words; None for one who is enabled."""
    expires: datetime | None = None
    """The first moment at which the directory no longer lets the person in; None for never."""
    origins: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Which attribute of the entry each field was taken from."""

    @property
    def enabled(self) -> bool:
        return self.disabled is None

    @property
    def unit_codes(self) -> tuple[str, ...]:
        """The units of all employments, each once, in the order of the employments."""
        return tuple(dict.fromkeys(e.unit_code for e in self.employments if e.unit_code is not None))

    def inactivity(self, now: datetime) -> Inactivity | None:
        """What the entry itself says against the person's being active.

        Absence is not for the entry to say.
        """
        if self.disabled is not None:
            return Inactivity.DISABLED
        if self.expires is not None and self.expires <= now:
            return Inactivity.EXPIRED
        employments = self.employments
        if employments and all(e.ends is not None and e.ends <= now for e in employments):
            return Inactivity.ENDED
        return None

    def begins(self, now: datetime) -> datetime | None:
        """The start of the first employment that has not ended, if all of them lie in the future."""
        earliest: datetime | None = None
        for employment in self.employments:
            if employment.ends is not None and employment.ends <= now:
                continue
            if employment.starts is None or employment.starts <= now:
                return None
            if earliest is None or employment.starts < earliest:
                earliest = employment.starts
        return earliest

    def ends(self) -> datetime | None:
        """When what the directory says now will be over: the account, or the last employment."""
        ends = [end for end in (self.expires, self.last_end()) if end is not None]
        return min(ends, default=None)

    def last_end(self) -> datetime | None:
        """The end of the employment that ends last, if every one of them has an end."""
        ends = [e.ends for e in self.employments]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """One unit of the organisation; `code` is what persons and children refer to."""

    source: str
    key: str
    dn: str
    code: str
    name: str
    parent_code: str | None = None


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """One group with its persons' keys (sorted), those of nested groups included."""

    source: str
    key: str
    dn: str
    name: str
    members: tuple[str, ...] = ()
