"""Following Active Directory by DirSync (MS-ADTS 3.1.1.3.4.1.3), where the account has the right to replicate.

Owns the exchange. What DirSync tells (only the attributes that have changed) is taken as a hint of which entries to
read anew; what it says to be deleted is gone. An entry that is no longer in the base or the filter is gone, too.
"""

import base64
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import ldap
from ldap.controls import RequestControl

from directory_sync.changes import Change, FeedFault, Gone, Seen, Stopped, Told
from directory_sync.dn import is_within, normal_dn
from directory_sync.profile import Mechanism
from directory_sync.reading import EntryKind
from directory_sync.settings import DirectorySettings
from directory_sync.sources.active_directory import guid_key
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection, words
from directory_sync.sources.ranges import complete_members
from directory_sync.sources.usn import kind_of_classes
from directory_sync.sources.waiting import waiting

CONTROL = "1.2.840.113556.1.4.841"
_BYTES = 1 << 20
_LONG_FORM = 0x80
_FILTER = "(|(objectClass=user)(objectClass=group)(objectClass=organizationalUnit))"


class DirSyncAnswer:
    """The control of an answer: whether there is more, and the cookie. python-ldap makes one by these names."""

    def __init__(self) -> None:
        self.controlType = CONTROL
        self.criticality = False
        self.more = False
        self.cookie = b""

    def decodeControlValue(self, encoded: bytes) -> None:  # noqa: N802  python-ldap's name
        """SEQUENCE { more INTEGER, unused INTEGER, cookie OCTET STRING }."""
        parts = list(_parts(_parts_of_sequence(encoded)))
        self.more, self.cookie = int.from_bytes(parts[0], "big") != 0, parts[2]


def dirsync_request(cookie: bytes) -> RequestControl:
    """SEQUENCE { flags INTEGER, bytes INTEGER, cookie OCTET STRING }."""
    inner = b"\x02\x01\x00" + b"\x02\x03" + _BYTES.to_bytes(3, "big") + _tagged(0x04, cookie)
    return RequestControl(CONTROL, True, _tagged(0x30, inner))  # noqa: FBT003  python-ldap's criticality


def _tagged(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < _LONG_FORM:
        return bytes([tag, size]) + value
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG_FORM | len(digits)]) + digits + value


def _parts_of_sequence(encoded: bytes) -> bytes:
    return next(_parts(encoded))


def _parts(encoded: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(encoded):
        size, at = encoded[at + 1], at + 2
        if size & _LONG_FORM:
            digits = size & ~_LONG_FORM
            size, at = int.from_bytes(encoded[at : at + digits], "big"), at + digits
        yield encoded[at : at + size]
        at += size


class DirSync:
    """A `Feed`."""

    mechanism = Mechanism.DIRSYNC

    def __init__(self, settings: DirectorySettings) -> None:
        self._settings = settings

    def is_allowed(self, connection: LdapConnection) -> bool:
        """Whether the account has the right. Raises `DirectoryFault` for anything but a refusal."""
        try:
            self._ask(connection, b"", size=1)
        except (ldap.INSUFFICIENT_ACCESS, ldap.UNWILLING_TO_PERFORM, ldap.UNAVAILABLE_CRITICAL_EXTENSION):
            return False
        except ldap.SIZELIMIT_EXCEEDED:
            return True
        except ldap.LDAPError as error:
            raise DirectoryFault(words(error)) from error
        return True

    def mark(self) -> str:
        try:
            with self._connected() as connection:
                connection.bind_for_reading()
                # What there is now is for the full reading.
                cookies = [cookie for _, cookie in self._told(connection, b"")]
                return base64.b64encode(cookies[-1]).decode()
        except DirectoryFault as fault:
            raise FeedFault(str(fault)) from fault

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        at = base64.b64decode(cookie)
        try:
            with self._connected() as connection:
                connection.bind_for_reading()
                while not stopped():
                    changes: list[Change] = []
                    for entries, after in self._told(connection, at):
                        changes += self._changes(connection, entries)
                        at = after
                    yield Told(tuple(changes), base64.b64encode(at).decode())
                    yield from waiting(self._settings.follow.poll, stopped)
        except DirectoryFault as fault:
            raise FeedFault(str(fault)) from fault

    def _connected(self) -> LdapConnection:
        return LdapConnection(self._settings, Deadline(float("inf")))

    def _told(self, connection: LdapConnection, cookie: bytes) -> Iterator[tuple[list[Any], bytes]]:
        more = True
        while more:
            try:
                entries, control = self._ask(connection, cookie)
            except ldap.LDAPError as error:
                raise DirectoryFault(words(error)) from error
            more, cookie = control.more, control.cookie
            yield entries, cookie

    def _ask(
        self, connection: LdapConnection, cookie: bytes, size: int = 0
    ) -> tuple[list[Any], DirSyncAnswer]:
        root = connection.read("", ["defaultNamingContext"]) or {}
        base = next(iter(root.values()))[0].decode()
        asked = ["objectGUID", "objectClass", "isDeleted", "member", *self._attributes()]
        message = connection.handle.search_ext(
            base, ldap.SCOPE_SUBTREE, _FILTER, asked, serverctrls=[dirsync_request(cookie)], sizelimit=size
        )
        _, data, _, controls = connection.handle.result3(
            message, 1, self._settings.timeouts.operation, {CONTROL: DirSyncAnswer}
        )
        answer = next((one for one in controls if isinstance(one, DirSyncAnswer)), None)
        if answer is None:
            raise DirectoryFault("the directory answered without DirSync")
        return [(dn, raw) for dn, raw in data or [] if dn is not None], answer

    def _attributes(self) -> set[str]:
        settings = self._settings
        kinds = [kind for kind in EntryKind if settings.filter_of(kind) is not None]
        return {name for kind in kinds for name in settings.profile.wanted_attributes(kind, settings.mapping)}

    def _changes(self, connection: LdapConnection, entries: list[Any]) -> Iterator[Change]:
        for _, raw in entries:
            lowered = {name.lower(): values for name, values in raw.items()}
            guid = lowered.get("objectguid")
            if not guid:
                continue
            key = guid_key(guid[0])
            if lowered.get("isdeleted") == [b"TRUE"]:
                kind = kind_of_classes(lowered.get("objectclass", []))
                yield from [Gone(one, key) for one in EntryKind if kind in {None, one}]
            else:
                yield from self._as_it_is(connection, key)

    def _as_it_is(self, connection: LdapConnection, key: str) -> Iterator[Change]:
        settings = self._settings
        name = f"<GUID={UUID(key)}>"
        there = connection.search_base(name, "(objectClass=*)", ["objectClass"])
        if there is None:
            return
        kind = kind_of_classes({n.lower(): v for n, v in there[1].items()}.get("objectclass", []))
        wanted = None if kind is None else settings.filter_of(kind)
        if kind is None or wanted is None:
            return
        found = connection.search_base(
            name, wanted, settings.profile.wanted_attributes(kind, settings.mapping)
        )
        if found is None or not is_within(normal_dn(found[0]), normal_dn(settings.base_dn)):
            yield Gone(kind, key)
            return
        dn, raw = found
        if kind is EntryKind.GROUP:
            complete_members(connection, dn, raw, settings.mapping.group.members)
        yield Seen(kind, settings.profile.decode(settings.name, dn, raw))
