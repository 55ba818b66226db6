"""Following by LDAP content synchronisation (RFC 4533, `refreshAndPersist`): OpenLDAP's syncrepl and 389's alike.

Owns the exchange: one connection, one persistent search for each kind of entry, one cookie for each, kept together as
JSON. What the server cannot tell in changes (it lists what remains, or has forgotten the cookie) is left to a full
reading: deletion is taken only from a server that says it of the very entry (L9).
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import ldap
from ldap.controls import LDAPControl
from ldap.syncrepl import SyncDoneControl, SyncInfoMessage, SyncRequestControl, SyncStateControl

from directory_sync.changes import Change, CookieForgotten, FeedFault, Gone, Seen, Stopped, Told
from directory_sync.reading import EntryKind
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection, words

CONTROL = SyncRequestControl.controlType
_REFRESH_REQUIRED = 4096  # RFC 4533 §2.7, e-syncRefreshRequired
_POLL = 0.5
_MOST = 500


class Syncrepl:
    """A `Feed`."""

    mechanism = "syncrepl"

    def __init__(self, settings: DirectorySettings) -> None:
        self._settings = settings

    def mark(self) -> str:
        """The server's own word where it can be read, else the end of a refresh that asks for no attribute."""
        try:
            with LdapConnection(self._settings, Deadline(self._settings.timeouts.reading)) as connection:
                connection.bind_for_reading()
                return json.dumps({kind.value: self._mark(connection, kind) for kind in self._kinds()})
        except DirectoryFault as fault:
            raise FeedFault(str(fault)) from fault

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        cookies: dict[str, str] = json.loads(cookie)
        if set(cookies) != {kind.value for kind in self._kinds()}:
            raise CookieForgotten("other kinds of entry are read than before")
        try:
            with LdapConnection(self._settings, Deadline(float("inf"))) as connection:
                connection.bind_for_reading()
                yield from _Exchange(connection, self._settings, cookies).told(stopped)
        except DirectoryFault as fault:
            raise FeedFault(str(fault)) from fault

    def _kinds(self) -> list[EntryKind]:
        return [kind for kind in EntryKind if self._settings.filter_of(kind) is not None]

    def _mark(self, connection: LdapConnection, kind: EntryKind) -> str:
        if self._settings.profile.cookie_from_context:
            context = connection.read(self._settings.base_dn, ["contextCSN"]) or {}
            numbers = sorted(value.decode("ascii") for values in context.values() for value in values)
            if numbers:
                return f"rid=000,csn={';'.join(numbers)}"
        request = SyncRequestControl(mode="refreshOnly")
        arguments = (self._settings.base_dn, ldap.SCOPE_SUBTREE, self._settings.filter_of(kind), ["1.1"])
        message = connection.ask(*arguments, serverctrls=[request])
        while True:
            answer = connection.next_answer(message, self._settings.timeouts.operation)
            if answer is not None and answer[0] == ldap.RES_SEARCH_RESULT:
                done = next((c for c in answer[3] if isinstance(c, SyncDoneControl)), None)
                if done is None or done.cookie is None:
                    raise DirectoryFault("the directory gave no cookie to go on from")
                return str(done.cookie)


