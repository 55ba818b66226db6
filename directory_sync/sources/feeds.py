"""Which way of following a server has, found out from its root DSE, and said.

Owns the choice among a profile's mechanisms. Knows none of them from within.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from directory_sync.changes import Feed, FeedFault
from directory_sync.profile import Mechanism
from directory_sync.reading import Source
from directory_sync.settings import DirectorySettings
from directory_sync.sources.dirsync import CONTROL as DIRSYNC
from directory_sync.sources.dirsync import DirSync
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection
from directory_sync.sources.ldap_source import LdapSource
from directory_sync.sources.personnel_file import FileChanges, PersonnelFile
from directory_sync.sources.polling import FullReadings, Timestamps
from directory_sync.sources.refresh_only import RefreshOnly
from directory_sync.sources.sync_requests import CONTROL as SYNC
from directory_sync.sources.syncrepl import Syncrepl
from directory_sync.sources.usn import SHOW_DELETED, UsnChanges

_PAGES = "1.2.840.113556.1.4.319"
_CONTROLS = {_PAGES: "pages", SYNC: "syncrepl", DIRSYNC: "dirsync", SHOW_DELETED: "tombstones"}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the server says of itself."""

    controls: frozenset[str]
    vendor: str

    def can(self, control: str) -> bool:
        return control in self.controls

    def in_words(self, mechanism: str) -> Mapping[str, str]:
        """For people: what is used and what is missing."""
        said = {word: "yes" if self.can(oid) else "no" for oid, word in _CONTROLS.items()}
        return {"vendor": self.vendor, **said, "followed by": mechanism}


def capabilities_of(connection: LdapConnection) -> Capabilities:
    """Read the root DSE (RFC 4512 §5.1)."""
    asked = ["supportedControl", "vendorName", "vendorVersion", "dsServiceName"]
    raw = {name.lower(): values for name, values in (connection.read("", asked) or {}).items()}
    controls = frozenset(value.decode("ascii", "replace") for value in raw.get("supportedcontrol", ()))
    vendor = " ".join(
        value.decode("utf-8", "replace")
        for name in ("vendorname", "vendorversion")
        for value in raw.get(name, ())
    )
    return Capabilities(controls, vendor)


def source_of(settings: DirectorySettings) -> Source:
    """What reads it whole."""
    return LdapSource(settings) if settings.file is None else PersonnelFile(settings.file)


def choose_feed(settings: DirectorySettings) -> tuple[Feed, Mapping[str, str]]:
    """The best feed that the server can serve, and its capabilities in words. Raises `FeedFault`."""
    if settings.file is not None:
        return FileChanges(settings.file.path, settings.follow.poll), {"followed by": Mechanism.FILE}
    try:
        with LdapConnection(settings, Deadline(settings.timeouts.sign_in)) as connection:
            connection.bind_for_reading()
            capabilities = capabilities_of(connection)
            for mechanism in _worth_trying(settings):
                feed = _feed(mechanism, settings, capabilities, connection)
                if feed is not None:
                    return feed, capabilities.in_words(mechanism)
    except DirectoryFault as fault:
        raise FeedFault(str(fault)) from fault
    return FullReadings(), capabilities.in_words(Mechanism.FULL)


def _worth_trying(settings: DirectorySettings) -> Sequence[str]:
    offered, first = settings.profile.mechanisms, settings.follow.mechanism
    return offered if first is None else offered[offered.index(first) :]


def _feed(
    mechanism: str, settings: DirectorySettings, capabilities: Capabilities, connection: LdapConnection
) -> Feed | None:
    if mechanism == Mechanism.DIRSYNC and capabilities.can(DIRSYNC):
        feed = DirSync(settings)
        return feed if feed.is_allowed(connection) else None
    if mechanism == Mechanism.USN:
        return UsnChanges(settings)
    if mechanism == Mechanism.SYNCREPL and capabilities.can(SYNC):
        return Syncrepl(settings)
    if mechanism == Mechanism.REFRESH_ONLY and capabilities.can(SYNC):
        return RefreshOnly(settings)
    if mechanism == Mechanism.TIMESTAMP:
        return Timestamps(settings)
    return None
