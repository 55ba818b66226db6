"""What the messages of content synchronisation say (RFC 4533 §2 and §3), whichever way they were asked for.

Owns their meaning: which entries are as told, which are gone, and where to go on from. Deletion is taken only from a
server that says it of the very entry (L9): one that lists what remains leaves it to a full reading.
"""

from typing import Any

import ldap
from ldap.controls import LDAPControl
from ldap.syncrepl import SyncDoneControl, SyncInfoMessage, SyncStateControl

from directory_sync.changes import KNOWS_LESS, Change, CookieForgotten, Gone, Seen
from directory_sync.reading import EntryKind
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import DirectoryFault, LdapConnection, words
from directory_sync.sources.ldap_source import key_filter
from directory_sync.sources.sync_requests import Cookies, write_cookies

MANY = 500
"""So many changes are handed on before there is more."""
_REFRESH_REQUIRED = 4096  # RFC 4533 §2.7, e-syncRefreshRequired
_LISTS = "the directory lists what remains instead of what has gone"


class SyncMessages:
    """What was said over one connection, in answer to one search for each kind of entry."""

    def __init__(self, connection: LdapConnection, settings: DirectorySettings, cookies: Cookies) -> None:
        self._connection = connection
        self._settings = settings
        self._profile = settings.profile
        self.cookies = dict(cookies)
        self.refreshing: set[EntryKind] = set()
        self._kinds: dict[int, EntryKind] = {}
        self._heard: set[EntryKind] = set()
        """Kinds about which anything was told since the refresh began."""
        self._changes: list[Change] = []

    def expect(self, message: int, kind: EntryKind) -> None:
        """The answers with this number are about this kind of entry."""
        self._kinds[message] = kind
        self.refreshing.add(kind)

    @property
    def waiting(self) -> int:
        """How many changes have been noted and not been taken."""
        return len(self._changes)

    def taken(self) -> tuple[Change, ...]:
        """What has changed since it was last asked, in the order in which it was told."""
        changes, self._changes = tuple(self._changes), []
        return changes

    @property
    def cookie(self) -> str:
        return write_cookies(self.cookies)

    def note(self, answer: Any) -> None:
        """Note what one answer says. Raises `CookieForgotten`."""
        kind_of_answer, data, message, controls = answer
        kind = self._kinds.get(message)
        if kind is None:
            return
        if kind_of_answer == ldap.RES_SEARCH_ENTRY:
            for dn, raw, entry_controls in data:
                self._entry(kind, dn, raw, entry_controls)
        elif kind_of_answer == ldap.RES_INTERMEDIATE:
            for name, value, _ in data:
                if name == SyncInfoMessage.responseName:
                    self._info(kind, SyncInfoMessage(value))
        elif kind_of_answer == ldap.RES_SEARCH_RESULT:
            self._done(kind, controls)

    def _entry(
        self, kind: EntryKind, dn: str, raw: dict[str, list[bytes]], controls: list[LDAPControl]
    ) -> None:
        state = next((c for c in controls if isinstance(c, SyncStateControl)), None)
        if state is None:
            return
        self._heard.add(kind)
        if state.state == "present":
            raise CookieForgotten(_LISTS)
        if state.state == "delete":
            self._changes.append(Gone(kind, self._profile.key_of_sync_uuid(state.entryUUID)))
        elif kind in self.refreshing and not self._profile.refresh_is_whole:
            self._look_at(kind, self._profile.key_of_sync_uuid(state.entryUUID))
        else:
            self._changes.append(Seen(kind, self._profile.decode(self._settings.name, dn, raw)))
        if state.cookie is not None and kind not in self.refreshing:
            self.cookies[kind] = str(state.cookie)

    def _look_at(self, kind: EntryKind, key: str) -> None:
        """Note the entry as it is by now; one that has gone meanwhile is told of by what follows."""
        settings, profile = self._settings, self._profile
        wanted = profile.wanted_attributes(kind, settings.mapping)
        for dn, raw in self._connection.search(settings.base_dn, key_filter(settings, key, kind), wanted, 1):
            self._changes.append(Seen(kind, profile.decode(settings.name, dn, raw)))

    def _info(self, kind: EntryKind, info: Any) -> None:
        if info.newcookie is not None:
            self.cookies[kind] = info.newcookie
        elif info.syncIdSet is not None:
            if not info.syncIdSet["refreshDeletes"]:
                raise CookieForgotten(_LISTS)
            self._heard.add(kind)
            key_of = self._profile.key_of_sync_uuid
            self._changes += [Gone(kind, key_of(uuid)) for uuid in info.syncIdSet["syncUUIDs"]]
        else:
            done = info.refreshPresent or info.refreshDelete
            if info.refreshPresent is not None and kind in self._heard:
                # What was not mentioned is gone: silence, which only a full reading may weigh (RFC 4533 §3.3.1).
                raise CookieForgotten(_LISTS)
            if "cookie" in done:
                # Kept at refresh-done even if nothing follows: python-ldap's own consumer would forget it.
                self.cookies[kind] = done["cookie"]
            if done["refreshDone"]:
                self.refreshing.discard(kind)

    def _done(self, kind: EntryKind, controls: list[LDAPControl]) -> None:
        """The end of a search that asked for a refresh only (RFC 4533 §3.3.3)."""
        done = next((c for c in controls if isinstance(c, SyncDoneControl)), None)
        if done is None:
            raise DirectoryFault("the directory answered without content synchronisation")
        if not done.refreshDeletes and self._profile.lists_what_remains:
            # Even if nothing was mentioned: then, by the same rule, nothing remains.
            raise CookieForgotten(_LISTS)
        if done.cookie:
            self.cookies[kind] = str(done.cookie)
        self.refreshing.discard(kind)


def not_a_refusal(error: Any) -> Exception | None:
    """What a fault says of the cookie or the connection; None if the server refuses what was asked."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    if details.get("result") == _REFRESH_REQUIRED:
        return CookieForgotten("the directory has forgotten the cookie")
    if isinstance(error, ldap.UNWILLING_TO_PERFORM) and "newer" in str(details.get("info", "")):
        return CookieForgotten(KNOWS_LESS, backwards=True)
    return DirectoryFault(words(error)) if isinstance(error, ldap.SERVER_DOWN) else None
