"""What is to change.

The difference between one reading and what is known, computed whole before anything is touched.

Owns which line a difference in a person becomes. Pure: it reads the survey and the facts, and changes
neither. It does not decide whether the plan may be carried out (`brake`), nor how (`run`).

From an incomplete reading only one thing follows: whoever the directory itself calls disabled or ended
leaves (L5). Nobody is absent (L9), and what else has changed waits for a reading that can be trusted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TypeVar

from directory_sync.differences import person_changes
from directory_sync.facts import CHUNK, AccountFacts, Holder, KnownRecord
from directory_sync.line_json import line_to_json
from directory_sync.lines import (
    Changed,
    Conflict,
    FieldChange,
    Joiner,
    Leaver,
    Line,
    Mover,
    PersonLine,
    Returned,
    kind_of,
)
from directory_sync.matching import Claims, Matches, find_claims, match
from directory_sync.reading import Incomplete, Reading
from directory_sync.records import Inactivity, PersonRecord, PersonRef
from directory_sync.structure_plan import group_lines, unit_lines
from directory_sync.survey import Survey

T = TypeVar("T")


class EmptyReading(Exception):
    """A reading without a single person is a fault of the directory or of the settings, never a plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The lines in the order in which they are applied: units, persons, groups, conflicts."""

    source: str
    lines: tuple[Line, ...]
    persons_read: int
    known_active: int
    absence_withheld: str | None = None
    """Why nobody was counted as absent; None if the reading was complete."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many lines of each kind."""
        return Counter(kind_of(line) for line in self.lines)

    @property
    def changes_anything(self) -> bool:
        """Not so if it holds only conflicts, which are for a human and come back until one has decided."""
        return any(not isinstance(line, Conflict) for line in self.lines)

    @property
    def would_disable(self) -> int:
        return sum(isinstance(line, Leaver) for line in self.lines)

    @property
    def content_hash(self) -> str:
        """The same for the same changes, whenever they are computed; any other change gives another hash."""
        digest = blake2b(self.source.encode(), digest_size=16)
        for line in self.lines:
            digest.update(b"\n" + line_to_json(line).encode())
        return digest.hexdigest()


def make_plan(survey: Survey, reading: Reading, facts: AccountFacts) -> Plan:
    """Compare. Raises `EmptyReading` if the reading held nobody."""
    if survey.persons == 0:
        raise EmptyReading(survey.source)
    known = (key for key in survey.differing if survey.snapshot.is_known(key))
    befores = records_of(facts, survey.source, known)
    lines: list[Line]
    if isinstance(reading, Incomplete):
        lines = list(_positive_leavers(survey, befores))
        return Plan(survey.source, tuple(lines), survey.persons, survey.snapshot.active, reading.reason)
    claims = find_claims(survey.differing.values(), befores)
    matches = match(claims, holders_of(facts, claims), survey.differing, survey.snapshot.was_seen)
    persons = list(person_lines(survey, befores, matches))
    withheld = _keyless(survey.keyless)
    if withheld is None:
        persons += _absent(survey, facts)
    joining = {line.record.key for line in persons if isinstance(line, Joiner)}

    def has_account(key: str) -> bool:
        return key in joining or survey.snapshot.is_known(key)

    units, groups = unit_lines(survey, facts), group_lines(survey, facts, has_account)
    lines = [*units, *persons, *groups, *matches.conflicts]
    return Plan(survey.source, tuple(lines), survey.persons, survey.snapshot.active, withheld)


def _keyless(number: int) -> str | None:
    if number == 0:
        return None
    entries = "1 entry shows" if number == 1 else f"{number} entries show"
    return f"{entries} no immutable key, so it cannot be told who is absent"


def person_lines(
    survey: Survey, befores: Mapping[str, KnownRecord], matches: Matches
) -> Iterator[PersonLine]:
    """Those who are known come first: a login is given up before a new person arrives."""
    ordered = sorted(survey.differing.values(), key=lambda r: (r.key not in befores, r.key))
    for record in ordered:
        line: PersonLine | None
        before = befores.get(record.key)
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


def _positive_leavers(survey: Survey, befores: Mapping[str, KnownRecord]) -> Iterator[Leaver]:
    for key, before in sorted(befores.items()):
        inactive = survey.differing[key].inactivity(survey.now)
        if before.active and inactive is not None:
            # Whether another entry contends for the login or the number is not known, so only the disabling
            # counts.
            yield _leaver(survey.differing[key], before, inactive, stopped=True)


def _absent(survey: Survey, facts: AccountFacts) -> list[Leaver]:
    if survey.snapshot.active_unseen == 0:
        return []
    was_seen = survey.snapshot.was_seen
    # Who came in or back while the reading went on (followed, or by another run) is not absent from it.
    keys = sorted(
        p.key
        for p in facts.known_persons(survey.source, survey.now)
        if p.active and survey.snapshot.was_active(p.key) and not was_seen(p.key)
    )
    records = records_of(facts, survey.source, keys)
    return [
        Leaver(key, known.fingerprint, Inactivity.ABSENT, known.record)
        for key, known in records.items()
        if known.active
    ]


def records_of(facts: AccountFacts, source: str, keys: Iterable[str]) -> dict[str, KnownRecord]:
    records: dict[str, KnownRecord] = {}
    for chunk in _chunks(keys):
        found = facts.records(source, chunk)
        records.update((key, found[key]) for key in chunk if key in found)
    return records


def holders_of(facts: AccountFacts, claims: Claims) -> list[Holder]:
    holders: list[Holder] = []
    for chunk in _chunks(claims.logins):
        holders += facts.holders(chunk, [])
    for chunk in _chunks(claims.numbers):
        holders += facts.holders([], chunk)
    return holders


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
