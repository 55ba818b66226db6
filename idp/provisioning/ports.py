"""What a synchronisation needs of the database, in bulk: few statements for many people.

Implemented by `idp.storage` (`SqlProvisioning`); a unit of work holds all of it as `provisioning`. Locking
means: until the transaction ends, nobody else changes what was returned.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from directory_sync import KnownGroup, KnownPerson, Remembered, UnitRecord
from idp.domain.account import Account
from idp.domain.audit import AuditLog, AuditRecord
from idp.domain.employment import Employment
from idp.domain.handles import AccountId, GroupId, PersonId, UnitId
from idp.domain.person import Person
from idp.domain.ports import UnitOfWork
from idp.provisioning.run_ports import Runs, Watches


@dataclass(frozen=True, slots=True)
class Entry:
    """One directory entry as last applied, and whose it is; `record` is its canonical text."""

    key: str
    person_id: PersonId
    dn: str
    fingerprint: bytes
    active: bool
    employee_number: str | None
    record: str
    ends_at: datetime | None = None
    """When what the record says will be over; None for whoever is not active."""
    reverted: bytes | None = None
    reverted_active: bool | None = None


@dataclass(frozen=True, slots=True)
class KnownPersonState:
    """A person with the account and, in one mail domain, the primary address."""

    person: Person
    account: Account | None
    disabled_by: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class NameHolder:
    """Whose a user name or an employee number is; one for each entry of that person, or one without."""

    canonical: str | None
    source: str | None
    key: str | None
    login: str | None
    employee_number: str | None
    person: Person


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address to be somebody's primary one in its domain."""

    person_id: PersonId
    address: str
    domain: str
    unconfirmed: bool


class IssuedNames(Protocol):
    """Every user name and address ever issued. What is in here passes to nobody else, ever."""

    def claim(self, space: str, names: Mapping[str, PersonId], now: datetime) -> Mapping[str, PersonId]:
        """Try to put names (canonical form -> person) down; return whose each of them now is."""

    def taken(self, space: str, names: Collection[str]) -> AbstractSet[str]:
        """Return which of these are somebody's."""

    def of(self, space: str, persons: Collection[PersonId]) -> Mapping[PersonId, AbstractSet[str]]:
        """Return the names ever issued to each person."""

    def holders(self, space: str, names: Collection[str]) -> Sequence[NameHolder]:
        """Return whose these names are, with the entries of each."""

    def forget_claims(self, persons: Collection[PersonId]) -> None:
        """Take back the claims of persons added in this very transaction."""


class Entries(Protocol):
    """Directory entries as last applied."""

    def known(self, source: str, now: datetime) -> Iterator[KnownPerson]:
        """Stream every entry of the source; with its mark if what was read last came to what is applied now."""

    def remember(self, source: str, read: Sequence[Remembered]) -> None:
        """Keep what entries came to when they were read, whether they are known yet or not."""

    def find(self, source: str, keys: Collection[str]) -> Sequence[Entry]:
        """Return entries by key."""

    def lock(self, source: str, keys: Collection[str]) -> Sequence[Entry]:
        """Return entries by key, locked."""

    def names(self, source: str) -> Iterator[tuple[str, str]]:
        """Stream key and DN of every entry of the source."""

    def active(self, source: str) -> int:
        """Return how many entries of the source are active."""

    def ended(self, source: str, now: datetime, limit: int) -> Sequence[Entry]:
        """Return active entries whose end has passed, but for those that a human has taken back."""

    def numbered(self, numbers: Collection[str]) -> Sequence[NameHolder]:
        """Return the entries, of any source, that have these employee numbers."""

    def add(self, source: str, entries: Sequence[Entry], now: datetime) -> None:
        """Store new entries."""

    def replace(self, source: str, entries: Sequence[Entry], now: datetime) -> None:
        """Store entries that were locked."""

    def mark_reverted(self, source: str, marks: Mapping[str, tuple[bytes, bool]]) -> None:
        """Remember what the directory says, by key, that a human has taken back; the next change forgets it."""

    def people(self, source: str, keys: Iterable[str]) -> Mapping[str, PersonId]:
        """Return whose entries these are, by key."""


