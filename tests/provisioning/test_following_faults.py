"""A followed directory under every fault: nothing lost, nothing twice, nobody wrongly disabled. Real slapds.

Dying, hanging and limits in the middle of a reading: `tests/directory_sync/test_ldap_faults.py` and `test_openldap.py`;
lines cut at every step of a synchronisation: `test_content_synchronisation.py` there; the same with Samba and 389:
`test_experiments.py`; random histories with crashes between: `test_model.py`.
"""

import random
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, update

from deploy.municipality.certificates import issue_certificate
from deploy.municipality.slapd import BASE_DN
from directory_sync import Outcome, RunInProgress
from directory_sync.reading import EntryKind
from directory_sync.sources.ldap_source import LdapSource
from directory_sync.watched import WatchState
from idp.domain.errors import Unavailable
from idp.storage.tables import accounts, audit_records, directory_entries, leases, persons
from tests.directory_sync.proxy import proxy_to
from tests.directory_sync.town import PEOPLE, dn_of, loaded, people, settings_for
from tests.provisioning.followed import DEATHS, FollowedTown, eventually

ROOT = Path(__file__).parents[2]
UIDS = [f"p{number}" for number in range(12)]
ONLY_PEOPLE = {"unit_filter": None, "group_filter": None}


@pytest.fixture
def slapds(tmp_path):
    started = []

    def start(*uids, **options):
        server = loaded(tmp_path / f"slapd{len(started)}", people(*(uids or UIDS)), **options).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.resume()
        server.stop()


@pytest.fixture
def town_of(tmp_path):
    made = []

    def make(url, **changes):
        town = FollowedTown(
            f"sqlite+pysqlite:///{tmp_path / 'test.sqlite'}",
            tmp_path,
            settings_for(url, **{**ONLY_PEOPLE, **changes}),
        )
        made.append(town)
        return town

    yield make
    for town in made:
        town.close()


def following(town):
    eventually(lambda: town.watched().state is WatchState.FOLLOWING and town.watched().cookie, "following")


def added(uid):
    lines = [line for line in people(uid)[0].strip().split("\n") if not line.startswith("entryUUID")]
    return "\n".join([lines[0], "changetype: add", *lines[1:]]) + "\n"


def add(server, uid):
    server.modify(added(uid))


def rename(server, uid, surname):
    server.modify(f"dn: {dn_of(uid)}\nchangetype: modify\nreplace: sn\nsn: {surname}\n")


def surnames(town):
    rows = town.rows(
        select(directory_entries.c.dn, persons.c.surname).join(
            persons, persons.c.id == directory_entries.c.person_id
        )
    )
    return {row.dn.split(",")[0].removeprefix("uid="): row.surname for row in rows}


def active(town):
    rows = town.rows(select(accounts.c.login).where(accounts.c.state == "active"))
    return {row.login for row in rows}


def test_restored_from_an_old_backup_nobody_is_absent_until_a_human_has_seen_it(slapds, town_of, tmp_path):
    server = slapds()
    town = town_of(server.url)
    server.stop()
    shutil.copytree(server.folder / "data", tmp_path / "backup")
    server.start()
    with town.followed():
        following(town)
        add(server, "newest")
        rename(server, "p1", "Later")
        eventually(lambda: "newest" in active(town) and surnames(town)["p1"] == "Later")
    server.stop()
    shutil.rmtree(server.folder / "data")
    shutil.copytree(tmp_path / "backup", server.folder / "data")
    server.start()
    with town.followed():
        eventually(lambda: town.watched().state is WatchState.BRAKED)
        assert "knows less than it did" in town.watched().error
        assert "newest" in active(town)
        rename(server, "p2", "Again")
        eventually(lambda: surnames(town)["p2"] == "Again", "what is new is followed all the same")
        assert active(town) == {*UIDS, "newest"}


def test_a_replica_with_another_cookie_is_read_whole_and_followed(slapds, town_of):
    first, second = (
        slapds(),
        slapds(*UIDS, "extra"),
    )  # loaded by itself: it has numbered its changes otherwise
    with proxy_to(("127.0.0.1", first.port)) as proxy:
        town = town_of(f"ldap://127.0.0.1:{proxy.port}")
        with town.followed():
            following(town)
            rename(first, "p2", "Here")
            eventually(lambda: surnames(town)["p2"] == "Here")
            read_at = town.watched().full_at
            proxy.target = ("127.0.0.1", second.port)
            first.stop()
            proxy.cut()
            # It knows nothing of the latest change: it is behind, and nobody is absent because it says so.
            eventually(lambda: town.watched().full_at > read_at)
            rename(second, "p1", "There")
            eventually(lambda: surnames(town)["p1"] == "There" and "extra" in active(town))
            assert active(town) == {*UIDS, "extra"}


