"""Which persons are members of which groups, those of nested groups included.

Owns the resolution of members named by DN or login, and of groups within groups, with a guard against
circles (L11).
"""

from collections.abc import Callable, Sequence

from directory_sync.dn import normal_dn
from directory_sync.entry import BrokenEntry
from directory_sync.mapping import MappedGroup
from directory_sync.matching import login_folded
from directory_sync.records import GroupRecord, PersonRecord


class Membership:
    """Made from the groups, shown every person, then asked. Members who are neither are passed over."""

    def __init__(
        self, groups: Sequence[MappedGroup], broken: Sequence[BrokenEntry] = (), *, by_login: bool = False
    ) -> None:
        self._groups = groups
        self._by_login = by_login
        self._group_by_dn = {_dn(group.entry.dn): index for index, group in enumerate(groups)}
        self._broken_dns = {_dn(entry.dn) for entry in broken}
        self.unclear: set[str] = set()
        """Keys of groups that hold, at some depth, a group whose entry is broken: their members cannot be told."""
        self._normal = _Normal(login_folded if by_login else _dn)
        normal = self._normal.__getitem__
        self._members = [tuple(map(normal, group.members)) for group in groups]
        self._primary: dict[str, set[str]] = {group.rid: set() for group in groups if group.rid is not None}
        self._person_keys: dict[str, str | None] = dict.fromkeys(
            m for members in self._members for m in members
        )

    def see(self, person: PersonRecord, primary: str | None = None) -> None:
        """`primary` is the number of the person's primary group, which does not list its members."""
        self.see_primary(person.key, primary)
        name = person.login if self._by_login else person.dn
        if self._person_keys and name is not None:
            self.see_name(name, person.key)

    def see_primary(self, key: str, primary: str | None) -> None:
        """Take in the number of a person's primary group."""
        if primary is not None and primary in self._primary:
            self._primary[primary].add(key)

    def see_known(self, key: str, dn: str, primary: str | None) -> None:
        """The same for somebody of whom nothing has changed; only where members are named by DN."""
        self.see_primary(key, primary)
        if self._person_keys:
            self.see_name(dn, key)

    @property
    def mentioned(self) -> frozenset[str]:
        """The names, in normal form, by which the groups name anybody or anything."""
        return frozenset(self._person_keys)

    def see_name(self, name: str, key: str) -> bool:
        """Take in that the person with this key has this name; whether any group mentions it."""
        # Nearly every group spells a member's name as the member's own entry does.
        normal = self._normal.get(name) or self._normal.of(name)
        if normal not in self._person_keys:
            return False
        self._person_keys[normal] = key
        return True

    def groups(self) -> list[GroupRecord]:
        return [
            GroupRecord(
                group.entry.source,
                group.entry.key,
                group.entry.dn,
                group.name,
                tuple(sorted(self._persons_in(index))),
            )
            for index, group in enumerate(self._groups)
        ]

    def _persons_in(self, start: int) -> set[str]:
        persons: set[str] = set()
        visited = {start}
        waiting = [start]
        while waiting:
            index = waiting.pop()
            persons |= self._primary.get(self._groups[index].rid or "", set())
            for member in self._members[index]:
                key = self._person_keys.get(member)
                nested = None if self._by_login else self._group_by_dn.get(member)
                if key is not None:
                    persons.add(key)
                elif member in self._broken_dns:
                    self.unclear.add(self._groups[start].entry.key)
                elif nested is not None and nested not in visited:
                    visited.add(nested)
                    waiting.append(nested)
        return persons


class _Normal(dict[str, str]):
    """Normal forms by spelling: whoever is in five groups is taken apart once."""

    def __init__(self, of: Callable[[str], str]) -> None:
        super().__init__()
        self.of = of

    def __missing__(self, spelling: str) -> str:
        normal = self[spelling] = self.of(spelling)
        return normal


def _dn(text: str) -> str:
    """The normal form; a member that is no DN stays itself, and so matches nobody."""
    try:
        return normal_dn(text)
    except ValueError:
        return text
