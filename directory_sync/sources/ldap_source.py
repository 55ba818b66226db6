"""A directory as a source of persons, units and groups, read by its profile.

Owns when a reading is complete: the server said success on every page, the last page said that it was the last
(RFC 2696), nothing was referred elsewhere, and there was at least one entry.
"""

from ldap.filter import escape_filter_chars

from directory_sync.as_read import RawAttributes
from directory_sync.cyclic import collector_eased
from directory_sync.reading import Complete, EntryKind, Glance, Incomplete, Reading, Take
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection
from directory_sync.sources.ranges import complete_members


class LdapSource:
    """A `Source` over one directory's settings; every reading opens a connection of its own."""

    def __init__(self, settings: DirectorySettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        return self._settings.name

    def has(self, kind: EntryKind) -> bool:
        return self._settings.filter_of(kind) is not None

    def read(self, kind: EntryKind, take: Take, glance: Glance | None = None) -> Reading:
        search_filter = self._settings.filter_of(kind)
        if search_filter is None:
            return Incomplete(f"no filter for {kind}s is set")
        counter = _Counter()
        try:
            with collector_eased():
                self._read(kind, search_filter, take, glance, counter)
        except DirectoryFault as fault:
            return Incomplete(str(fault), counter.entries)
        if counter.references:
            return Incomplete("the directory refers elsewhere for a part of the tree", counter.entries)
        if counter.entries == 0:
            return Incomplete(f"not one entry below {self._settings.base_dn} matches {search_filter}")
        return Complete(counter.entries)

    def _read(
        self, kind: EntryKind, search_filter: str, take: Take, glance: Glance | None, counter: "_Counter"
    ) -> None:
        settings = self._settings
        profile = settings.profile
        attributes = profile.wanted_attributes(kind, settings.mapping)
        with LdapConnection(settings, Deadline(settings.timeouts.reading)) as connection:
            connection.bind_for_reading()
            asked = (settings.base_dn, search_filter, attributes)
            size = settings.page_size
            if kind is EntryKind.GROUP:
                size = max(1, size // _HEAVIER)
            pages = connection.pages(*asked, size) if profile.pages else connection.whole(*asked)
            for page in pages:
                counter.references += page.references
                for dn, raw in page.entries:
                    counter.entries += 1
                    if glance is not None and self._is_known(dn, raw, glance):
                        continue
                    if profile.ranged_members and kind is EntryKind.GROUP:
                        complete_members(connection, dn, raw, settings.mapping.group.members)
                    take(profile.decode(settings.name, dn, raw))

    def _is_known(self, dn: str, raw: RawAttributes, glance: Glance) -> bool:
        """Whether nothing of the entry need be taken apart; what is odd in any way is."""
        profile = self._settings.profile
        keys = raw.get(profile.key_attribute, ())
        if len(keys) != 1:
            return False
        try:
            key = profile.canonical_key(keys[0])
        except ValueError:
            return False
        return glance(key, dn, raw)


_HEAVIER = 10
"""A group's entry names all its members: so many fewer of them are read at once."""


class _Counter:
    """What a reading has seen so far, also when it ends in a fault."""

    def __init__(self) -> None:
        self.entries = 0
        self.references = 0


def key_filter(settings: DirectorySettings, key: str, kind: EntryKind = EntryKind.PERSON) -> str:
    """Exactly the entry with this key, if the filter of its kind still lets it through."""
    if not isinstance(key, str):
        raise TypeError(f"a filter takes text, not {type(key).__name__}")
    profile = settings.profile
    try:
        value = profile.key_filter_value(key)
    except ValueError:
        value = escape_filter_chars(
            key
        )  # no key of this product: it is looked for in vain, like anybody's (S9)
    return f"(&{settings.filter_of(kind)}({profile.key_attribute}={value}))"
