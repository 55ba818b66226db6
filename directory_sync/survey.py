"""One reading compared with what is known, while it streams past.

Who differs is kept, everybody else is only counted.

Owns the memory of a reading. An unchanged directory of a million people leaves nothing here but the packed
snapshot; of whoever differs most is laid down in the run's scratch.
"""

from collections.abc import Iterable
from datetime import datetime

from directory_sync.entry import BrokenEntry
from directory_sync.matching import Claims
from directory_sync.record_json import person_fingerprint, person_from_text, person_text
from directory_sync.records import GroupRecord, PersonRecord, UnitRecord
from directory_sync.scratch import Scratch
from directory_sync.shelf import Shelf
from directory_sync.snapshot import Snapshot

KNOWN, NEW, NEW_WITHOUT_LOGIN = 0, 1, 2
"""The order of those who differ."""


class Survey:
    """Fed with one source's records; asked by `plan`."""

    def __init__(
        self, source: str, snapshot: Snapshot, now: datetime, scratch: Scratch | None = None
    ) -> None:
        self.source = source
        self.scratch = Scratch() if scratch is None else scratch
        self.snapshot = snapshot
        self.now = now
        self.persons = 0
        self.keyless = 0
        """Entries without a readable key: any of them may be a person who would otherwise look absent."""
        self.differing = Shelf(self.scratch, person_text, person_from_text)
        self.claims = Claims(self.scratch)
        """What those claim who are new; `plan` adds the others', who are compared with what they were."""
        self.broken_persons: set[str] = set()
        self.left_alone: set[str] = set()
        """Keys of units and groups that are there but cannot be understood: not to be changed, and not gone."""
        self.keyless_structure = False
        """Whether any unit or group shows no key, so that none can be said to be gone."""
        self.units: Iterable[UnitRecord] | None = None
        """None if the source lists no units, or not all of them were read."""
        self.groups: Iterable[GroupRecord] | None = None
        """In the order of their keys; the members are persons of this very reading. None as with units."""

    def glance(self, key: str, mark: bytes) -> bool:
        """Whether the entry reads as it did when it last became what is known; it is counted and seen then."""
        if not self.snapshot.see_marked(key, mark):
            return False
        self.persons += 1
        self.differing.drop(key)
        return True

    def person(self, record: PersonRecord) -> bytes:
        """An entry that moves between two pages may come twice: the later one counts. Return its fingerprint."""
        self.persons += 1
        fingerprint = person_fingerprint(record)
        known = self.snapshot.see(record.key)
        if known is not None:
            before, active = known
            still_active = record.inactivity(self.now) is None
            if active is still_active and before == fingerprint:
                self.differing.drop(record.key)
                return fingerprint
        if known is not None:
            self.differing.put(record.key, record, KNOWN)
        else:
            self.claims.add(record, None)
            self.differing.put(record.key, record, NEW_WITHOUT_LOGIN if record.login is None else NEW)
        return fingerprint

    def broken(self, entry: BrokenEntry) -> None:
        """A broken entry is there, so its person is not absent."""
        if entry.key is None:
            self.keyless += 1
        else:
            self.broken_persons.add(entry.key)
            self.snapshot.see(entry.key)

    def broken_structure(self, entry: BrokenEntry) -> None:
        """A unit or group that cannot be understood."""
        if entry.key is None:
            self.keyless_structure = True
        else:
            self.left_alone.add(entry.key)
