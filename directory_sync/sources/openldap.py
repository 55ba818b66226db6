"""OpenLDAP as a source of persons, units and groups.

Owns which attribute is the key that never changes (entryUUID, RFC 4530), and when a reading is complete:
the server said success on every page, the last page said that it was the last (RFC 2696), nothing was
referred elsewhere, and there was at least one entry.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.entry import decode_entry, uuid_key
from directory_sync.mapping import POLICY_ATTRIBUTES
from directory_sync.reading import Complete, EntryKind, Incomplete, Reading, Take
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection, equals

KEY_ATTRIBUTE = "entryUUID"


class OpenLdap:
    """A `Source` over one directory's settings; every reading opens a connection of its own."""

    def __init__(self, settings: DirectorySettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        return self._settings.name

    def has(self, kind: EntryKind) -> bool:
        return self._filter(kind) is not None

    def read(self, kind: EntryKind, take: Take) -> Reading:
        search_filter = self._filter(kind)
        if search_filter is None:
            return Incomplete(f"no filter for {kind}s is set")
        counter = _Counter()
        try:
            with _collector_paused():
                self._read(kind, search_filter, take, counter)
        except DirectoryFault as fault:
            return Incomplete(str(fault), counter.entries)
        if counter.references:
            return Incomplete("the directory refers elsewhere for a part of the tree", counter.entries)
        if counter.entries == 0:
            return Incomplete(f"not one entry below {self._settings.base_dn} matches {search_filter}")
        return Complete(counter.entries)

    def _read(self, kind: EntryKind, search_filter: str, take: Take, counter: "_Counter") -> None:
        settings = self._settings
        attributes = (KEY_ATTRIBUTE, *wanted_attributes(kind, settings.mapping))
        with LdapConnection(settings, Deadline(settings.timeouts.reading)) as connection:
            connection.bind_for_reading()
            for page in connection.pages(settings.base_dn, search_filter, attributes, settings.page_size):
                counter.references += page.references
                for dn, raw in page.entries:
                    counter.entries += 1
                    take(decode_entry(settings.name, dn, raw, KEY_ATTRIBUTE, uuid_key))

    def _filter(self, kind: EntryKind) -> str | None:
        filters = {
            EntryKind.PERSON: self._settings.person_filter,
            EntryKind.UNIT: self._settings.unit_filter,
            EntryKind.GROUP: self._settings.group_filter,
        }
        return filters[kind]


class _Counter:
    """What a reading has seen so far, also when it ends in a fault."""

    def __init__(self) -> None:
        self.entries = 0
        self.references = 0


def wanted_attributes(kind: EntryKind, mapping: AttributeMapping) -> tuple[str, ...]:
    """Only what the mapping names is asked for: what is not read cannot leak."""
    if kind is EntryKind.UNIT:
        return mapping.unit.attributes()
    if kind is EntryKind.GROUP:
        return mapping.group.attributes()
    return (*mapping.person.attributes(), *POLICY_ATTRIBUTES)


def key_filter(settings: DirectorySettings, key: str) -> str:
    """Exactly the person with this key, if the person filter still lets it through."""
    return f"(&{settings.person_filter}{equals(KEY_ATTRIBUTE, key)})"


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the cyclic garbage collector.

    100,000 entries make no cycles, but set it off a thousand times.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
