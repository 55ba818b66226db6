"""What is to change.

The difference between one reading and what is known, computed whole before anything is touched.

Owns which line a difference in a person becomes. Pure: it reads the survey and the facts, and changes
neither. It does not decide whether the plan may be carried out (`brake`), nor how (`run`).

From an incomplete reading only one thing follows: whoever the directory itself calls disabled or ended
leaves (L5). Nobody is absent (L9), and what else has changed waits for a reading that can be trusted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from directory_sync.differences import person_changes
from directory_sync.facts import AccountFacts, KnownRecord, chunks
from directory_sync.lines import (
    Changed,
    FieldChange,
    Joiner,
    Leaver,
    Mover,
    PersonLine,
    Returned,
)
from directory_sync.matching import Matches, match
from directory_sync.plan_lines import PlanLines
from directory_sync.reading import Incomplete, Reading
from directory_sync.records import Inactivity, PersonRecord, PersonRef
from directory_sync.shelf import Shelf, same
from directory_sync.structure_plan import group_lines, unit_lines
from directory_sync.survey import KNOWN, Survey


class EmptyReading(Exception):
    """A reading without a single person is a fault of the directory or of the settings, never a plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The lines in the order in which they are applied: units, persons, groups, conflicts."""

    source: str
    lines: PlanLines
    persons_read: int
    known_active: int
    absence_withheld: str | None = None
    """Why nobody was counted as absent; None if the reading was complete."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many lines of each kind."""
        return self.lines.counts

    @property
    def changes_anything(self) -> bool:
        """Not so if it holds only conflicts, which are for a human and come back until one has decided."""
        return len(self.lines) > self.counts["conflict"]

    @property
    def would_disable(self) -> int:
        return self.counts["leaver"]

    @property
    def content_hash(self) -> str:
        """The same for the same changes, whenever they are computed; any other change gives another hash."""
        return self.lines.content_hash(self.source)


def make_plan(survey: Survey, reading: Reading, facts: AccountFacts) -> Plan:
    """Compare. Raises `EmptyReading` if the reading held nobody."""
    if survey.persons == 0:
        raise EmptyReading(survey.source)
    lines = PlanLines(scratch=survey.scratch)
    if isinstance(reading, Incomplete):
        lines.extend(_positive_leavers(survey, facts))
        return Plan(survey.source, lines, survey.persons, survey.snapshot.active, reading.reason)
    matches = match_persons(survey, facts, survey.snapshot.was_seen)
    withheld = _keyless(survey.keyless)

    def has_account(key: str) -> bool:
        return key not in matches.stopped or survey.snapshot.is_known(key)

    lines.extend(unit_lines(survey, facts))
    lines.extend(person_lines(survey, facts, matches))
    if withheld is None:
        lines.extend(_absent(survey, facts))
    lines.extend(group_lines(survey, facts, has_account))
    lines.extend(matches.conflicts)
    return Plan(survey.source, lines, survey.persons, survey.snapshot.active, withheld)


def _keyless(number: int) -> str | None:
    if number == 0:
        return None
    entries = "1 entry shows" if number == 1 else f"{number} entries show"
    return f"{entries} no immutable key, so it cannot be told who is absent"


def with_befores(
    survey: Survey, facts: AccountFacts, place: int | None = None
) -> Iterator[tuple[PersonRecord, KnownRecord | None]]:
    """Everybody who differs, in the survey's order, with what is known."""
    for chunk in chunks(survey.differing.in_order(place)):
        known = [key for key, _ in chunk if survey.snapshot.is_known(key)]
        befores = facts.records(survey.source, known) if known else {}
        for key, record in chunk:
            yield record, befores.get(key)


def match_persons(survey: Survey, facts: AccountFacts, was_seen: Callable[[str], bool]) -> Matches:
    """Decide what everybody who differs claims."""
    for record, before in with_befores(survey, facts, KNOWN):
        survey.claims.add(record, None if before is None else before.record)
    return match(survey.claims, facts, survey.differing.get, was_seen, survey.scratch)


def person_lines(survey: Survey, facts: AccountFacts, matches: Matches) -> Iterator[PersonLine]:
    """Those who are known come first: a login is given up before a new person arrives.

    Last come those whose login has to be made, so that none is made away from somebody who brings it.
    """
    for record, before in with_befores(survey, facts):
        line: PersonLine | None
        stopped = record.key in matches.stopped
        if before is None:
            line = None if stopped else _joiner(record, survey, matches.links.get(record.key))
        else:
            line = _known_person_line(record, before, survey, stopped=stopped)
        if line is not None:
            yield line


def _joiner(record: PersonRecord, survey: Survey, link: PersonRef | None) -> Joiner:
    return Joiner(record, record.begins(survey.now), record.inactivity(survey.now), link)


def _known_person_line(
    record: PersonRecord, before: KnownRecord, survey: Survey, *, stopped: bool
) -> PersonLine | None:
    inactive = record.inactivity(survey.now)
    if before.active and inactive is not None:
        return _leaver(record, before, inactive, stopped=stopped)
    if stopped:
        return None
    changes = person_changes(before.record, record)
    if not before.active and inactive is None:
        return Returned(record, before.fingerprint, changes, record.begins(survey.now))
    if before.record == record and before.reverted is None:
        return None
    return person_line(record, before, changes)


def person_line(
    record: PersonRecord, before: KnownRecord, changes: tuple[FieldChange, ...]
) -> Changed | Mover:
    """The line that brings somebody who stays active to this record."""
    joined = tuple(code for code in record.unit_codes if code not in before.record.unit_codes)
    left = tuple(code for code in before.record.unit_codes if code not in record.unit_codes)
    if joined or left:
        return Mover(record, before.fingerprint, changes, joined, left)
    return Changed(record, before.fingerprint, changes)


def _leaver(record: PersonRecord, before: KnownRecord, reason: Inactivity, *, stopped: bool) -> Leaver:
    """A conflict stops what a record brings, never what the directory takes away (L5)."""
    if stopped:
        return Leaver(record.key, before.fingerprint, reason, before.record)
    changes = person_changes(before.record, record)
    return Leaver(record.key, before.fingerprint, reason, before.record, record, changes)


def _positive_leavers(survey: Survey, facts: AccountFacts) -> Iterator[Leaver]:
    for record, before in with_befores(survey, facts, KNOWN):
        inactive = record.inactivity(survey.now)
        if before is not None and before.active and inactive is not None:
            # Whether another entry contends for the login or the number is not known, so only the disabling
            # counts.
            yield _leaver(record, before, inactive, stopped=True)


def _absent(survey: Survey, facts: AccountFacts) -> Iterator[Leaver]:
    if survey.snapshot.active_unseen == 0:
        return
    was_seen = survey.snapshot.was_seen
    # Who came in or back while the reading went on (followed, or by another run) is not absent from it.
    keys = Shelf(survey.scratch, same, same)
    for person in facts.known_persons(survey.source, survey.now):
        if person.active and survey.snapshot.was_active(person.key) and not was_seen(person.key):
            keys.put(person.key, "")
    for chunk in chunks(key for key, _ in keys.in_order()):
        records = facts.records(survey.source, chunk)
        for key in chunk:
            known = records.get(key)
            if known is not None and known.active:
                yield Leaver(key, known.fingerprint, Inactivity.ABSENT, known.record)


def records_of(facts: AccountFacts, source: str, keys: Iterable[str]) -> dict[str, KnownRecord]:
    records: dict[str, KnownRecord] = {}
    for chunk in chunks(keys):
        found = facts.records(source, chunk)
        records.update((key, found[key]) for key in chunk if key in found)
    return records
