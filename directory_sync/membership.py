"""Which persons are members of which groups, those of nested groups included.

Owns the resolution of members named by DN or login, and of groups within groups, with a guard against circles (L11).
A million people are members many millions of times: who names whom is kept in the run's scratch, names as 64 bits of a
digest. (Two of a million names share theirs once in thirty million runs.)
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b

from directory_sync.dn import normal_dn
from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.mapping import MappedGroup
from directory_sync.matching import login_folded
from directory_sync.records import GroupRecord, PersonRecord
from directory_sync.scratch import Scratch

_AT_ONCE = 5000
_SPELLINGS = 8192
_TABLES = (
    """CREATE TABLE listed_group (
        id INTEGER PRIMARY KEY, key TEXT UNIQUE, source TEXT, dn TEXT, name TEXT, rid TEXT, digest INTEGER,
        broken INTEGER
    )""",
    "CREATE INDEX listed_group_by_digest ON listed_group (digest)",
    "CREATE INDEX listed_group_by_rid ON listed_group (rid)",
    """CREATE TABLE names_member (
        listed_group INTEGER, member INTEGER, PRIMARY KEY (listed_group, member)
    ) WITHOUT ROWID""",
    "CREATE TABLE named (digest INTEGER, person TEXT)",
    "CREATE TABLE primary_group (person TEXT PRIMARY KEY, rid TEXT) WITHOUT ROWID",
)
_INDEXES = (
    # Made once the rows are there, which is far quicker.
    "CREATE INDEX IF NOT EXISTS named_by_digest ON named (digest, person)",
    "CREATE INDEX IF NOT EXISTS primary_group_by_rid ON primary_group (rid, person)",
)
_PUT = "INSERT OR REPLACE INTO listed_group VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_NAMES = "INSERT INTO names_member VALUES (?, ?)"
_NAMED = "INSERT INTO named VALUES (?, ?)"
_PRIMARY = "INSERT OR REPLACE INTO primary_group VALUES (?, ?)"
_NESTED = """
SELECT outside.id, inside.id, inside.broken
FROM names_member CROSS JOIN listed_group AS inside ON inside.digest = names_member.member
CROSS JOIN listed_group AS outside ON outside.id = names_member.listed_group
WHERE NOT EXISTS (SELECT 1 FROM named WHERE named.digest = names_member.member)"""
_GROUPS = "SELECT id, source, key, dn, name FROM listed_group WHERE NOT broken ORDER BY key"
_GROUP = "SELECT id, source, key, dn, name FROM listed_group WHERE NOT broken AND key = ?"
_MEMBERS = """
SELECT named.person FROM names_member JOIN named ON named.digest = names_member.member
WHERE names_member.listed_group = ?"""
_BY_PRIMARY = """
SELECT primary_group.person FROM listed_group JOIN primary_group ON primary_group.rid = listed_group.rid
WHERE listed_group.id = ?"""


class Membership:
    """Shown every group and every person, then asked. Members who are neither are passed over."""

    def __init__(self, scratch: Scratch, *, by_login: bool = False) -> None:
        self._scratch = scratch
        self._by_login = by_login
        self._normal = login_folded if by_login else _normal_dn
        self._spelled = lru_cache(_SPELLINGS)(self._digest)
        """Whoever is in five groups is taken apart once."""
        self._is_open = False
        self._groups = 0
        self._names: list[tuple[int, int]] = []
        self._named: list[tuple[int, str]] = []
        self._primary: list[tuple[str, str]] = []
        self._inside: dict[int, set[int]] = {}
        self._outside: dict[int, set[int]] = {}
        self._broken: set[int] = set()

    def _digest(self, name: str) -> int:
        digest = blake2b(self._normal(name).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)

    # groups and persons

    def put(self, group: MappedGroup) -> None:
        """Take in a group; one with the same key is forgotten."""
        self._put(group.entry, group.entry.key, group.name, group.rid, broken=False)
        self._names += [(self._groups, name) for name in sorted(set(map(self._spelled, group.members)))]
        if len(self._names) >= _AT_ONCE:
            self._lay_down()

    def put_broken(self, entry: BrokenEntry) -> None:
        """Take in that there is a group, though it cannot be told what it is."""
        self._put(entry, entry.key or f"no key: {entry.dn}", "", None, broken=True)

    def _put(
        self, entry: DirectoryEntry | BrokenEntry, key: str, name: str, rid: str | None, *, broken: bool
    ) -> None:
        self._open()
        self._groups += 1
        digest = None if self._by_login else self._spelled(entry.dn)
        self._scratch.run(_PUT, self._groups, key, entry.source, entry.dn, name, rid, digest, broken)

    def _open(self) -> None:
        if not self._is_open:
            self._is_open = True
            for table in _TABLES:
                self._scratch.run(table)

    def see(self, person: PersonRecord, primary: str | None = None) -> None:
        """`primary` is the number of the person's primary group, which does not list its members."""
        self._see(person.key, person.login if self._by_login else person.dn, primary)

    def see_known(self, key: str, dn: str, primary: str | None = None) -> None:
        """The same for somebody of whom nothing has changed; only where members are named by DN."""
        self._see(key, dn, primary)

    def _see(self, key: str, name: str | None, primary: str | None) -> None:
        if not self._groups:
            return
        if primary is not None:
            self._primary.append((key, primary))
        if name is not None:
            self._named.append((self._spelled(name), key))
        if len(self._named) >= _AT_ONCE or len(self._primary) >= _AT_ONCE:
            self._lay_down()

    def _lay_down(self) -> None:
        self._scratch.run_many(_NAMES, self._names)
        self._scratch.run_many(_NAMED, self._named)
        self._scratch.run_many(_PRIMARY, self._primary)
        for rows in (self._names, self._named, self._primary):
            rows.clear()

    # who is in them

    def resolve(self) -> None:
        """To be called after the last person."""
        if not self._groups:
            return
        self._lay_down()
        for index in _INDEXES:
            self._scratch.run(index)
        self._tie(self._scratch.run(_NESTED))

    def _tie(self, nested: Iterable[tuple[int, int, int]]) -> None:
        for outside, inside, broken in nested:
            self._inside.setdefault(outside, set()).add(inside)
            self._outside.setdefault(inside, set()).add(outside)
            if broken:
                self._broken.add(inside)

    def unclear(self) -> set[str]:
        """Keys of groups that hold, at some depth, a group whose entry is broken: their members cannot be told."""
        return set(self._keys(reach(self._broken, self._outside) - self._broken))

    def groups(self, keys: Collection[str] | None = None) -> Iterator[GroupRecord]:
        """Every group, or those with these keys, with its members, in the order of keys.

        Nothing may be put or seen meanwhile.
        """
        if not self._groups:
            return
        if keys is None:
            rows: Iterable[tuple[int, str, str, str, str]] = self._scratch.run(_GROUPS)
        else:
            rows = (row for key in sorted(keys) for row in self._scratch.run(_GROUP, key))
        for number, source, key, dn, name in rows:
            yield GroupRecord(source, key, dn, name, tuple(sorted(self._persons_in(number))))

    def _persons_in(self, start: int) -> set[str]:
        persons: set[str] = set()
        for number in reach({start}, self._inside):
            persons.update(person for (person,) in self._scratch.run(_MEMBERS, number))
            persons.update(person for (person,) in self._scratch.run(_BY_PRIMARY, number))
        return persons

    def _keys(self, numbers: Iterable[int]) -> Iterator[str]:
        for number in numbers:
            for (key,) in self._scratch.run("SELECT key FROM listed_group WHERE id = ?", number):
                yield key


def reach(start: Collection[int], onward: Mapping[int, Collection[int]]) -> set[int]:
    """Where one comes to from here, the start included; a circle ends (L11)."""
    visited = set(start)
    waiting = list(start)
    while waiting:
        for number in onward.get(waiting.pop(), ()):
            if number not in visited:
                visited.add(number)
                waiting.append(number)
    return visited


def _normal_dn(text: str) -> str:
    """The normal form; a member that is no DN stays itself, and so matches nobody."""
    try:
        return normal_dn(text)
    except ValueError:
        return text
