"""The stages read and map: one source's entries become one survey.

Owns the order (units, groups, persons) and the list of broken entries. Groups are read before persons, so that nobody
is remembered by name where there are none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from directory_sync.as_read import Marks, RawAttributes, Remembered, of_inactive
from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.mapping import MappedGroup, MappedUnit, group_of, map_person, map_unit, primary_number
from directory_sync.membership import Membership
from directory_sync.reading import EntryKind, Incomplete, Reading, Source
from directory_sync.records import PersonRecord
from directory_sync.survey import Survey
from directory_sync.units import UnitsRead

_PROGRESS_EVERY = 1000
_KEPT_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Collected:
    reading: Reading
    """Complete only if units, groups and persons all were."""
    broken: tuple[BrokenEntry, ...]


class _Collector:
    """Takes the entries of one source as they come."""

    def __init__(
        self,
        mapping: AttributeMapping,
        survey: Survey,
        progress: Callable[[int], None],
        memory: "Memory | None",
    ) -> None:
        self._mapping = mapping
        self._survey = survey
        self._memory = memory
        self._progress = progress
        self._read = 0
        self.units = UnitsRead(survey.scratch)
        by_login = mapping.group.members_are == "login"
        self.membership = Membership(survey.scratch, by_login=by_login)
        self.broken: list[BrokenEntry] = []

    def take_unit(self, entry: DirectoryEntry | BrokenEntry) -> None:
        unit = entry if isinstance(entry, BrokenEntry) else map_unit(entry, self._mapping.unit)
        self._count()
        if isinstance(unit, MappedUnit):
            self.units.take(unit)
        else:
            self._survey.broken_structure(unit)
            self.broken.append(unit)

    def take_group(self, entry: DirectoryEntry | BrokenEntry) -> None:
        group = group_of(entry, self._mapping)
        self._count()
        if isinstance(group, MappedGroup):
            self.membership.put(group)
        else:
            self._survey.broken_structure(group)
            self.membership.put_broken(group)
            self.broken.append(group)

    def glance(self, key: str, dn: str, raw: RawAttributes) -> bool:
        """Whether a person's entry reads as it did: then its name is all that is needed, for the groups."""
        memory, primary = self._memory, self._mapping.primary_group
        group: str | None = None
        if memory is None or not self._survey.glance(key, memory.mark(key, dn, raw)):
            return False
        if primary is not None:
            group = next(
                (raw[name][0].decode() for name in raw if name.lower() == primary.attribute.lower()), None
            )
        self.membership.see_known(key, dn, group)
        self._count()
        return True

    def take_person(self, entry: DirectoryEntry | BrokenEntry) -> None:
        person = entry if isinstance(entry, BrokenEntry) else map_person(entry, self._mapping)
        self._count()
        if isinstance(person, PersonRecord):
            fingerprint = self._survey.person(person)
            if self._memory is not None:
                inactive = person.inactivity(self._survey.now) is not None
                self._memory.keep(person.key, fingerprint, inactive=inactive)
            self.membership.see(person, primary_number(entry, self._mapping))
        else:
            self._survey.broken(person)
            self.broken.append(person)

    def _count(self) -> None:
        self._read += 1
        if self._read % _PROGRESS_EVERY == 0:
            self._progress(self._read)


class Memory:
    """Marks of one reading, handed on by the thousand."""

    def __init__(self, marks: Marks, remember: Callable[[Sequence[Remembered]], None]) -> None:
        self._marks = marks
        self._remember = remember
        self._last = ("", b"")
        self._kept: list[Remembered] = []

    def mark(self, key: str, dn: str, raw: RawAttributes) -> bytes:
        """The mark of the entry that is looked at now."""
        mark = self._marks.of(dn, raw)
        self._last = (key, mark)
        return mark

    def keep(self, key: str, fingerprint: bytes, *, inactive: bool) -> None:
        """That entry came to this."""
        last, mark = self._last
        if last == key:
            self._kept.append(Remembered(key, of_inactive(mark) if inactive else mark, fingerprint))
        if len(self._kept) == _KEPT_AT_ONCE:
            self.hand_on()

    def hand_on(self) -> None:
        if self._kept:
            self._remember(self._kept)
            self._kept = []


def collect(
    source: Source,
    mapping: AttributeMapping,
    survey: Survey,
    progress: Callable[[int], None],
    memory: Memory | None = None,
) -> Collected:
    """Read everything that the source lists into the survey.

    Persons are read even if the units or groups could not be: who is disabled is worth knowing all the same.
    """
    collector = _Collector(mapping, survey, progress, memory)
    readings: list[tuple[EntryKind, Reading]] = []
    if source.has(EntryKind.UNIT):
        readings.append((EntryKind.UNIT, source.read(EntryKind.UNIT, collector.take_unit)))
    if source.has(EntryKind.GROUP):
        readings.append((EntryKind.GROUP, source.read(EntryKind.GROUP, collector.take_group)))
    persons = source.read(
        EntryKind.PERSON, collector.take_person, None if memory is None else collector.glance
    )
    if memory is not None:
        memory.hand_on()
    readings.append((EntryKind.PERSON, persons))
    if source.has(EntryKind.UNIT):
        survey.units = collector.units
    if source.has(EntryKind.GROUP):
        collector.membership.resolve()
        survey.left_alone |= collector.membership.unclear()
        survey.groups = collector.membership.groups()
    failed = [f"{kind}s: {r.reason}" for kind, r in readings if isinstance(r, Incomplete)]
    reading = Incomplete("; ".join(dict.fromkeys(failed)), persons.entries) if failed else persons
    return Collected(reading, tuple(collector.broken))
