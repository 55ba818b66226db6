"""Following by LDAP content synchronisation (RFC 4533, `refreshAndPersist`): OpenLDAP's syncrepl and 389's alike.

Owns the exchange: one connection, and one search for each kind of entry that goes on; and what is done where none may
go on. What is asked and what the answers mean is `sync_requests` and `sync_messages`.
"""

import time
from collections.abc import Iterator
from typing import Any

import ldap

from directory_sync.changes import FeedFault, Stopped, Told
from directory_sync.profile import Mechanism
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection, words
from directory_sync.sources.refresh_only import RefreshOnly
from directory_sync.sources.sync_messages import MANY, SyncMessages, not_a_refusal
from directory_sync.sources.sync_requests import Cookies, ask_for_changes, mark, read_cookies

_POLL = 0.5
_TRIED_AGAIN_AFTER = 600.0
_LASTED = 60.0
"""A search that ended after so long was let go on: it is begun again."""


class _Refused(Exception):
    """The server lets no search go on, or not as many."""


class Syncrepl:
    """A `Feed`. Who refuses searches that go on is asked again and again instead, and tried anew every now and then."""

    def __init__(self, settings: DirectorySettings, tried_again_after: float = _TRIED_AGAIN_AFTER) -> None:
        self._settings = settings
        self._tried_again_after = tried_again_after
        self.mechanism: str = Mechanism.SYNCREPL

    def mark(self) -> str:
        return mark(self._settings)

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        while not stopped():
            began = time.monotonic()
            try:
                for told in self._search(cookie, stopped):
                    if told.cookie is not None:
                        self.mechanism, cookie = Mechanism.SYNCREPL, told.cookie
                    yield told
            except _Refused as refused:
                if time.monotonic() > began + _LASTED:
                    raise FeedFault(str(refused)) from refused
                self.mechanism = Mechanism.REFRESH_ONLY
                for told in self._ask(cookie, stopped):
                    cookie = told.cookie or cookie
                    yield told

    def _search(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        cookies = read_cookies(self._settings, cookie)
        try:
            with LdapConnection(self._settings, Deadline(float("inf"))) as connection:
                connection.bind_for_reading()
                yield from _Exchange(connection, self._settings, cookies).told(stopped)
        except DirectoryFault as fault:
            raise FeedFault(str(fault)) from fault

    def _ask(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        ends = time.monotonic() + self._tried_again_after
        return RefreshOnly(self._settings).follow(cookie, lambda: stopped() or time.monotonic() > ends)


class _Exchange:
    """What goes on over one connection."""

    def __init__(self, connection: LdapConnection, settings: DirectorySettings, cookies: Cookies) -> None:
        self._connection = connection
        self._settings = settings
        self._said = SyncMessages(connection, settings, cookies)
        self._asked: int | None = None
        self._last_word = 0.0

    def told(self, stopped: Stopped) -> Iterator[Told]:
        said = self._said
        for kind, cookie in said.cookies.items():
            message = ask_for_changes(self._connection, self._settings, kind, "refreshAndPersist", cookie)
            said.expect(message, kind)
        self._last_word = time.monotonic()
        complete = False
        while not stopped():
            waiting = 0.0 if said.waiting else _POLL
            answer = self._answer(waiting)
            if answer is not None:
                self._last_word = time.monotonic()
                beat = self._take(answer)
                if said.waiting < MANY and not beat and not (not said.refreshing and not complete):
                    continue
            elif not said.waiting:
                self._ask_after_silence()
                yield Told()
                continue
            complete = not said.refreshing
            yield Told(said.taken(), said.cookie if complete else None)

    def _answer(self, seconds: float) -> Any:
        try:
            return self._connection.next_answer(ldap.RES_ANY, seconds)
        except ldap.LDAPError as error:
            known = not_a_refusal(error)
            raise known or _Refused(words(error)) from error

    def _ask_after_silence(self) -> None:
        """A connection that was cut without a word looks just like a directory in which nothing happens."""
        silent, patience = time.monotonic() - self._last_word, self._settings.timeouts.silence
        if self._asked is not None and silent > patience + self._settings.timeouts.operation:
            raise DirectoryFault("the directory says nothing any more")
        if self._asked is None and silent > patience:
            self._asked = self._connection.ask("", ldap.SCOPE_BASE, "(objectClass=*)", ["1.1"])

    def _take(self, answer: Any) -> bool:
        """Note what was said; True if it was only a sign of life."""
        kind_of_answer, _, message, _ = answer
        is_end = kind_of_answer == ldap.RES_SEARCH_RESULT
        if message == self._asked:
            self._asked = None if is_end else self._asked
            return self._asked is None
        if is_end:
            raise _Refused("the directory has ended the search that was to go on")
        self._said.note(answer)
        return False
