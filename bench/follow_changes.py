"""Changes followed, in a process of its own: `python -m bench.follow_changes SETTINGS NUMBER`; prints milliseconds.

From the moment at which slapd has answered a change until the changed account is committed here; and, for the floor,
until a bare consumer of the same syncrepl has it. One change at a time: what is measured is a way, not a queue.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import ldap
from sqlalchemy import event

from deploy.municipality.slapd import ADMIN_DN, ADMIN_PASSWORD
from directory_sync.reading import EntryKind
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
from idp.storage.unit_of_work import SqlDatabase

_PATIENCE = 600.0


class Heard:
    """When somebody last had a change."""

    def __init__(self) -> None:
        self._heard = threading.Condition()
        self._at = 0.0

    def now(self) -> None:
        with self._heard:
            self._at = time.perf_counter()
            self._heard.notify_all()

    def after(self, moment: float) -> float:
        with self._heard:
            if not self._heard.wait_for(lambda: self._at > moment, timeout=_PATIENCE):
                raise TimeoutError("a change was not followed")
            return self._at


def main(settings_file: Path, number: int) -> None:
    """Measure ours and the floor's, one after the other, over the same server."""
    settings = load(settings_file, {})
    database = SqlDatabase(make_engine(settings.database_url), MasterKeys(settings.master_key))
    with database.read() as uow:
        (directory,) = load_directories(uow, settings.mail_domain)
    with followed(database, directory) as ours:
        told = milliseconds(directory.settings, ours, number)
    with consumed(directory.settings) as bare:
        floor = milliseconds(directory.settings, bare, number)
    print(json.dumps({"ours": told, "floor": floor}))


def milliseconds(settings: DirectorySettings, heard: Heard, number: int) -> list[float]:
    """Change one person again and again."""
    connection = ldap.initialize(settings.url)
    connection.simple_bind_s(ADMIN_DN, ADMIN_PASSWORD)
    wanted = settings.person_filter
    dn = connection.search_ext_s(settings.base_dn, ldap.SCOPE_SUBTREE, wanted, ["1.1"], sizelimit=0)[0][0]
    taken = []
    for turn in range(number):
        asked = time.perf_counter()
        connection.modify_s(dn, [(ldap.MOD_REPLACE, "title", [f"Title {time.time_ns()} {turn}".encode()])])
        answered = time.perf_counter()
        taken.append(max(0.01, (heard.after(asked) - answered) * 1000))
        time.sleep(0.02)
    return taken


@contextmanager
def followed(database: SqlDatabase, directory: Directory) -> Iterator[Heard]:
    """Follow as `portvakt serve` does; told of each commit of the thread that follows."""
    heard = Heard()

    def committed(_connection: object) -> None:
        if threading.current_thread().name.startswith("follow-"):
            heard.now()

    def occasion(at: datetime) -> Occasion:
        return Occasion(at, new_id(), Actor(ActorKind.JOB, "bench"), node="bench")

    watcher = Watcher(database, Leases(SqlLeases(database)), lambda: datetime.now(UTC), occasion, "bench")
    stop = threading.Event()
    thread = threading.Thread(target=Following(watcher, lambda: [directory]).run, args=(stop,), daemon=True)
    thread.start()
    ends = time.monotonic() + _PATIENCE
    while not _follows(database, directory.name):
        if time.monotonic() > ends:
            raise TimeoutError("the directory is not followed")
        time.sleep(0.1)
    time.sleep(1)
    event.listen(database.engine, "commit", committed)
    try:
        yield heard
    finally:
        event.remove(database.engine, "commit", committed)
        stop.set()
        thread.join(20)


def _follows(database: SqlDatabase, name: str) -> bool:
    with database.read() as uow:
        found = uow.provisioning.watches.get(name)
    return found is not None and found[0].state is WatchState.FOLLOWING and found[0].cookie is not None


@contextmanager
def consumed(settings: DirectorySettings) -> Iterator[Heard]:
    """Consume syncrepl and do nothing."""
    heard, stop = Heard(), threading.Event()
    feed = Syncrepl(settings)
    cookie = feed.mark()

    def consume() -> None:
        for told in feed.follow(cookie, stop.is_set):
            if any(change.kind is EntryKind.PERSON for change in told.changes):
                heard.now()

    thread = threading.Thread(target=consume, daemon=True)
    thread.start()
    time.sleep(1)
    try:
        yield heard
    finally:
        stop.set()
        thread.join(20)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
