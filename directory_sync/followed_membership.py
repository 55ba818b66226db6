"""The members of groups kept current, one changed group or person at a time.

Owns which groups a change concerns: those that it is about, those that name whom it is about, and all that hold one of
these, before and after.
"""

from collections.abc import Iterable

from directory_sync.entry import BrokenEntry
from directory_sync.mapping import MappedGroup
from directory_sync.membership import Membership, reach
from directory_sync.scratch import Scratch

_INDEXES = (
    "CREATE INDEX IF NOT EXISTS named_by_person ON named (person, digest)",
    "CREATE INDEX IF NOT EXISTS names_member_by_member ON names_member (member, listed_group)",
)
_INSIDE = """
SELECT names_member.listed_group, inside.id, inside.broken
FROM names_member JOIN listed_group AS inside ON inside.digest = names_member.member
WHERE names_member.listed_group = ?
AND NOT EXISTS (SELECT 1 FROM named WHERE named.digest = names_member.member)"""
_OUTSIDE = """
SELECT names_member.listed_group, inside.id, inside.broken
FROM listed_group AS inside JOIN names_member ON names_member.member = inside.digest
WHERE inside.id = ?
AND NOT EXISTS (SELECT 1 FROM named WHERE named.digest = names_member.member)"""
_NAMING = """
SELECT names_member.listed_group FROM named JOIN names_member ON names_member.member = named.digest
WHERE named.person = ?
UNION SELECT listed_group.id FROM primary_group JOIN listed_group ON listed_group.rid = primary_group.rid
WHERE primary_group.person = ?"""
_DROPS = (
    "DELETE FROM names_member WHERE listed_group = ?",
    "DELETE FROM listed_group WHERE id = ?",
)
_FORGETS = ("DELETE FROM named WHERE person = ?", "DELETE FROM primary_group WHERE person = ?")


class FollowedMembership(Membership):
    """Filled and resolved as ever; then told of changes, and asked whom they concern."""

    def __init__(self, scratch: Scratch) -> None:
        super().__init__(scratch)
        self._concerned: set[str] = set()

    def resolve(self) -> None:
        """To be called after the last person; changes may come from now on."""
        self._open()
        super().resolve()
        for index in _INDEXES:
            self._scratch.run(index)

    def change_group(self, key: str, group: MappedGroup | BrokenEntry | None) -> None:
        """Take in what a group is now; None if it is gone."""
        self._drop(key)
        if isinstance(group, MappedGroup):
            self.put(group)
        elif group is not None:
            self.put_broken(group)
        self._lay_down()
        for number in self._numbers(key):
            self._tie([*self._scratch.run(_INSIDE, number), *self._scratch.run(_OUTSIDE, number)])
            self._concern({number})

    def _drop(self, key: str) -> None:
        self._concerned.add(key)
        for number in self._numbers(key):
            self._concern({number})
            for statement in _DROPS:
                self._scratch.run(statement, number)
            for inside in self._inside.pop(number, ()):
                self._outside[inside].discard(number)
            for outside in self._outside.pop(number, ()):
                self._inside[outside].discard(number)
            self._broken.discard(number)

    def change_person(self, key: str, dn: str | None, primary: str | None) -> None:
        """Take in what a person is called now, and the number of the primary group; None if there is none."""
        self._concern_those_naming(key)
        for statement in _FORGETS:
            self._scratch.run(statement, key)
        if dn is not None:
            self.see_known(key, dn, primary)
            self._lay_down()
            self._concern_those_naming(key)

    def concerned(self) -> set[str]:
        """The keys of all groups that a change has concerned since this was asked last."""
        concerned, self._concerned = self._concerned, set()
        return concerned

    def is_named(self, person: str) -> bool:
        """Whether anybody with this key is known."""
        return self._scratch.run("SELECT 1 FROM named WHERE person = ?", person).fetchone() is not None

    def primary_of(self, person: str) -> str | None:
        """The number of a person's primary group."""
        row = self._scratch.run("SELECT rid FROM primary_group WHERE person = ?", person).fetchone()
        return None if row is None else row[0]

    def broken(self) -> set[str]:
        """The keys of groups that cannot be understood."""
        return {key for (key,) in self._scratch.run("SELECT key FROM listed_group WHERE broken")}

    def _concern_those_naming(self, person: str) -> None:
        self._concern({number for (number,) in self._scratch.run(_NAMING, person, person)})

    def _concern(self, numbers: Iterable[int]) -> None:
        self._concerned.update(self._keys(reach(set(numbers), self._outside)))

    def _numbers(self, key: str) -> list[int]:
        return [number for (number,) in self._scratch.run("SELECT id FROM listed_group WHERE key = ?", key)]