class Population(Protocol):
    """Persons with their accounts, employments and addresses."""

    def lock(self, persons: Collection[PersonId], domain: str) -> Mapping[PersonId, KnownPersonState]:
        """Return persons with account and address, locked."""

    def add_persons(self, persons: Sequence[Person], now: datetime) -> None:
        """Store new persons."""

    def forget_persons(self, persons: Collection[PersonId]) -> None:
        """Take back persons added in this very transaction."""

    def replace_persons(self, persons: Sequence[Person]) -> None:
        """Store changed values of persons."""

    def add_accounts(self, accounts: Sequence[Account], disabled_by: str) -> None:
        """Store new accounts; `disabled_by` is noted with those that are disabled."""

    def replace_accounts(self, accounts: Sequence[Account]) -> None:
        """Store changed logins and beginnings; the state is not touched."""

    def enable(self, account_id: AccountId, disabled_by: str) -> bool:
        """Enable an account that `disabled_by`, and nobody else, has disabled; False otherwise."""

    def replace_employments(
        self, source: str, persons: Collection[PersonId], employments: Sequence[Employment]
    ) -> None:
        """Let these be all employments of the persons in the source."""

    def end_employments(self, source: str, persons: Collection[PersonId], now: datetime) -> None:
        """Let the persons' employments in the source end now, if they have not ended."""

    def retire_addresses(
        self, domain: str, persons: Collection[PersonId], now: datetime, *, cut: bool
    ) -> None:
        """Make primary addresses aliases, or, if `cut`, end every address of the persons in the domain."""

    def add_addresses(self, addresses: Sequence[NewAddress], now: datetime) -> None:
        """Make these the primary addresses; a person's own earlier one lives again."""


NamedGroup = tuple[str, bytes]
"""A group's name and fingerprint."""


class Structure(Protocol):
    """Units and groups of one directory."""

    def units(self, source: str) -> Iterator[UnitRecord]:
        """Stream the units that the directory lists."""

    def put_units(self, source: str, records: Sequence[UnitRecord]) -> AbstractSet[str]:
        """Create or change units and tie the tree.

        Return the keys of those that are refused because a living unit with another key has their code.
        """

    def remove_unit(self, source: str, key: str, now: datetime) -> bool:
        """Mark a unit as gone from its directory; False if no such unit is known."""

    def unit_ids(self, source: str, codes: Collection[str]) -> Mapping[str, UnitId]:
        """Return the units with these codes; one that no directory lists is made up of its code."""

    def sizes(self, source: str, codes: Collection[str], now: datetime) -> Mapping[str, int]:
        """Return how many persons the directory employs in these units now, by code."""

    def groups(self, source: str, keys: Collection[str] | None = None) -> Iterator[tuple[str, KnownGroup]]:
        """Stream the groups that the directory lists, or those of them with these keys, by key."""

    def lock_groups(self, source: str, keys: Collection[str]) -> Mapping[str, tuple[GroupId, bytes]]:
        """Return the ids and fingerprints of those groups that are known, by key, locked."""

    def add_groups(self, source: str, groups: Mapping[str, NamedGroup]) -> Mapping[str, GroupId]:
        """Store new groups without members, by key; return their ids."""

    def replace_groups(self, groups: Mapping[GroupId, NamedGroup]) -> None:
        """Store groups that were locked."""

    def remove_groups(self, ids: Collection[GroupId]) -> None:
        """Remove groups and their memberships."""

    def taken_back(self, source: str) -> Mapping[str, bytes]:
        """Return what the directory said of units and groups, by key, when a human took it back."""

    def mark_taken_back(self, source: str, marks: Mapping[str, bytes]) -> None:
        """Remember it; the next change forgets it."""

    def forget_taken_back(self, source: str, keys: Collection[str]) -> None:
        """Forget it: the directory has said something else, or another human has decided."""

    def member_keys(self, source: str, key: str) -> AbstractSet[str]:
        """Return the keys of a group's persons."""

    def set_members(self, members: Mapping[GroupId, AbstractSet[PersonId]]) -> None:
        """Let these persons, and nobody else, be the members of each of the groups."""


@dataclass(frozen=True, slots=True)
class StoredDirectory:
    """A directory as it is configured; the password is there for as long as it is used."""

    settings: Mapping[str, object]
    mail_domain: str
    password: str | None = field(repr=False)


class Provisioning(Protocol):
    """Everything above, in one unit of work; and the configured directories."""

    def directory(self, name: str) -> StoredDirectory | None:
        """Return one configured directory."""

    def directory_names(self) -> Sequence[str]:
        """Return the names of all configured directories, sorted."""

    @property
    def names(self) -> IssuedNames: ...
    @property
    def entries(self) -> Entries: ...
    @property
    def population(self) -> Population: ...
    @property
    def structure(self) -> Structure: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def watches(self) -> Watches: ...


class BatchAuditLog(AuditLog, Protocol):
    """The audit log, with many records at a time."""

    def extend(self, records: Sequence[AuditRecord]) -> None: ...


class ProvisioningUnitOfWork(UnitOfWork, Protocol):
    """A unit of work with the bulk operations."""

    @property
    def audit(self) -> BatchAuditLog: ...
    @property
    def provisioning(self) -> Provisioning: ...


class ProvisioningDatabase(Protocol):
    """Where such units of work come from."""

    def read(self) -> AbstractContextManager[ProvisioningUnitOfWork]: ...
    def write(self) -> AbstractContextManager[ProvisioningUnitOfWork]: ...
