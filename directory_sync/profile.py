"""What differs from one directory product to another, as one value that each profile fills in.

Owns the list of differences. `sources.ldap_source` reads by it, the feeds follow by it, `ldap_bind` checks passwords by
it. Knows no product: those are under `sources`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.entry import BrokenEntry, CanonicalKey, DirectoryEntry, decode_entry
from directory_sync.reading import EntryKind


class Mechanism:
    """How changes are followed, in the field's words."""

    SYNCREPL = "syncrepl"
    REFRESH_ONLY = "refreshOnly"
    DIRSYNC = "dirsync"
    USN = "usn"
    TIMESTAMP = "modifyTimestamp"
    FULL = "full reading"
    FILE = "file"

    @classmethod
    def cookies_of(cls, mechanism: str) -> str:
        """By whose rules its cookies go: no other mechanism can go on by them."""
        return cls.SYNCREPL if mechanism == cls.REFRESH_ONLY else mechanism


class PasswordChange(StrEnum):
    """How a person's password is changed."""

    EXTENDED = "RFC 3062"
    UNICODE_PWD = "unicodePwd"  # noqa: S105  an attribute's name


@dataclass(frozen=True, slots=True)
class Profile:
    """One product."""

    name: str
    """As it is written in the configuration, `kind = …`."""
    title: str
    key_attribute: str
    canonical_key: CanonicalKey
    key_filter_value: Callable[[str], str]
    """The canonical key as the value of a filter, escaped (RFC 4515 §3)."""
    person_filter: str
    mapping: AttributeMapping = field(default_factory=AttributeMapping)
    """What holds where the settings say nothing."""
    mechanisms: tuple[str, ...] = (Mechanism.FULL,)
    """The best first; what the server cannot do is found out from its root DSE, and the next one is taken."""
    key_of_sync_uuid: Callable[[str], str] = str
    """RFC 4533's syncUUID as a key."""
    cookie_from_context: bool = False
    """Whether the base's contextCSN makes a cookie, as OpenLDAP's consumers make it."""
    lists_what_remains: bool = True
    """Whether its content synchronisation has a present phase; else a `refreshDeletes` that is not set says nothing."""
    refresh_is_whole: bool = True
    """Whether the entries of a refresh have the attributes that were asked for; else each is read anew."""
    bind_words: Mapping[str, str] = field(default_factory=dict)
    """Parts of a refused bind's message, and the `ldap_bind.Rejection` that they mean."""
    ranged_members: bool = False
    """Whether long lists of members come in ranges (MS-ADTS 3.1.1.3.1.3.3)."""
    search_controls: tuple[str, ...] = ()
    """Controls without a value that go with every reading, if the server knows them."""
    pages: bool = True
    """Whether the server is known to page reliably (RFC 2696)."""
    readable: Mapping[str, Callable[[bytes], str]] = field(default_factory=dict)
    """Attributes (in lower case) that hold bytes, and how they are made text."""
    password_change: PasswordChange = PasswordChange.EXTENDED

    def wanted_attributes(self, kind: EntryKind, mapping: AttributeMapping) -> tuple[str, ...]:
        """Only what the mapping and the profile name is asked for: what is not read cannot leak."""
        primary = mapping.primary_group
        if kind is EntryKind.UNIT:
            return (self.key_attribute, *mapping.unit.attributes())
        if kind is EntryKind.GROUP:
            sid = () if primary is None else (primary.sid,)
            return (self.key_attribute, *mapping.group.attributes(), *sid)
        named = () if primary is None else (primary.attribute,)
        return (self.key_attribute, *mapping.person.attributes(), *mapping.state.attributes, *named)

    def decode(
        self, source: str, dn: str, raw: Mapping[str, Sequence[bytes]]
    ) -> DirectoryEntry | BrokenEntry:
        """An entry as the server sent it."""
        return decode_entry(source, dn, raw, self.key_attribute, self.canonical_key, self.readable)
