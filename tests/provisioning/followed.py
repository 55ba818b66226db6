"""A town whose real directory is followed, on a real database; and how to wait for what comes of it."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from directory_sync import RunSettings
from directory_sync.settings import DirectorySettings
from directory_sync.settings_file import directory_settings
from directory_sync.survey import Survey
from directory_sync.watched import Watched
from idp.domain.account import Account, AccountState
from idp.domain.handles import new_id
from idp.domain.naming import DEFAULT_RULES
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.jobs.leases import Leases
from idp.provisioning.directories import Directory
from idp.provisioning.following import Following
from idp.provisioning.name_desk import MailDomain
from idp.provisioning.sink import DatabaseSink
from idp.provisioning.synchronise import synchronise
from idp.provisioning.watching import Watcher
from idp.storage.leases import SqlLeases
from tests.directory_sync.town import settings_for
from tests.provisioning.town import Town

PATIENCE = 60.0
"""Seconds that a loaded machine may take; nothing waits for so long when it works."""


def eventually(holds: Callable[[], object], what: str = "") -> None:
    """Wait until it holds."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > ends:
            raise AssertionError(f"not within {PATIENCE:.0f} s: {what or holds}")
        time.sleep(0.02)


class FollowedTown(Town):
    """`settings` say where the directory is; the clock is the real one, moved by `ahead`."""

    def __init__(self, url: str, folder: Path, settings: DirectorySettings) -> None:
        super().__init__(url, folder)
        self.directory = Directory(settings, MailDomain("ekvik.example", DEFAULT_RULES))
        self.ahead = timedelta()
        self.told: list[str] = []

    def change(self, **settings: object) -> None:
        self.directory = replace(self.directory, settings=replace(self.directory.settings, **settings))

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def occasion_at(self, at: datetime) -> Occasion:
        return Occasion(at, new_id(), Actor(ActorKind.JOB, "synchronise"))

    def read_all(self, **options):
        leases = Leases(SqlLeases(self.database))
        return synchronise(self.database, leases, self.directory, self.occasion_at(self.clock()), **options)

    @contextmanager
    def followed(self, node: str = "one"):
        """Follow while the block runs."""
        watcher = Watcher(self.database, Leases(SqlLeases(self.database)), self.clock, self.occasion_at, node)
        stop = threading.Event()
        following = Following(watcher, lambda: [self.directory], self.told.append)
        thread = threading.Thread(target=following.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join(timeout=20)

    def watched(self) -> Watched:
        with self.database.read() as uow:
            found = uow.provisioning.watches.get(self.directory.name)
        return Watched() if found is None else found[0]

    def node(self) -> str:
        with self.database.read() as uow:
            found = uow.provisioning.watches.get(self.directory.name)
        return "" if found is None else found[1]

    def state(self, key: str) -> AccountState | None:
        """The account's state; None if there is none."""
        account = self.find(key)
        return None if account is None else account.state

    def find(self, key: str) -> Account | None:
        try:
            return self.account(key, self.directory.name)
        except LookupError:
            return None

    def is_active(self, key: str) -> bool:
        return self.state(key) is AccountState.ACTIVE

    def is_disabled(self, key: str) -> bool:
        return self.state(key) is AccountState.DISABLED


DEATHS: dict[str, tuple[type, str, str]] = {
    "while it reads": (Survey, "person", "after"),
    "before a plan is held": (DatabaseSink, "hold", "before"),
    "after a plan is held": (DatabaseSink, "hold", "after"),
    "between two batches": (DatabaseSink, "apply", "after"),
    "before a run is finished": (DatabaseSink, "finish", "before"),
    "after a run is finished": (DatabaseSink, "finish", "after"),
    "before a followed change is carried out": (DatabaseSink, "carry_out", "before"),
    "before a followed change's cookie is kept": (DatabaseSink, "carry_out", "after"),
}
"""Where a process can be made to die: at which method, and on which side of it."""


def die_at(death: str) -> None:
    """Kill this process, as if the power were cut, when it first gets there."""
    kind, name, side = DEATHS[death]
    method = getattr(kind, name)

    def dying(*arguments: object, **options: object) -> None:
        if side == "after":
            method(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(kind, name, dying)


def main(url: str, folder: str, directory: str, node: str = "one", death: str = "", batch: str = "") -> None:
    """Follow until killed; as the node `once`, read everything once. `directory`: an address, or a table in JSON."""
    if directory.startswith("{"):
        whole = directory_settings(json.loads(directory))
    else:
        whole = settings_for(directory, unit_filter=None, group_filter=None)
    town = FollowedTown(url, Path(folder), whole)
    if death:
        die_at(death)
    if node == "once":
        print("begun", flush=True)
        settings = RunSettings(whole.brake, batch=int(batch)) if batch else None
        town.read_all(progress=lambda stage, done: print(stage, done, flush=True), settings=settings)
        return
    with town.followed(node):
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
