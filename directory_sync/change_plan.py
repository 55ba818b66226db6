"""What single changes come to: the same lines as a full reading makes, for these entries alone.

Owns the plan of a handful of followed changes. Pure. What the directory says to be gone leaves as *deleted*, a
statement; nobody is absent here. Units and groups are not planned here (`live_groups`, or a full reading).
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.changes import Change, Gone
from directory_sync.entry import BrokenEntry
from directory_sync.facts import AccountFacts, KnownPerson, KnownRecord
from directory_sync.lines import Leaver
from directory_sync.mapping import map_person
from directory_sync.plan import Plan, match_persons, person_lines, records_of
from directory_sync.plan_lines import PlanLines
from directory_sync.reading import EntryKind
from directory_sync.records import Inactivity, PersonRecord
from directory_sync.snapshot import Snapshot
from directory_sync.survey import Survey


class PersonChanges:
    """The last word on each person that a batch of changes is about."""

    def __init__(self, changes: Sequence[Change], mapping: AttributeMapping) -> None:
        self.records: dict[str, PersonRecord] = {}
        self.broken: dict[str, BrokenEntry] = {}
        self.gone: set[str] = set()
        for change in changes:
            if change.kind is EntryKind.PERSON:
                self._take(change, mapping)

    def _take(self, change: Change, mapping: AttributeMapping) -> None:
        if isinstance(change, Gone):
            self._forget(change.key)
            self.gone.add(change.key)
            return
        entry = change.entry
        person = entry if isinstance(entry, BrokenEntry) else map_person(entry, mapping)
        if person.key is None:
            return  # it cannot be told whose it is; the next full reading says so
        self._forget(person.key)
        if isinstance(person, BrokenEntry):
            self.broken[person.key] = person
        else:
            self.records[person.key] = person

    def _forget(self, key: str) -> None:
        self.records.pop(key, None)
        self.broken.pop(key, None)
        self.gone.discard(key)

    @property
    def keys(self) -> AbstractSet[str]:
        return self.records.keys() | self.gone


def plan_persons(
    source: str, changes: PersonChanges, facts: AccountFacts, now: datetime, known_active: int
) -> Plan:
    """The lines that these changes come to."""
    befores = records_of(facts, source, sorted(changes.keys))
    snapshot = Snapshot(KnownPerson(key, *known.as_said) for key, known in befores.items())
    survey = Survey(source, snapshot, now)
    for record in changes.records.values():
        survey.person(record)
    matches = match_persons(survey, facts, lambda key: key not in changes.gone)
    lines = PlanLines(person_lines(survey, facts, matches), survey.scratch)
    lines.extend(_deleted(key, befores[key]) for key in sorted(changes.gone) if _is_active(befores.get(key)))
    lines.extend(matches.conflicts)
    return Plan(source, lines, len(changes.keys), known_active)


def plan_ended(source: str, known: Sequence[KnownRecord], now: datetime, known_active: int) -> Plan:
    """Those whose last day, by what the directory said earlier, has passed."""
    lines = PlanLines(
        Leaver(one.record.key, one.fingerprint, reason, one.record, one.record)
        for one in known
        if one.active and (reason := one.record.inactivity(now)) is not None
    )
    return Plan(source, lines, len(known), known_active)


def _is_active(known: KnownRecord | None) -> bool:
    return known is not None and known.active


def _deleted(key: str, known: KnownRecord) -> Leaver:
    return Leaver(key, known.fingerprint, Inactivity.DELETED, known.record)
