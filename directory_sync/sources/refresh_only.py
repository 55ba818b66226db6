"""Following by asking again and again what has changed since a cookie (RFC 4533, `refreshOnly`).

For servers and networks on which no search may go on: a limit on persistent searches, a balancer that ends them, a
firewall that cuts quiet lines. Each question has a connection of its own, so that none is ever quiet.
"""

import time
from collections.abc import Generator, Iterator

import ldap

from directory_sync.changes import FeedFault, Stopped, Told
from directory_sync.profile import Mechanism
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection, words
from directory_sync.sources.sync_messages import MANY, SyncMessages, not_a_refusal
from directory_sync.sources.sync_requests import Cookies, ask_for_changes, mark, read_cookies
from directory_sync.sources.waiting import waiting

_TICK = 0.5


class RefreshOnly:
    """A `Feed`."""

    mechanism = Mechanism.REFRESH_ONLY

    def __init__(self, settings: DirectorySettings) -> None:
        self._settings = settings

    def mark(self) -> str:
        return mark(self._settings)

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        cookies = read_cookies(self._settings, cookie)
        while not stopped():
            try:
                said = yield from self._refresh(cookies, stopped)
            except DirectoryFault as fault:
                raise FeedFault(str(fault)) from fault
            if said.refreshing:
                return
            cookies = said.cookies
            yield Told(said.taken(), said.cookie)
            yield from waiting(self._settings.follow.poll, stopped)

    def _refresh(self, cookies: Cookies, stopped: Stopped) -> Generator[Told, None, SyncMessages]:
        """All that has changed since the cookies, unless stopped; much of it is told before the end is known."""
        settings = self._settings
        with LdapConnection(settings, Deadline(settings.timeouts.reading)) as connection:
            connection.bind_for_reading()
            said = SyncMessages(connection, settings, cookies)
            for kind, cookie in cookies.items():
                said.expect(ask_for_changes(connection, settings, kind, "refreshOnly", cookie), kind)
            last_word = time.monotonic()
            while said.refreshing and not stopped():
                try:
                    answer = connection.next_answer(ldap.RES_ANY, _TICK)
                except ldap.LDAPError as error:
                    raise not_a_refusal(error) or DirectoryFault(words(error)) from error
                if answer is not None:
                    said.note(answer)
                    last_word = time.monotonic()
                elif time.monotonic() > last_word + settings.timeouts.operation:
                    raise DirectoryFault("the directory did not answer in time")
                if answer is None or said.waiting >= MANY:
                    yield Told(said.taken())
                    last_word = last_word if answer is None else time.monotonic()
        return said
