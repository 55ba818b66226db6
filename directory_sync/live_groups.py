"""Groups as they are now, kept while a source is followed, so that a changed membership needs no full reading.

Owns what a change comes to: lines for those groups alone that it concerns, however many others there are. Where members
are told by login a full reading is needed.
"""

from collections.abc import Sequence
from datetime import datetime

from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.changes import Change, Gone
from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.facts import AccountFacts
from directory_sync.followed_membership import FollowedMembership
from directory_sync.mapping import MappedGroup, group_of, primary_number
from directory_sync.plan import Plan, records_of
from directory_sync.plan_lines import PlanLines
from directory_sync.reading import Complete, EntryKind, Source
from directory_sync.scratch import Scratch
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
        self._membership = FollowedMembership(Scratch())
        self._keyless = False
        self._is_new = True
        """Whether no plan has been made yet: the first is about every group."""

    def read(self, source: Source, facts: AccountFacts) -> bool:
        """Whether all were read."""
        if not isinstance(source.read(EntryKind.GROUP, self._take), Complete) or self._keyless:
            return False
        primary: dict[str, str] = {}

        def note(entry: DirectoryEntry | BrokenEntry) -> None:
            number = primary_number(entry, self._mapping)
            if entry.key is not None and number is not None:
                primary[entry.key] = number

        if self._mapping.primary_group is not None and not isinstance(
            source.read(EntryKind.PERSON, note), Complete
        ):
            return False
        for key, dn in facts.names(self._source):
            self._membership.see_known(key, dn, primary.get(key))
        self._membership.resolve()
        return True

    def _take(self, entry: DirectoryEntry | BrokenEntry) -> None:
        group = group_of(entry, self._mapping)
        if isinstance(group, MappedGroup):
            self._membership.put(group)
        elif group.key is None:
            self._keyless = True
        else:
            self._membership.put_broken(group)

    def change(self, changes: Sequence[Change], facts: AccountFacts) -> None:
        """Take in what was told; what it says of persons has been applied already, or is not to be."""
        persons: dict[str, str | None] = {}
        for change in changes:
            key = change.key if isinstance(change, Gone) else change.entry.key
            if key is None:
                self._keyless = self._keyless or change.kind is EntryKind.GROUP
            elif change.kind is EntryKind.GROUP:
                group = None if isinstance(change, Gone) else group_of(change.entry, self._mapping)
                self._membership.change_group(key, group)
            elif change.kind is EntryKind.PERSON:
                persons[key] = None if isinstance(change, Gone) else self._number_now(key, change.entry)
        known = records_of(facts, self._source, persons)
        for key, primary in persons.items():
            self._membership.change_person(key, known[key].record.dn if key in known else None, primary)

    def _number_now(self, key: str, entry: DirectoryEntry | BrokenEntry) -> str | None:
        """A broken entry says nothing: what it said stays."""
        if isinstance(entry, BrokenEntry):
            return self._membership.primary_of(key)
        return primary_number(entry, self._mapping)

    def plan(self, facts: AccountFacts, now: datetime, known_active: int) -> Plan:
        """What the groups that are concerned come to."""
        concerned = self._membership.concerned()
        keys = None if self._is_new else concerned
        self._is_new = False
        if keys is not None and not keys:
            return Plan(self._source, PlanLines(), 0, known_active)
        survey = Survey(self._source, Snapshot(()), now)
        survey.groups = self._membership.groups(keys)
        survey.left_alone = self._membership.unclear() | self._membership.broken()
        survey.keyless_structure = self._keyless
        lines = PlanLines(group_lines(survey, facts, self._membership.is_named, keys))
        return Plan(self._source, lines, 0, known_active)