def test_F78_another_certificate_is_not_bound_to_until_it_is_the_right_one_again(slapds, town_of, tmp_path):
    server = slapds(tls=True)
    town = town_of(server.tls_url, ca_file=str(server.ca_file))
    with town.followed():
        following(town)
        right = server.certificate
        other = issue_certificate(tmp_path / "other", "127.0.0.1")
        kept = {path: path.read_bytes() for path in (right.certificate, right.key)}
        server.stop()
        right.certificate.write_bytes(other.certificate.read_bytes())
        right.key.write_bytes(other.key.read_bytes())
        server.start()
        eventually(
            lambda: (
                town.watched().state is WatchState.WAITING and "certificate" in town.watched().error.lower()
            )
        )
        rename(server, "p1", "Unseen")
        assert active(town) == set(UIDS)
        server.stop()
        for path, content in kept.items():
            path.write_bytes(content)
        server.start()
        eventually(lambda: surnames(town)["p1"] == "Unseen")


def test_a_line_that_swallows_everything_is_found_out(slapds, town_of):
    server = slapds()
    timeouts = {"connect": 1, "operation": 1, "sign_in": 2, "reading": 20, "silence": 0.5}
    with proxy_to(("127.0.0.1", server.port)) as proxy:
        town = town_of(f"ldap://127.0.0.1:{proxy.port}", timeouts=timeouts)
        with town.followed():
            following(town)
            rename(server, "p2", "Heard")
            eventually(lambda: surnames(town)["p2"] == "Heard", "the search goes on")
            proxy.swallows = True
            rename(server, "p1", "Hidden")
            eventually(lambda: town.watched().state is WatchState.WAITING)
            assert surnames(town)["p1"] == "Berg"
            proxy.cut()
            proxy.swallows = False
            eventually(lambda: surnames(town)["p1"] == "Hidden")
            following(town)
            assert active(town) == set(UIDS)


def test_a_hanging_server_is_waited_for_and_nobody_leaves(slapds, town_of):
    server = slapds()
    timeouts = {"connect": 1, "operation": 1, "sign_in": 2, "reading": 20, "silence": 0.5}
    town = town_of(server.url, timeouts=timeouts)
    with town.followed():
        following(town)
        rename(server, "p2", "Heard")
        eventually(lambda: surnames(town)["p2"] == "Heard", "the search goes on")
        server.pause()
        eventually(lambda: town.watched().state is WatchState.WAITING)
        assert active(town) == set(UIDS)
        server.resume()
        rename(server, "p1", "Awake")
        eventually(lambda: surnames(town)["p1"] == "Awake")


def test_entries_that_move_while_they_are_read_are_neither_lost_nor_doubled(slapds, town_of):
    server = slapds()
    town = town_of(server.url, page_size=1)
    town.read_all()
    moves = iter(UIDS[::-1])

    class Moving(LdapSource):
        def read(self, kind: EntryKind, take, glance=None):
            def taken(entry):
                take(entry)
                uid = next(moves, None)
                if uid is not None:
                    change = (
                        f"changetype: modrdn\nnewrdn: uid={uid}\ndeleteoldrdn: 0\nnewsuperior: {BASE_DN}\n"
                    )
                    server.modify(f"dn: uid={uid},{PEOPLE}\n{change}")

            return super().read(kind, taken, None if glance is None else lambda *_: False)

    report = town.read_all(source=Moving(town.directory.settings))
    assert report.outcome in {Outcome.APPLIED, Outcome.UNCHANGED}
    assert active(town) == set(UIDS)
    town.read_all()
    assert town.rows(select(func.count()).select_from(accounts))[0][0] == len(UIDS)


def test_two_runs_at_once_do_everything_once(slapds, town_of):
    server = slapds(*(f"p{number}" for number in range(300)))
    town = town_of(server.url, page_size=50)
    refused, done = [], []

    def run():
        try:
            done.append(town.read_all().outcome)
        except RunInProgress:
            refused.append(1)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done
    assert len(done) + len(refused) == 4
    assert len(active(town)) == 300
    assert town.rows(select(func.count()).select_from(persons))[0][0] == 300


