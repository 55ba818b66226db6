"""Following servers that have to be asked: by `modifyTimestamp`, or by reading everything every now and then.

Owns both. What a timestamp cannot tell (deletions, entries that were moved in or out, what a clock hid) is left to the
full readings.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from directory_sync.changes import Change, CookieForgotten, FeedFault, Seen, Stopped, Told
from directory_sync.generalized_time import parse_generalized_time
from directory_sync.profile import Mechanism
from directory_sync.reading import EntryKind
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection
from directory_sync.sources.waiting import waiting

_FULL_EVERY = 600.0
_MARGIN = timedelta(minutes=2)
"""The server's clock may be behind ours by as much; what is told twice changes nothing."""
_STAMP = "modifyTimestamp"


class FullReadings:
    """A `Feed` that knows no changes: after a while everything is to be read again."""

    mechanism = Mechanism.FULL

    def __init__(self, every: float = _FULL_EVERY) -> None:
        self._every = every

    def mark(self) -> str:
        return "read"

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        yield Told((), cookie)
        yield from waiting(self._every, stopped)
        if not stopped():
            raise CookieForgotten("it is time to read everything again")


class Timestamps:
    """A `Feed` over `modifyTimestamp`."""

    mechanism = Mechanism.TIMESTAMP

    def __init__(self, settings: DirectorySettings, full_every: float = _FULL_EVERY) -> None:
        self._settings = settings
        self._full_every = full_every

    def mark(self) -> str:
        return _stamp(datetime.now(UTC) - _MARGIN)

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        ends = time.monotonic() + self._full_every
        while not stopped():
            changes, cookie = self._changes(cookie)
            yield Told(tuple(changes), cookie)
            yield from waiting(self._settings.follow.poll, stopped)
            if time.monotonic() > ends:
                raise CookieForgotten("deletions are found by reading everything again")

    def _changes(self, since: str) -> tuple[list[Change], str]:
        settings, changes, newest = self._settings, list[Change](), since
        profile = settings.profile
        try:
            with LdapConnection(settings, Deadline(settings.timeouts.reading)) as connection:
                connection.bind_for_reading()
                for kind in EntryKind:
                    base_filter = settings.filter_of(kind)
                    if base_filter is None:
                        continue
                    asked = (*profile.wanted_attributes(kind, settings.mapping), _STAMP)
                    changed = f"(&{base_filter}({_STAMP}>={since}))"
                    for page in connection.pages(settings.base_dn, changed, asked, settings.page_size):
                        for dn, raw in page.entries:
                            stamps = [raw.pop(name) for name in list(raw) if name.lower() == _STAMP.lower()]
                            newest = max(newest, *(_normal(one) for values in stamps for one in values))
                            changes.append(Seen(kind, profile.decode(settings.name, dn, raw)))
        except DirectoryFault as fault:
            raise FeedFault(str(fault)) from fault
        return changes, newest


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%SZ}"


def _normal(value: bytes) -> str:
    try:
        return _stamp(parse_generalized_time(value.decode("ascii")))
    except ValueError:
        return ""
