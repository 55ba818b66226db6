"""Changes followed, in a process of its own: `python -m bench.follow_changes SETTINGS NUMBER`; prints milliseconds.

From the moment at which slapd has answered a change until the changed account is committed here; and, for the floor,
until a bare consumer of the same syncrepl has it. One change at a time: what is measured is a way, not a queue.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ldap
from sqlalchemy import bindparam, select

from deploy.municipality.slapd import ADMIN_DN, ADMIN_PASSWORD
from directory_sync import changes
from directory_sync.entry import DirectoryEntry
from directory_sync.settings import DirectorySettings
from directory_sync.sources.syncrepl import Syncrepl
from directory_sync.watched import WatchState
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.jobs.leases import Leases
from idp.keys.sealing import MasterKeys
from idp.provisioning.directories import Directory, load_directories
from idp.provisioning.following import Following
from idp.provisioning.watching import Watcher
from idp.settings import load
from idp.storage.engine import make_engine
from idp.storage.leases import SqlLeases
from idp.storage.prepared import Prepared
from idp.storage.tables import directory_entries
from idp.storage.unit_of_work import SqlDatabase

_PATIENCE = 600.0
_LOOK = 0.002


Seen = Callable[[str], None]
"""Returns when the person has this title here. Raises `TimeoutError`."""


class Bell:
    """Wakes whoever waits for something to have happened."""

    def __init__(self) -> None:
        self._rung = threading.Condition()

    def ring(self) -> None:
        with self._rung:
            self._rung.notify_all()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        with self._rung:
            if not self._rung.wait_for(holds, timeout=_PATIENCE):
                raise TimeoutError("a change was not followed")


def main(settings_file: Path, number: int) -> None:
    """Measure ours and the floor's, one after the other, over the same server."""
    settings = load(settings_file, {})
    database = SqlDatabase(make_engine(settings.database_url), MasterKeys(settings.master_key))
    with database.read() as uow:
        (directory,) = load_directories(uow, settings.mail_domain)
    dn, key = _somebody(directory.settings)
    with followed(database, directory, key) as ours:
        told = milliseconds(directory.settings, dn, ours, number)
    with consumed(directory.settings) as bare:
        floor = milliseconds(directory.settings, dn, bare, number)
    print(json.dumps({"ours": told, "floor": floor}))


def _somebody(settings: DirectorySettings) -> tuple[str, str]:
    """The DN and the key of a person."""
    connection = _as_administrator(settings)
    base, wanted = settings.base_dn, settings.person_filter
    dn, found = connection.search_ext_s(base, ldap.SCOPE_SUBTREE, wanted, ["entryUUID"], sizelimit=0)[0]
    return dn, found["entryUUID"][0].decode()


def _as_administrator(settings: DirectorySettings) -> Any:
    connection = ldap.initialize(settings.url)
    connection.simple_bind_s(ADMIN_DN, ADMIN_PASSWORD)
    return connection


def milliseconds(settings: DirectorySettings, dn: str, seen: Seen, number: int) -> list[float]:
    """Change one person again and again."""
    connection = _as_administrator(settings)
    taken = []
    for turn in range(number):
        title = f"Title {time.time_ns()} {turn}"
        connection.modify_s(dn, [(ldap.MOD_REPLACE, "title", [title.encode()])])
        answered = time.perf_counter()
        seen(title)
        taken.append(max(0.01, (time.perf_counter() - answered) * 1000))
        time.sleep(0.02)
    return taken


@contextmanager
def followed(database: SqlDatabase, directory: Directory, key: str) -> Iterator[Seen]:
    """Follow as `portvakt serve` does; a change is seen when another connection to the database reads it."""

    def seen(title: str) -> None:
        ends = time.monotonic() + _PATIENCE
        while title not in _record(database, directory.name, key):
            if time.monotonic() > ends:
                raise TimeoutError("a change was not followed")
            time.sleep(_LOOK)

    def occasion(at: datetime) -> Occasion:
        return Occasion(at, new_id(), Actor(ActorKind.JOB, "bench"), node="bench")

    node = f"bench {os.getpid()}"
    watcher = Watcher(database, Leases(SqlLeases(database)), lambda: datetime.now(UTC), occasion, node)
    stop = threading.Event()
    thread = threading.Thread(target=Following(watcher, lambda: [directory]).run, args=(stop,), daemon=True)
    thread.start()
    ends = time.monotonic() + _PATIENCE
    while not _follows(database, directory.name, node):
        if time.monotonic() > ends:
            raise TimeoutError("the directory is not followed")
        time.sleep(0.1)
    time.sleep(1)
    try:
        yield seen
    finally:
        stop.set()
        thread.join(20)


_RECORD = Prepared(
    select(directory_entries.c.record).where(
        directory_entries.c.source == bindparam("source"), directory_entries.c.key == bindparam("key")
    )
)


def _record(database: SqlDatabase, source: str, key: str) -> str:
    with database.read() as uow:
        return str(_RECORD.run(uow.connection, source=source, key=key).scalar())


def _follows(database: SqlDatabase, name: str, node: str) -> bool:
    """Whether this very process does: an earlier one's word still stands in the database while all is read anew."""
    with database.read() as uow:
        found = uow.provisioning.watches.get(name)
    if found is None or found[1] != node:
        return False
    return found[0].state is WatchState.FOLLOWING and found[0].cookie is not None


@contextmanager
def consumed(settings: DirectorySettings) -> Iterator[Seen]:
    """Consume syncrepl and do nothing."""
    bell, stop, titles = Bell(), threading.Event(), set[str]()
    feed = Syncrepl(settings)
    cookie = feed.mark()

    def consume() -> None:
        for told in feed.follow(cookie, stop.is_set):
            for change in told.changes:
                if isinstance(change, changes.Seen) and isinstance(change.entry, DirectoryEntry):
                    titles.update(change.entry.values("title"))
                    bell.ring()

    thread = threading.Thread(target=consume, daemon=True)
    thread.start()
    time.sleep(1)
    try:
        yield lambda title: bell.wait_until(lambda: title in titles)
    finally:
        stop.set()
        thread.join(20)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
