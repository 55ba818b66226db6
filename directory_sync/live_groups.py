"""Groups as they are now, kept while a source is followed, so that a changed membership needs no full reading.

Owns the list of groups and what a change in it comes to. Nested groups are resolved anew each time, whole: a change in
one is a change in all that hold it. Of persons those alone are remembered who name one of the groups as their primary
one, which does not list them. Where members are told by login a full reading is needed.
"""

from collections.abc import Sequence
from datetime import datetime

from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.changes import Change, Gone, Seen
from directory_sync.dn import normal_dn
from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.facts import AccountFacts
from directory_sync.mapping import MappedGroup, map_group
from directory_sync.membership import Membership
from directory_sync.plan import Plan
from directory_sync.reading import Complete, EntryKind, Source
from directory_sync.records import PersonRecord
from directory_sync.snapshot import Snapshot
from directory_sync.structure_plan import group_lines
from directory_sync.survey import Survey


def can_live(mapping: AttributeMapping) -> bool:
    """Whether entries, as they change, say all there is to know about who is in the groups."""
    return mapping.group.members_are == "dn"


class LiveGroups:
    """Made by reading the groups of a source once."""

    def __init__(self, source: str, mapping: AttributeMapping) -> None:
        self._source = source
        self._mapping = mapping
        self._groups: dict[str, MappedGroup] = {}
        self._broken: dict[str, BrokenEntry] = {}
        self._keyless = False
        self._mentioned: frozenset[str] = frozenset()
        self._numbers: frozenset[str] = frozenset()
        """By which persons could name a group as their primary one when the persons were read."""
        self._primary: dict[str, str] = {}

    def read(self, source: Source) -> bool:
        """Whether all were read."""
        if not isinstance(source.read(EntryKind.GROUP, self._take), Complete) or self._keyless:
            return False
        if self._mapping.primary_group is None:
            return True
        self._numbers = frozenset(self._rids())
        return isinstance(source.read(EntryKind.PERSON, self._take_person), Complete)

    def _rids(self) -> set[str]:
        return {group.rid for group in self._groups.values() if group.rid is not None}

    def _take_person(self, entry: DirectoryEntry | BrokenEntry) -> None:
        number = self._number(entry)
        if entry.key is not None and number is not None:
            self._primary[entry.key] = number
        elif entry.key is not None:
            self._primary.pop(entry.key, None)

    def _number(self, entry: DirectoryEntry | BrokenEntry) -> str | None:
        """The number of the person's primary group, if that is one of ours."""
        primary = self._mapping.primary_group
        if primary is None or isinstance(entry, BrokenEntry):
            return None
        number = entry.first(primary.attribute)
        return number if number in self._numbers else None

    def _take(self, entry: DirectoryEntry | BrokenEntry) -> None:
        group = (
            entry
            if isinstance(entry, BrokenEntry)
            else map_group(entry, self._mapping.group, self._mapping.primary_group)
        )
        if group_key(group) is None:
            self._keyless = True
            return
        self._forget(group_key(group) or "")
        if isinstance(group, BrokenEntry):
            self._broken[group.key or ""] = group
        else:
            self._groups[group.entry.key] = group

    def _forget(self, key: str) -> None:
        self._groups.pop(key, None)
        self._broken.pop(key, None)

    def change(self, changes: Sequence[Change]) -> None:
        """Take in what was told of groups."""
        for change in changes:
            if change.kind is EntryKind.GROUP:
                if isinstance(change, Gone):
                    self._forget(change.key)
                else:
                    self._take(change.entry)
            elif change.kind is EntryKind.PERSON:
                if isinstance(change, Gone):
                    self._primary.pop(change.key, None)
                else:
                    self._take_person(change.entry)

    @property
    def is_whole(self) -> bool:
        """Not so once there is a group that persons may have named as their primary one before it was one of ours."""
        return self._mapping.primary_group is None or self._rids() <= self._numbers

    def moves(self, changes: Sequence[Change]) -> bool:
        """Whether somebody names another primary group than before, or none of ours any more."""
        return any(
            self._primary.get(change.entry.key or "") != self._number(change.entry)
            for change in changes
            if isinstance(change, Seen) and change.kind is EntryKind.PERSON
        )

    def mentions(self, persons: Sequence[PersonRecord]) -> bool:
        """Whether a group lists one of these by the name that the person has now."""
        return any(_dn(person.dn) in self._mentioned for person in persons)

    def plan(self, facts: AccountFacts, now: datetime, known_active: int) -> Plan:
        """What the groups as they are now come to."""
        membership = Membership(list(self._groups.values()), list(self._broken.values()))
        self._mentioned = membership.mentioned
        known: set[str] = set()
        for key, dn in facts.names(self._source):
            if membership.see_name(dn, key):
                known.add(key)
            if key in self._primary:
                membership.see_primary(key, self._primary[key])
                known.add(key)
        survey = Survey(self._source, Snapshot(()), now)
        survey.groups = membership.groups()
        survey.left_alone = membership.unclear | set(self._broken)
        survey.keyless_structure = self._keyless
        lines = group_lines(survey, facts, known.__contains__)
        return Plan(self._source, tuple(lines), 0, known_active)


def group_key(group: MappedGroup | BrokenEntry) -> str | None:
    return group.key if isinstance(group, BrokenEntry) else group.entry.key


def _dn(text: str) -> str:
    try:
        return normal_dn(text)
    except ValueError:
        return text
