"""What a synchronisation asks about persons, units and groups that are known already.

Owns the reading half of the seam to whoever keeps the accounts, and what it returns. Knows no table: the
words below say what must hold, however it is stored.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

from directory_sync.records import PersonRecord, UnitRecord

T = TypeVar("T")

CHUNK = 500
"""How many keys, logins or numbers one question holds at most."""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, as many at a time as one question holds."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


class KnownPerson(NamedTuple):
    """The least there is to know about a person of a source; a million of these are read in a row."""

    key: str
    fingerprint: bytes
    active: bool
    """As the last applied line left it, or, if a human took it back, as the directory said it (`KnownRecord.as_said`).

    What an administrator has disabled by hand is another fact and not told here.
    """
    mark: bytes = b""
    """The entry as it was read (`as_read`), if that came to this fingerprint and no end of it has passed."""


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A person as last applied."""

    record: PersonRecord
    fingerprint: bytes
    active: bool
    reverted: bytes | None = None
    """What the directory said when a human took it back: the fingerprint, and whether the person was active by it."""
    reverted_active: bool = False

    @property
    def as_said(self) -> tuple[bytes, bool]:
        """Fingerprint and activity by what the directory said last: what it says again is not news."""
        return (
            (self.fingerprint, self.active)
            if self.reverted is None
            else (self.reverted, self.reverted_active)
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a login or an employee number.

    `source` and `key` are None for an account that no directory gave.
    """

    source: str | None
    key: str | None
    login: str | None
    employee_number: str | None
    name: str
    login_skeleton: str | None
    """`matching.login_skeleton` of the login by which this holder was found (which may be a former one)."""


@dataclass(frozen=True, slots=True)
class KnownGroup:
    name: str
    fingerprint: bytes
    """The one of the line that last created or changed the group."""


class AccountFacts(Protocol):
    """What is known already. Every method may be called many times and changes nothing."""

    def known_persons(self, source: str, now: datetime) -> Iterable[KnownPerson]:
        """Every person ever applied from this source, active or not, in any order; streamed, not gathered."""
        ...

    def records(self, source: str, keys: Sequence[str]) -> Mapping[str, KnownRecord]:
        """The last applied records of these persons (at most 500 keys a call).

        Keys that are not known are left out.
        """
        ...

    def holders(self, logins: Sequence[str], employee_numbers: Sequence[str]) -> Sequence[Holder]:
        """Who holds one of these (at most 500 of each a call), in any source or in none.

        `logins` are skeletons (`matching.login_skeleton`): of the logins held now *and of every login ever
        held*, so that a name which its holder has given up passes to nobody. Employee numbers: only the
        current ones.
        """
        ...

    def known_units(self, source: str) -> Iterable[UnitRecord]:
        """The units of this source that are not removed, in any order; streamed."""
        ...

    def known_groups(
        self, source: str, keys: Collection[str] | None = None
    ) -> Iterable[tuple[str, KnownGroup]]:
        """The groups of this source that are not removed, or those of them with these keys, by key; streamed."""
        ...

    def taken_back(self, source: str) -> Mapping[str, bytes]:
        """What the directory said of units and groups, by key, when a human took a change of them back.

        Fingerprints, `ABSENT_MARK` for one of which it said nothing. While it goes on saying just that, it is not news.
        """
        ...

    def group_members(self, source: str, key: str) -> AbstractSet[str]:
        """The keys of a group's persons; asked only for groups that differ."""
        ...

    def unit_sizes(self, source: str, codes: Sequence[str]) -> Mapping[str, int]:
        """How many active persons of this source are employed in each of these units now."""
        ...

    def names(self, source: str) -> Iterable[tuple[str, str]]:
        """The key and the DN, as last applied, of everybody ever applied from this source; streamed."""
        ...
