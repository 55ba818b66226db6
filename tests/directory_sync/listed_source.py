"""A source that lists what it is told to, for tests that need no server."""

from collections.abc import Sequence

from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.reading import Complete, EntryKind, Glance, Incomplete, Reading, Take

Entry = DirectoryEntry | BrokenEntry


class ListedSource:
    def __init__(
        self,
        persons: Sequence[Entry],
        *,
        units: Sequence[Entry] | None = None,
        groups: Sequence[Entry] | None = None,
        cut: str | None = None,
        name: str = "town",
    ) -> None:
        self._lists = {EntryKind.PERSON: persons, EntryKind.UNIT: units, EntryKind.GROUP: groups}
        self._cut = cut
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def has(self, kind: EntryKind) -> bool:
        return self._lists[kind] is not None

    def read(self, kind: EntryKind, take: Take, glance: Glance | None = None) -> Reading:  # noqa: ARG002 - lists are short
        entries = self._lists[kind] or ()
        for entry in entries:
            take(entry)
        return Complete(len(entries)) if self._cut is None else Incomplete(self._cut, len(entries))


def listed(key: str, **attributes: str) -> DirectoryEntry:
    values = {
        "uid": key,
        "givenname": "Anna",
        "sn": f"Berg {key}",
        "employeenumber": f"n-{key}",
        **attributes,
    }
    return DirectoryEntry(
        "town", key, f"uid={key},dc=x", {name: (value,) for name, value in values.items() if value}
    )