def test_a_full_disk_stops_a_run_which_goes_on_when_there_is_room(slapds, town_of):
    server = slapds(*(f"p{number}" for number in range(400)))
    town = town_of(server.url)
    room = {"pages": 150}

    def limit(connection, _record, _proxy=None):
        connection.execute(f"PRAGMA max_page_count = {room['pages']}")

    event.listen(town.database.engine, "checkout", limit)
    with pytest.raises(Unavailable, match="full"):
        town.read_all()
    before = active(town)
    room["pages"] = 1_000_000
    report = town.read_all()
    assert report.outcome in {Outcome.APPLIED, Outcome.UNCHANGED}
    assert active(town) == {f"p{number}" for number in range(400)} >= before
    assert town.read_all().outcome is Outcome.UNCHANGED


def process(town, tmp_path, url, *how):
    """Another process at the same database."""
    program = [sys.executable, "-m", "tests.provisioning.followed"]
    command = [*program, str(town.database.engine.url), str(tmp_path), url, *how]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


@pytest.mark.parametrize("death", DEATHS)
def test_X1_L10_killed_at_each_stage_it_goes_on_and_loses_and_doubles_nothing(
    slapds, town_of, tmp_path, death
):
    server = slapds()
    town = town_of(server.url)
    is_followed = "followed" in death
    if is_followed:
        with town.followed():
            following(town)
    else:
        town.read_all()
    for uid in UIDS[1:6]:
        rename(server, uid, "Later")
    server.modify(f"dn: {dn_of('p0')}\nchangetype: delete\n")
    add(server, "newest")
    dying = process(town, tmp_path, server.url, "one" if is_followed else "once", death, "3")
    dying.communicate(timeout=60)
    assert dying.returncode == -9, "the stage was not reached"
    assert {row.login for row in disabled(town)} <= {"p0"}
    free_leases(town)
    if is_followed:
        with town.followed():
            eventually(lambda: "newest" in active(town) and "p0" not in active(town))
            following(town)
    else:
        town.read_all()
        assert town.read_all().outcome is Outcome.UNCHANGED
    assert active(town) == {*UIDS[1:], "newest"}
    assert {uid: surnames(town)[uid] for uid in UIDS[1:6]} == dict.fromkeys(UIDS[1:6], "Later")
    assert town.rows(select(func.count()).select_from(persons))[0][0] == len(UIDS) + 1
    assert set(summaries(town)) == {1}, "one summary for each run"


def summaries(town):
    """How many records say that a run has ended, for each run."""
    ended = town.rows(
        select(audit_records.c.object, func.count())
        .where(audit_records.c.type == "synchronisation.ended")
        .group_by(audit_records.c.object)
    )
    return [count for _, count in ended]


def test_L9_a_size_limit_while_it_is_followed_loses_nothing(slapds, town_of):
    server = slapds()
    town = town_of(server.url)
    with town.followed():
        following(town)
    whole = server.configuration.read_text(encoding="utf-8")
    limited = whole.replace("size.soft=unlimited size.hard=unlimited", "size.soft=3 size.hard=3")
    assert limited != whole

    def restart(text):
        server.stop()
        server.configuration.write_text(text, encoding="utf-8")
        server.start()

    restart(limited)
    for uid in UIDS[1:]:
        rename(server, uid, "Later")
    server.modify(f"dn: {dn_of('p0')}\nchangetype: delete\n")
    with town.followed():
        # The search that goes on is cut, and so is the one that is asked instead.
        eventually(lambda: "size limit" in town.watched().error)
        assert active(town) >= set(UIDS[1:])
    restart(whole)
    with town.followed():
        eventually(lambda: active(town) == set(UIDS[1:]))
        eventually(lambda: {surnames(town)[uid] for uid in UIDS[1:]} == {"Later"})


