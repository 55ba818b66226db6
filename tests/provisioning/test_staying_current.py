"""Who follows goes on: a leader that is killed, a directory or database that is away, and what following has missed."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from deploy.municipality.slapd import Slapd
from directory_sync.settings import FollowSettings
from directory_sync.sources.feeds import choose_feed
from directory_sync.watched import WatchState
from idp.jobs.leases import Leases
from idp.provisioning import watching
from idp.provisioning.watching import FIRST_PAUSE, LONGEST_PAUSE, Watcher
from idp.storage.leases import SqlLeases
from idp.storage.tables import directory_watches
from tests.directory_sync.proxy import closed_port
from tests.directory_sync.town import dn_of, key_of, loaded, people, settings_for
from tests.provisioning.followed import FollowedTown, eventually
from tests.support.postgres import PostgresCluster

PROMISE = 10.0
"""Seconds from a leader's death until another follows."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Slapd]:
    made = loaded(tmp_path / "slapd", people("anna", "bo", "cia", "dan")).start()
    yield made
    made.stop()


def town_at(url: str, folder: Path, server: Slapd) -> FollowedTown:
    return FollowedTown(url, folder, settings_for(server.url, unit_filter=None, group_filter=None))


@pytest.fixture
def town(database_url: str, tmp_path: Path, server: Slapd) -> Iterator[FollowedTown]:
    made = town_at(database_url, tmp_path, server)
    yield made
    made.close()


def rename(server: Slapd, uid: str, surname: str) -> None:
    server.modify(f"dn: {dn_of(uid)}\nchangetype: modify\nreplace: sn\nsn: {surname}\n")


def surname(town: FollowedTown, uid: str) -> str:
    with town.database.read() as uow:
        return uow.people.get(town.person(key_of(uid), "town")).surname


def follows(town: FollowedTown, node: str) -> bool:
    return town.watched().state is WatchState.FOLLOWING and town.node() == node


def test_N4_of_two_processes_the_other_follows_within_ten_seconds_of_the_leaders_death(
    town: FollowedTown, server: Slapd, tmp_path: Path
) -> None:
    url = town.database.engine.url.render_as_string(hide_password=False)

    def process(node: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.provisioning.followed", url, str(tmp_path), server.url, node]
        return subprocess.Popen(command, cwd=Path(__file__).parents[2])

    leader = process("leader")
    try:
        eventually(lambda: follows(town, "leader"))
        heir = process("heir")
        try:
            time.sleep(3)  # it has started, and asks for the lease in vain
            assert town.node() == "leader"
            rename(server, "anna", "Ek")
            eventually(lambda: surname(town, "anna") == "Ek")
            leader.kill()
            began = time.monotonic()
            rename(server, "anna", "Alm")
            eventually(lambda: surname(town, "anna") == "Alm")
            took = time.monotonic() - began
            eventually(lambda: town.node() == "heir")
            print(f"\nanother follows {took:.1f} s after the leader's death")
            assert 1 < took < PROMISE, "not at once: nobody may take what another still holds"
        finally:
            heir.kill()
            heir.wait()
    finally:
        leader.kill()
        leader.wait()


class Patience:
    """An event that waits for nothing, and remembers for how long it was asked to; set after so many waits."""

    def __init__(self, most: int) -> None:
        self.waited: list[float] = []
        self._most = most

    def is_set(self) -> bool:
        return len(self.waited) >= self._most

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        return self.is_set()


def test_a_directory_that_stays_away_is_asked_less_and_less_often(town: FollowedTown) -> None:
    town.change(url=f"ldap://127.0.0.1:{closed_port()}")
    patience = Patience(9)
    watcher = Watcher(town.database, Leases(SqlLeases(town.database)), town.clock, town.occasion_at, "one")
    watcher.lead(town.directory, patience, town.told.append)
    assert patience.waited[0] == FIRST_PAUSE
    assert patience.waited == sorted(patience.waited)
    assert patience.waited[1] == 2 * FIRST_PAUSE
    assert patience.waited[-1] == LONGEST_PAUSE, "and never given up"
    assert "cannot be reached" in town.told[-1]
    assert town.watched().state is WatchState.WAITING
    assert "cannot be reached" in town.watched().error


def test_what_following_has_missed_is_found_in_the_night(town: FollowedTown, server: Slapd) -> None:
    # Half a day away from now, whenever this runs: it comes while the test says so, and not before.
    zone = town.directory.settings.mapping.time_zone
    half_a_day = (datetime.now(UTC) + timedelta(hours=12)).astimezone(zone)
    town.change(follow=FollowSettings(reconcile_at=half_a_day.time().replace(second=0, microsecond=0)))
    with town.followed():
        eventually(lambda: follows(town, "one") and town.watched().cookie)
    server.modify(f"dn: {dn_of('bo')}\nchangetype: delete\n")
    rename(server, "cia", "Ek")
    # As if it had been told of both, and what it was told had been lost: the cookie of a server that told it once.
    with town.database.write() as uow:
        uow.connection.execute(update(directory_watches).values(cookie=cookie_now(town)))
    read_at = town.watched().full_at
    with town.followed():
        rename(server, "anna", "Alm")
        eventually(lambda: surname(town, "anna") == "Alm", "following goes on")
        assert town.is_active(key_of("bo"))
        assert surname(town, "cia") == "Berg"
        town.ahead = timedelta(hours=13)
        eventually(lambda: town.is_disabled(key_of("bo")) and surname(town, "cia") == "Ek")
        eventually(lambda: follows(town, "one"))
    assert town.watched().full_at > read_at + timedelta(hours=12)


def cookie_now(town: FollowedTown) -> str:
    """The cookie that the server gives now."""
    feed, _ = choose_feed(town.directory.settings)
    return feed.mark()


def test_a_database_that_is_away_ends_nothing(tmp_path: Path, server: Slapd, monkeypatch) -> None:
    died: list[object] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    with PostgresCluster() as cluster:
        town = town_at(cluster.create_database("away"), tmp_path, server)
        with town.followed():
            eventually(lambda: follows(town, "one"))
            with cluster.away():
                rename(server, "anna", "Ek")
                eventually(lambda: any("the database does not answer" in told for told in town.told))
                time.sleep(3)
            eventually(lambda: surname(town, "anna") == "Ek")
            rename(server, "anna", "Alm")
            eventually(lambda: surname(town, "anna") == "Alm")
        town.close()
    assert died == [], "no thread ends in a traceback: its words are told"


def test_a_fault_that_nobody_foresaw_is_told_and_tried_again(
    town: FollowedTown, server: Slapd, monkeypatch
) -> None:
    faults = iter([KeyError("of its own kind")])

    whole = watching.synchronise

    def synchronise(*arguments, **options):
        for fault in faults:
            raise fault
        return whole(*arguments, **options)

    monkeypatch.setattr(watching, "synchronise", synchronise)
    with town.followed():
        eventually(lambda: follows(town, "one"))
    assert "KeyError" in town.told[0]
    assert "of its own kind" not in town.told[0], "its text may hold what nobody is to read (K4)"
