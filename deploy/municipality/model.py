"""What the municipality consists of, ready to be written: people, groups, the whole.

Owns the frozen types that the generator makes and the writers read. Nothing here knows LDIF.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from deploy.municipality.organisation import Organisation

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "ekvik.example")
# pwdAccountLockedTime with this value locks for good (draft-behera-ldap-password-policy §5.3.3).
LOCKED_FOR_GOOD = "000001010000Z"


@dataclass(frozen=True, slots=True)
class Person:
    """One person's entry. Texts stand here as they do in the directory, odd ones included."""

    dn: str
    entry_uuid: uuid.UUID
    number: str | None
    login: str | None
    common_name: str | None
    surname: str | None
    given_names: str | None
    call_name: str | bytes | None
    employment_types: tuple[str, ...] = ("tillsvidare",)
    unit_codes: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    manager: str | None = None
    protection: str | None = None
    mail: str | None = None
    password: str | None = None
    locked_since: str | None = None
    must_change_password: bool = False
    password_changed: str | None = None
    policy: str | None = None
    # Marks of the hand-written cases; they are not written to the directory.
    cases: tuple[str, ...] = ()
    slug: str | None = None

    @property
    def display_name(self) -> str | None:
        return self.common_name


@dataclass(frozen=True, slots=True)
class Group:
    """A groupOfNames. An empty one has the empty name as its member: the class demands one."""

    dn: str
    name: str
    description: str
    members: tuple[str, ...]
    entry_uuid: uuid.UUID
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Municipality:
    """One district, or the whole municipality if there is but one."""

    seed: str
    reference: dt.date
    district: int
    organisation: Organisation
    employees: tuple[Person, ...]
    leavers: tuple[Person, ...]
    politicians: tuple[Person, ...]
    broken: tuple[Person, ...]
    groups: tuple[Group, ...]

    @property
    def people(self) -> tuple[Person, ...]:
        """Every entry that stands for a person, in the order in which they are written."""
        return self.employees + self.leavers + self.politicians + self.broken


def generalized_time(moment: dt.datetime) -> str:
    """GeneralizedTime in UTC to the second (RFC 4517 §3.3.13)."""
    return moment.astimezone(dt.UTC).strftime("%Y%m%d%H%M%SZ")


def stable_uuid(seed: str, *parts: object) -> uuid.UUID:
    """The same for the same seed and parts, on every machine."""
    return uuid.uuid5(NAMESPACE, "/".join((seed, *map(str, parts))))
