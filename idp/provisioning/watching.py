"""The use case: keep the accounts in line with a directory as it changes.

Owns how a configured directory becomes the library's `Watch`: what it remembers lies in the database, a full reading is
a synchronisation like any other, and of several nodes the one with the lease leads.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from structlog import get_logger

from directory_sync import KnownRecord, RunInProgress, RunReport, RunSettings, person_from_text
from directory_sync.changes import Feed, FeedFault
from directory_sync.profile import Mechanism
from directory_sync.sources.feeds import choose_feed, source_of
from directory_sync.watch import FullReading, Unreadable, Watch, WatchParts
from directory_sync.watched import Watched, WatchState
from idp.domain.errors import Unavailable
from idp.domain.occasion import Occasion
from idp.provisioning.directories import Directory
from idp.provisioning.ports import ProvisioningDatabase
from idp.provisioning.runs import RunState
from idp.provisioning.sink import DatabaseSink
from idp.provisioning.synchronise import Leases, synchronise

LEASE = timedelta(seconds=7)
"""Another node takes over within ten seconds: it asks every second whether the lease has run out."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_DATABASE_PAUSE = 2.0
_ENDED_AT_ONCE = 500

_log = get_logger(__name__)


class Stopping(Protocol):
    """An event that is set when the process is to end (`threading.Event`)."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> bool: ...


@dataclass(frozen=True, slots=True)
class Watcher:
    """What every watch of this process shares. `occasion` makes a new occasion at a moment."""

    database: ProvisioningDatabase
    leases: Leases
    clock: Callable[[], datetime]
    occasion: Callable[[datetime], Occasion]
    node: str

    def lead(self, directory: Directory, stop: Stopping, tell: Callable[[str], None]) -> None:
        """Follow as soon as no other node does, until `stop`; returns when the lease is lost, too."""
        try:
            self._lead(directory, stop, tell)
        except Unavailable as away:  # the database: nothing can be remembered either
            tell(f"{directory.name}: {away}")
            stop.wait(_DATABASE_PAUSE)

    def cannot_follow(self, name: str, why: str) -> str:
        """Remember, for whoever looks, why a directory is not followed; say the same."""
        WatchMemory(self.database, name, self.node).failed(why, self.clock())
        return f"{name}: {why}"

    def _lead(self, directory: Directory, stop: Stopping, tell: Callable[[str], None]) -> None:
        with self.leases.hold(f"follow:{directory.name}"[:64], LEASE) as lease:
            if lease is None:
                return
            pause = FIRST_PAUSE
            while lease.is_held() and not stop.is_set():
                began = self.clock()
                why = self._follow(directory, lambda: stop.is_set() or not lease.is_held())
                if why is None:
                    continue
                tell(f"{directory.name}: {why}")
                pause = FIRST_PAUSE if self.clock() - began > timedelta(minutes=1) else pause
                stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _follow(self, directory: Directory, stopped: Callable[[], bool]) -> str | None:
        """Follow until a fault; say which."""
        memory = WatchMemory(self.database, directory.name, self.node)
        try:
            feed, capabilities = choose_feed(directory.settings)
            memory.note_capabilities(capabilities)
        except FeedFault as fault:
            return memory.failed(str(fault), self.clock())
        watch = Watch(self._parts(directory, feed, memory))
        try:
            watch.run(stopped)
        except (FeedFault, Unreadable) as fault:
            watch.failed(str(fault))
            return str(fault)
        except RunInProgress:
            return "another run of this directory goes on"
        except Unavailable as away:
            return str(away)
        except Exception as fault:  # noqa: BLE001 - a source that fails in a way of its own must be seen to fail
            _log.exception("directory.fault", directory=directory.name)
            watch.failed(f"an unforeseen fault, which is in the log: {type(fault).__name__}")
            return watch.watched.error
        return None

    def _parts(self, directory: Directory, feed: Feed, memory: "WatchMemory") -> WatchParts:
        settings = directory.settings

        def sink(now: datetime) -> DatabaseSink:
            return DatabaseSink(self.database, directory.name, directory.mail, self.occasion(now))

        def read_everything(how: FullReading) -> RunReport:
            return synchronise(
                self.database,
                self.leases,
                directory,
                self.occasion(self.clock()),
                settings=RunSettings(disabled_already=how.disabled_already, distrust=how.distrust),
            )

        return WatchParts(
            directory.name,
            feed,
            source_of(settings),
            settings.mapping,
            sink,
            memory,
            read_everything,
            self.clock,
            settings.follow,
            settings.brake,
            f"{settings_hash(directory)} {Mechanism.cookies_of(feed.mechanism)}",
        )


def settings_hash(directory: Directory) -> str:
    """Return what a cookie depends on: another server, base, filter or mapping is another story."""
    settings = directory.settings
    told = [settings.url, settings.base_dn, settings.bind_dn, settings.person_filter, settings.unit_filter]
    mapping = settings.mapping
    told += [settings.group_filter, settings.profile.name, f"{mapping.person} {mapping.unit} {mapping.group}"]
    told.append(repr(settings.file))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


class WatchMemory:
    """Implements the library's `WatchMemory` over units of work."""

    def __init__(self, database: ProvisioningDatabase, source: str, node: str) -> None:
        self._database = database
        self._source = source
        self._node = node

    def load(self) -> Watched:
        """Return what is remembered, by whichever node."""
        with self._database.read() as uow:
            found = uow.provisioning.watches.get(self._source)
        return Watched() if found is None else found[0]

    def save(self, watched: Watched) -> None:
        """Remember it."""
        with self._database.write() as uow:
            uow.provisioning.watches.put(self._source, watched, self._node)

    def failed(self, why: str, now: datetime) -> str:
        """Remember why there is nothing to follow."""
        self.save(replace(self.load(), state=WatchState.WAITING, error=why[:500], error_at=now))
        return why

    def note_capabilities(self, capabilities: Mapping[str, str]) -> None:
        """Remember what the server can do, if it is news."""
        with self._database.read() as uow:
            if uow.provisioning.watches.capabilities(self._source) == capabilities:
                return
        with self._database.write() as uow:
            uow.provisioning.watches.note_capabilities(self._source, capabilities)

    def ended(self, now: datetime) -> Sequence[KnownRecord]:
        """Return active persons whose end has passed."""
        with self._database.read() as uow:
            entries = uow.provisioning.entries.ended(self._source, now, _ENDED_AT_ONCE)
        return [KnownRecord(person_from_text(one.record), one.fingerprint, one.active) for one in entries]

    def active(self) -> int:
        """Return how many active persons there are."""
        with self._database.read() as uow:
            return uow.provisioning.entries.active(self._source)

    def wants_reading(self) -> bool:
        """Tell whether a released plan waits to be carried out."""
        with self._database.read() as uow:
            return uow.provisioning.runs.current(self._source, (RunState.RELEASED,)) is not None