class _Exchange:
    """What goes on over one connection."""

    def __init__(
        self,
        connection: LdapConnection,
        settings: DirectorySettings,
        cookies: Mapping[str, str],
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._profile = settings.profile
        self._cookies = dict(cookies)
        self._kinds: dict[int, EntryKind] = {}
        self._refreshing: set[EntryKind] = set()
        self._heard: set[EntryKind] = set()
        """Kinds about which anything was told since the refresh began."""
        self._changes: list[Change] = []
        self._asked: int | None = None
        self._last_word = 0.0

    def told(self, stopped: Stopped) -> Iterator[Told]:
        for name, cookie in self._cookies.items():
            self._begin(EntryKind(name), cookie)
        self._last_word = time.monotonic()
        complete = False
        while not stopped():
            waiting = 0.0 if self._changes else _POLL
            answer = self._answer(waiting)
            if answer is not None:
                self._last_word = time.monotonic()
                beat = self._take(answer)
                if len(self._changes) < _MOST and not beat and not (not self._refreshing and not complete):
                    continue
            elif not self._changes:
                self._ask_after_silence()
                yield Told()
                continue
            complete = not self._refreshing
            changes, self._changes = tuple(self._changes), []
            yield Told(changes, json.dumps(self._cookies) if complete else None)

    def _begin(self, kind: EntryKind, cookie: str) -> None:
        settings = self._settings
        request = SyncRequestControl(mode="refreshAndPersist", cookie=cookie)
        attributes = list(self._profile.wanted_attributes(kind, settings.mapping))
        arguments = (settings.base_dn, ldap.SCOPE_SUBTREE, settings.filter_of(kind), attributes)
        self._kinds[self._connection.ask(*arguments, serverctrls=[request])] = kind
        self._refreshing.add(kind)

    def _answer(self, seconds: float) -> Any:
        try:
            return self._connection.next_answer(ldap.RES_ANY, seconds)
        except ldap.LDAPError as error:
            raise _why_it_ended(error) from error

    def _ask_after_silence(self) -> None:
        """A connection that was cut without a word looks just like a directory in which nothing happens."""
        silent, patience = time.monotonic() - self._last_word, self._settings.timeouts.silence
        if self._asked is not None and silent > patience + self._settings.timeouts.operation:
            raise DirectoryFault("the directory says nothing any more")
        if self._asked is None and silent > patience:
            self._asked = self._connection.ask("", ldap.SCOPE_BASE, "(objectClass=*)", ["1.1"])

    def _take(self, answer: Any) -> bool:
        """Note what was said; True if it was only a sign of life."""
        kind_of_answer, data, message, controls = answer
        if message == self._asked:
            self._asked = None if kind_of_answer == ldap.RES_SEARCH_RESULT else self._asked
            return self._asked is None
        kind = self._kinds.get(message)
        if kind is None:
            return False
        if kind_of_answer == ldap.RES_SEARCH_ENTRY:
            for dn, raw, entry_controls in data:
                self._entry(kind, dn, raw, entry_controls)
        elif kind_of_answer == ldap.RES_INTERMEDIATE:
            for name, value, _ in data:
                if name == SyncInfoMessage.responseName:
                    self._info(kind, SyncInfoMessage(value))
        elif kind_of_answer == ldap.RES_SEARCH_RESULT:
            raise DirectoryFault("the directory has ended the search that was to go on")
        del controls
        return False

    def _entry(
        self, kind: EntryKind, dn: str, raw: dict[str, list[bytes]], controls: list[LDAPControl]
    ) -> None:
        state = next((c for c in controls if isinstance(c, SyncStateControl)), None)
        if state is None:
            return
        self._heard.add(kind)
        if state.state == "present":
            raise CookieForgotten("the directory lists what remains instead of what has gone")
        if state.state == "delete":
            self._changes.append(Gone(kind, self._profile.key_of_sync_uuid(state.entryUUID)))
        else:
            self._changes.append(Seen(kind, self._profile.decode(self._settings.name, dn, raw)))
        if state.cookie is not None and kind not in self._refreshing:
            self._cookies[kind.value] = str(state.cookie)

    def _info(self, kind: EntryKind, info: Any) -> None:
        if info.newcookie is not None:
            self._cookies[kind.value] = info.newcookie
        elif info.syncIdSet is not None:
            if not info.syncIdSet["refreshDeletes"]:
                raise CookieForgotten("the directory lists what remains instead of what has gone")
            self._heard.add(kind)
            key_of = self._profile.key_of_sync_uuid
            self._changes += [Gone(kind, key_of(uuid)) for uuid in info.syncIdSet["syncUUIDs"]]
        else:
            present = info.refreshPresent is not None
            done = info.refreshPresent or info.refreshDelete
            if present and kind in self._heard:
                # What was not mentioned is gone: silence, which only a full reading may weigh (RFC 4533 §3.3.1).
                raise CookieForgotten("the directory lists what remains instead of what has gone")
            if "cookie" in done:
                # Kept at refresh-done even if nothing follows: python-ldap's own consumer would forget it.
                self._cookies[kind.value] = done["cookie"]
            if done["refreshDone"]:
                self._refreshing.discard(kind)


def _why_it_ended(error: Any) -> Exception:
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    if details.get("result") == _REFRESH_REQUIRED:
        return CookieForgotten("the directory has forgotten the cookie")
    if isinstance(error, ldap.UNWILLING_TO_PERFORM) and "newer" in str(details.get("info", "")):
        return CookieForgotten(
            "the directory knows less than it did: restored, or another copy", backwards=True
        )
    return DirectoryFault(words(error))
