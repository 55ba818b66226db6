"""Following Active Directory by `uSNChanged`: one server's own counter, with an ordinary account.

Owns the cookie: the counter and the server's invocation id, for a USN of one server says nothing at another (MS-ADTS
3.1.1.1.9). Deletions are tombstones, where the account may see them; else everything is read every ten minutes.
"""

import json
import time
from collections.abc import Iterator

import ldap
from ldap.controls import RequestControl

from directory_sync.changes import GONE_BACK, Change, CookieForgotten, FeedFault, Gone, Seen, Stopped, Told
from directory_sync.profile import Mechanism
from directory_sync.reading import EntryKind
from directory_sync.settings import DirectorySettings
from directory_sync.sources.active_directory import guid_key
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection, words
from directory_sync.sources.ranges import complete_members
from directory_sync.sources.waiting import waiting

SHOW_DELETED = "1.2.840.113556.1.4.417"
_FULL_EVERY = 600.0
_KINDS = {b"group": EntryKind.GROUP, b"organizationalUnit": EntryKind.UNIT, b"user": EntryKind.PERSON}


class UsnChanges:
    """A `Feed`."""

    mechanism = Mechanism.USN

    def __init__(self, settings: DirectorySettings, full_every: float = _FULL_EVERY) -> None:
        self._settings = settings
        self._full_every = full_every

    def mark(self) -> str:
        try:
            with self._connected() as connection:
                connection.bind_for_reading()
                return _cookie(*where(connection))
        except DirectoryFault as fault:
            raise FeedFault(str(fault)) from fault

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        ends = time.monotonic() + self._full_every
        remembered = json.loads(cookie)
        usn, invocation = int(remembered["usn"]), remembered["invocation"]
        try:
            with self._connected() as connection:
                connection.bind_for_reading()
                sees_deletions = _sees_deletions(connection)
                while not stopped():
                    now_at, server = where(connection)
                    if server != invocation:
                        raise CookieForgotten("another server answers, or the same one with another database")
                    if now_at < usn:
                        raise CookieForgotten(GONE_BACK, backwards=True)
                    changes = tuple(self._changes(connection, usn + 1)) if now_at > usn else ()
                    usn = now_at
                    yield Told(changes, _cookie(usn, invocation))
                    yield from waiting(self._settings.follow.poll, stopped)
                    if not sees_deletions and time.monotonic() > ends:
                        raise CookieForgotten("deletions are found by reading everything again")
        except DirectoryFault as fault:
            raise FeedFault(str(fault)) from fault

    def _connected(self) -> LdapConnection:
        return LdapConnection(self._settings, Deadline(float("inf")))

    def _changes(self, connection: LdapConnection, first: int) -> Iterator[Change]:
        settings = self._settings
        profile = settings.profile
        for kind in EntryKind:
            base_filter = settings.filter_of(kind)
            if base_filter is None:
                continue
            changed = f"(&{base_filter}(uSNChanged>={first}))"
            asked = profile.wanted_attributes(kind, settings.mapping)
            for page in connection.pages(settings.base_dn, changed, asked, settings.page_size):
                for dn, raw in page.entries:
                    if kind is EntryKind.GROUP:
                        complete_members(connection, dn, raw, settings.mapping.group.members)
                    yield Seen(kind, profile.decode(settings.name, dn, raw))
        yield from deleted(connection, f"(&(isDeleted=TRUE)(uSNChanged>={first}))")


def where(connection: LdapConnection) -> tuple[int, str]:
    """The server's counter, and which database it counts."""
    root = _lowered(connection.read("", ["highestCommittedUSN", "dsServiceName", "defaultNamingContext"]))
    try:
        usn = int(root["highestcommittedusn"][0])
        service = root["dsservicename"][0].decode()
    except (KeyError, ValueError) as error:
        raise DirectoryFault("the directory does not tell its counter (highestCommittedUSN)") from error
    invocation = _lowered(connection.read(service, ["invocationId"])).get("invocationid")
    if not invocation:
        raise DirectoryFault(
            "the directory does not tell its invocation id: may bind_dn read the configuration?"
        )
    return usn, guid_key(invocation[0])


def deleted(connection: LdapConnection, search_filter: str) -> Iterator[Gone]:
    """Tombstones: what the server says to have been deleted."""
    root = _lowered(connection.read("", ["defaultNamingContext"]))
    base = root["defaultnamingcontext"][0].decode()
    control = RequestControl(SHOW_DELETED, criticality=True)
    asked = ["objectGUID", "objectClass"]
    for page in connection.pages(base, search_filter, asked, 500, [control]):
        for _, raw in page.entries:
            kind = kind_of_classes(_lowered(raw).get("objectclass", []))
            guid = _lowered(raw).get("objectguid")
            if kind is not None and guid:
                yield Gone(kind, guid_key(guid[0]))


def kind_of_classes(classes: list[bytes]) -> EntryKind | None:
    """What an entry is, by its classes; None for a computer and whatever else there is."""
    if b"computer" in classes:
        return None
    return next((kind for name, kind in _KINDS.items() if name in classes), None)


def _sees_deletions(connection: LdapConnection) -> bool:
    """Whether the account sees what was deleted: by default it does not, though it sees the container."""
    root = _lowered(connection.read("", ["defaultNamingContext"]))
    container = f"CN=Deleted Objects,{root['defaultnamingcontext'][0].decode()}"
    control = RequestControl(SHOW_DELETED, criticality=True)
    try:
        message = connection.handle.search_ext(
            container, ldap.SCOPE_ONELEVEL, "(isDeleted=TRUE)", ["1.1"], serverctrls=[control], sizelimit=1
        )
        data, _ = connection.result(message)
    except ldap.SIZELIMIT_EXCEEDED:
        return True
    except (ldap.NO_SUCH_OBJECT, ldap.INSUFFICIENT_ACCESS, ldap.UNAVAILABLE_CRITICAL_EXTENSION):
        return False
    except ldap.LDAPError as error:
        raise DirectoryFault(words(error)) from error
    return any(dn is not None for dn, _ in data)


def _lowered(raw: dict[str, list[bytes]] | None) -> dict[str, list[bytes]]:
    return {name.lower(): values for name, values in (raw or {}).items()}


def _cookie(usn: int, invocation: str) -> str:
    return json.dumps({"usn": usn, "invocation": invocation})