def test_a_disk_that_is_full_while_it_is_followed_loses_nothing(slapds, town_of):
    server = slapds()
    town = town_of(server.url)
    full = {"is": False}

    def limit(connection, _record, _proxy=None):
        pages = connection.execute("PRAGMA page_count").fetchone()[0] if full["is"] else 1_000_000
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(town.database.engine, "checkout", limit)
    names = [f"new{number}" for number in range(40)]
    with town.followed():
        following(town)
        full["is"] = True
        server.modify("\n".join(map(added, names)))
        server.modify(f"dn: {dn_of('p0')}\nchangetype: delete\n")
        eventually(lambda: any("full" in text for text in town.told))
        assert active(town) >= set(UIDS[1:])
        full["is"] = False
        eventually(lambda: active(town) == {*UIDS[1:], *names})
    assert town.rows(select(func.count()).select_from(persons))[0][0] == len(UIDS) + len(names)


def test_X1_a_watch_that_is_killed_again_and_again_ends_where_the_directory_is(slapds, town_of, tmp_path):
    server = slapds()
    town = town_of(server.url)
    chance = random.Random(7)
    for turn in range(4):
        follower = process(town, tmp_path, server.url)
        ends = time.monotonic() + chance.uniform(0.5, 3)
        number = 0
        while time.monotonic() < ends:
            rename(server, f"p{chance.randrange(12)}", f"Turn{turn}x{number}")
            number += 1
        follower.kill()
        follower.communicate()
    expected = {uid: f"Final{uid}" for uid in UIDS}
    for uid, surname in expected.items():
        rename(server, uid, surname)
    add(server, "newest")
    with town.followed():
        eventually(lambda: {uid: surnames(town).get(uid) for uid in UIDS} == expected)
        eventually(lambda: "newest" in active(town))
    assert active(town) == {*UIDS, "newest"}
    assert town.rows(select(func.count()).select_from(persons))[0][0] == len(UIDS) + 1
    assert replace(town.watched(), cookie=None).state is WatchState.FOLLOWING


def test_X4_F79_empty_partial_unreadable_and_cut_answers_take_nothing_away(slapds, town_of):
    server = slapds()
    town = town_of(server.url)
    town.read_all()
    whole = town.directory

    def then(**changes):
        town.directory = replace(whole, settings=replace(whole.settings, **changes))
        return town.read_all()

    nobody = then(person_filter="(&(objectClass=ekvikPerson)(uid=nobody))")
    assert nobody.outcome is Outcome.UNREADABLE
    some = "".join(f"(uid={uid})" for uid in UIDS[:4])
    assert then(person_filter=f"(&(objectClass=ekvikPerson)(|{some}))").outcome is Outcome.BRAKED
    assert then(base_dn=f"ou=hidden,{BASE_DN}").outcome is Outcome.UNREADABLE
    with proxy_to(("127.0.0.1", server.port), cut_after=1200) as proxy:
        cut = then(url=f"ldap://127.0.0.1:{proxy.port}")
        assert cut.reason
        assert cut.applied == {}
    assert active(town) == set(UIDS)
    town.directory = whole
    assert town.read_all().outcome is Outcome.UNCHANGED
    server.modify(f"dn: {dn_of('p1')}\nchangetype: delete\n")
    assert town.read_all().applied == {"leaver": 1}


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_X1_a_run_of_50_000_that_is_killed_twenty_times_ends_as_if_nothing_had_been(
    slapds, town_of, tmp_path
):
    number = 50_000
    server = slapds(*(f"p{n}" for n in range(number)))
    town = town_of(server.url, page_size=1000)
    chance = random.Random(11)
    stages = set()
    for _ in range(20):
        reader = process(town, tmp_path, server.url, "once")
        steps = chance.randint(1, 70)
        reader.stdout.readline()  # it has begun
        for step in reader.stdout:
            stages.add(step.split()[0])
            steps -= 1
            if steps == 0:
                # In the middle of a step, not at its end.
                time.sleep(chance.uniform(0, 0.05))
                break
        reader.kill()
        reader.communicate()
        free_leases(town)
    assert stages == {"read", "hold", "apply"}, "not every stage was reached"
    assert disabled(town) == []
    town.read_all()
    assert town.read_all().outcome is Outcome.UNCHANGED
    assert len(active(town)) == number
    assert town.rows(select(func.count()).select_from(persons))[0][0] == number
    assert disabled(town) == []
    assert set(summaries(town)) == {1}, "one summary for each run"


def free_leases(town):
    """As if the dead one's had run out: nobody waits for that here."""
    with town.database.write() as uow:
        uow.connection.execute(update(leases).values(until=datetime(2000, 1, 1, tzinfo=UTC), holder=""))


def disabled(town):
    return town.rows(select(accounts.c.login).where(accounts.c.state == "disabled"))
