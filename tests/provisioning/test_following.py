"""A real slapd followed by content synchronisation: what happens there happens here, a fault loses and doubles nothing.

What is the same whether searches go on or are asked again and again (`refreshOnly`) is tried both ways.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from deploy.municipality.slapd import BASE_DN, Slapd
from directory_sync import BrakeSettings
from directory_sync.settings import FollowSettings
from directory_sync.watched import WatchState
from idp.jobs.leases import Leases
from idp.provisioning.decisions import release
from idp.provisioning.following import LOOK_EVERY
from idp.provisioning.runs import RunState
from idp.provisioning.synchronise import LEASE as SYNCHRONISE_LEASE
from idp.provisioning.watching import FIRST_PAUSE, LEASE
from idp.storage.leases import SqlLeases
from idp.storage.tables import directory_entries, group_members, groups
from tests.directory_sync.proxy import proxy_to
from tests.directory_sync.told import PERSIST, REFRESH
from tests.directory_sync.town import dn_of, group, key_of, loaded, people, person, settings_for, unit
from tests.provisioning.followed import FollowedTown, eventually

ENTRIES = [*people("anna", "bo", "cia", "dan", "eva", "fia", "gun", "hans"), unit("U1", "Care"),
           group("nurses", dn_of("anna"))]  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Slapd]:
    made = loaded(tmp_path / "slapd", ENTRIES).start()
    yield made
    made.resume()
    made.stop()


# Which way it is followed makes no difference to the database: the second way is tried on one of them.
EITHER_WAY = pytest.mark.parametrize(
    ("mechanism", "database_url"),
    [("syncrepl", "sqlite"), ("syncrepl", "postgresql"), ("refreshOnly", "sqlite")],
    indirect=["database_url"],
)


@pytest.fixture
def mechanism() -> str:
    return "syncrepl"


@pytest.fixture
def town(database_url: str, mechanism: str, tmp_path: Path, server: Slapd) -> Iterator[FollowedTown]:
    follow = {"poll": 0.1, "mechanism": mechanism}
    made = FollowedTown(database_url, tmp_path, settings_for(server.url, follow=follow))
    yield made
    made.close()


def add(server: Slapd, uid: str, **attributes: object) -> None:
    ldif = person(uid, **attributes)  # type: ignore[arg-type]
    lines = [line for line in ldif.strip().split("\n") if not line.startswith("entryUUID")]
    server.modify("\n".join([lines[0], "changetype: add", *lines[1:]]) + "\n")


def key_at(town: FollowedTown, uid: str) -> str:
    rows = town.rows(select(directory_entries.c.key, directory_entries.c.dn))
    return next((row.key for row in rows if row.dn.startswith(f"uid={uid},")), "")


def replace_value(server: Slapd, uid: str, attribute: str, value: str) -> None:
    server.modify(f"dn: {dn_of(uid)}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n")


def delete(server: Slapd, uid: str) -> None:
    server.modify(f"dn: {dn_of(uid)}\nchangetype: delete\n")


def followed_since(town: FollowedTown) -> None:
    eventually(lambda: town.watched().state is WatchState.FOLLOWING and town.watched().cookie, "following")


@EITHER_WAY
def test_a_change_a_newcomer_and_a_leaver_are_followed(town, server, mechanism):
    with town.followed():
        followed_since(town)
        assert town.watched().mechanism == mechanism
        replace_value(server, "anna", "sn", "Ek")
        eventually(lambda: "Ek" in town.find(key_of("anna")).login or _surname(town, "anna") == "Ek")
        add(server, "ny")
        eventually(lambda: key_at(town, "ny") and town.is_active(key_at(town, "ny")))
        delete(server, "bo")
        eventually(lambda: town.is_disabled(key_of("bo")))
    assert town.find(key_of("bo")).disabled_reason == "deleted in the directory"
    watched = town.watched()
    assert watched.changes >= 3
    assert watched.took is not None
    assert town.told == []


def _surname(town: FollowedTown, uid: str) -> str:
    with town.database.read() as uow:
        return uow.people.get(town.person(key_of(uid), "town")).surname


@EITHER_WAY
def test_L5_a_positive_statement_acts_at_once_and_ends_sessions(town, server):
    with town.followed():
        followed_since(town)
        replace_value(server, "anna", "employeeType", "former")
        eventually(lambda: town.is_disabled(key_of("anna")))
        replace_value(server, "bo", "ekvikEmploymentEnd", "20200101000000Z")
        eventually(lambda: town.is_disabled(key_of("bo")))
        replace_value(server, "cia", "pwdAccountLockedTime", "000001010000Z")
        eventually(lambda: town.is_disabled(key_of("cia")))
        replace_value(server, "anna", "employeeType", "nurse")
        eventually(lambda: town.is_active(key_of("anna")))


def test_an_end_that_passes_while_nothing_changes(town, server):
    soon = datetime.now(UTC) + timedelta(minutes=1)
    stockholm = (soon + timedelta(hours=12)).astimezone(town.directory.settings.mapping.time_zone)
    town.change(follow=FollowSettings(reconcile_at=stockholm.time().replace(second=0, microsecond=0)))
    replace_value(server, "anna", "ekvikEmploymentEnd", f"{soon:%Y%m%d%H%M%S}Z")
    with town.followed():
        followed_since(town)
        assert town.is_active(key_of("anna"))
        read_at = town.watched().full_at
        town.ahead = timedelta(minutes=2)
        eventually(lambda: town.is_disabled(key_of("anna")))
        assert town.find(key_of("anna")).disabled_reason == "the last employment has ended"
        assert town.watched().full_at == read_at, "nobody but the clock said anything"


@EITHER_WAY
def test_it_goes_on_by_the_cookie_after_a_restart(town, server):
    with town.followed():
        followed_since(town)
    read_at = town.watched().full_at
    replace_value(server, "anna", "sn", "Ek")
    delete(server, "bo")
    with town.followed():
        eventually(lambda: _surname(town, "anna") == "Ek" and town.is_disabled(key_of("bo")))
        followed_since(town)
    assert town.watched().full_at == read_at, "nothing was read whole"


@EITHER_WAY
def test_persons_who_changed_while_nobody_followed_are_no_units_that_are_gone(town, server):
    """Slapd tells each search of every changed entry that is not among what it asks for."""
    with town.followed():
        followed_since(town)
    read_at = town.watched().full_at
    for name in ("Ek", "Alm"):
        replace_value(server, "anna", "sn", name)
    with town.followed():
        eventually(lambda: _surname(town, "anna") == "Alm")
        time.sleep(2.5)  # longer than a unit that has changed waits for others before everything is read
    assert town.watched().full_at == read_at, "nothing was read whole"


@EITHER_WAY
def test_units_and_groups_are_followed(town, server):
    with town.followed():
        followed_since(town)
        server.modify(f"dn: cn=nurses,{BASE_DN}\nchangetype: modify\nadd: member\nmember: {dn_of('bo')}\n")
        eventually(lambda: _members(town, "nurses") == {key_of("anna"), key_of("bo")})
        server.modify(f"dn: ou=Care,{BASE_DN}\nchangetype: modrdn\nnewrdn: ou=Caring\ndeleteoldrdn: 1\n")
        eventually(lambda: _unit_name(town) == "Caring")


def _members(town: FollowedTown, name: str) -> set[str]:
    with town.database.read() as uow:
        return set(uow.provisioning.structure.member_keys("town", key_of(f"group {name}")))


def _unit_name(town: FollowedTown) -> str:
    with town.database.read() as uow:
        units = {unit.key: unit.name for unit in uow.provisioning.structure.units("town")}
    return units[key_of("unit U1")]


def test_L9_many_small_plans_do_not_do_what_one_large_one_may_not(town, server):
    town.change(brake=BrakeSettings(share=0.25, number=2))
    with town.followed():
        followed_since(town)
        for uid in ("anna", "bo"):
            delete(server, uid)
        eventually(lambda: town.is_disabled(key_of("anna")) and town.is_disabled(key_of("bo")))
        delete(server, "cia")
        eventually(lambda: town.watched().state is WatchState.BRAKED and _waiting(town) is not None)
        replace_value(server, "dan", "sn", "Ek")
        eventually(lambda: _surname(town, "dan") == "Ek", "what takes nothing away goes on")
        assert town.is_active(key_of("cia"))
        whole_at = town.watched().current_at
        assert whole_at is not None
        assert whole_at < town.watched().changed_at, "it lags for as long as somebody waits for a decision"
        with town.database.write() as uow:
            assert release(uow, _waiting(town).id, "they have left", town.occasion_at(town.clock()))
        eventually(lambda: town.is_disabled(key_of("cia")))
        eventually(lambda: town.watched().state is WatchState.FOLLOWING)


def _waiting(town: FollowedTown):
    with town.database.read() as uow:
        return uow.provisioning.runs.current("town", (RunState.BRAKED,))


@EITHER_WAY
def test_a_cut_line_is_found_out_and_mended(town, server):
    with proxy_to(("127.0.0.1", server.port)) as proxy:
        town.change(url=f"ldap://127.0.0.1:{proxy.port}")
        with town.followed():
            followed_since(town)
            read_at = town.watched().full_at
            proxy.cut_after = 60  # a bind, and not much more
            proxy.cut()
            delete(server, "bo")
            eventually(lambda: town.told and town.watched().state is WatchState.WAITING)
            assert town.is_active(key_of("bo"))
            proxy.cut_after = None
            eventually(lambda: town.is_disabled(key_of("bo")))
            followed_since(town)
            assert town.watched().full_at == read_at


@EITHER_WAY
def test_a_server_that_is_away_is_waited_for(town, server):
    with town.followed():
        followed_since(town)
        server.stop()
        eventually(lambda: town.watched().state is WatchState.WAITING)
        assert "cannot be reached" in town.watched().error
        assert town.is_active(key_of("anna")), "silence disables nobody"
        server.start()
        replace_value(server, "anna", "sn", "Ek")
        eventually(lambda: _surname(town, "anna") == "Ek")
        eventually(lambda: town.watched().error == "")


@EITHER_WAY
def test_a_forgotten_cookie_means_a_full_reading(town, server):
    with town.followed():
        followed_since(town)
    read_at = town.watched().full_at
    server.stop()
    text = server.configuration.read_text(encoding="utf-8")
    server.configuration.write_text(text.replace("syncprov-sessionlog 10000", ""), encoding="utf-8")
    server.start()
    delete(server, "bo")
    replace_value(server, "anna", "sn", "Ek")
    with town.followed():
        eventually(lambda: town.is_disabled(key_of("bo")) and _surname(town, "anna") == "Ek")
    assert town.watched().full_at > read_at


ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONE_DATABASE
def test_searches_that_may_go_on_no_longer_are_asked_again_and_again_from_where_they_were(town, server):
    with proxy_to(("127.0.0.1", server.port)) as proxy:
        town.change(url=f"ldap://127.0.0.1:{proxy.port}")
        with town.followed():
            followed_since(town)
            read_at = town.watched().full_at
            proxy.alter = lambda data: data.replace(PERSIST, REFRESH)
            proxy.cut()
            delete(server, "bo")
            eventually(lambda: town.is_disabled(key_of("bo")))
            eventually(lambda: town.watched().mechanism == "refreshOnly")
            assert town.watched().full_at == read_at


@ONE_DATABASE
def test_nobody_goes_on_by_another_mechanisms_cookie(town, server):
    town.change(follow=FollowSettings(poll=0.1, mechanism="modifyTimestamp"))
    with town.followed():
        followed_since(town)
    read_at = town.watched().full_at
    delete(server, "bo")
    town.change(follow=FollowSettings())
    with town.followed():
        eventually(lambda: town.is_disabled(key_of("bo")))
        followed_since(town)
        assert town.watched().mechanism == "syncrepl"
        assert town.watched().full_at > read_at
    read_at = town.watched().full_at
    replace_value(server, "anna", "sn", "Ek")
    town.change(follow=FollowSettings(poll=0.1, mechanism="refreshOnly"))
    with town.followed():
        eventually(lambda: _surname(town, "anna") == "Ek")
        followed_since(town)
        eventually(lambda: town.watched().mechanism == "refreshOnly")
        assert town.watched().full_at == read_at, "of one kind"


def test_without_syncprov_it_is_asked_by_timestamp(town, server):
    server.stop()
    text = server.configuration.read_text(encoding="utf-8").replace("moduleload syncprov", "")
    head, _, _ = text.partition("overlay syncprov")
    server.configuration.write_text(head, encoding="utf-8")
    server.start()
    town.change(follow=FollowSettings(poll=0.1))
    with town.followed():
        followed_since(town)
        assert town.watched().mechanism == "modifyTimestamp"
        replace_value(server, "anna", "sn", "Ek")
        eventually(lambda: _surname(town, "anna") == "Ek")
        replace_value(server, "bo", "employeeType", "former")
        eventually(lambda: town.is_disabled(key_of("bo")))


def test_N4_one_node_leads_and_another_takes_over(town, server):
    with town.followed("one"):
        followed_since(town)
        with town.followed("two"):
            replace_value(server, "anna", "sn", "Ek")
            eventually(lambda: _surname(town, "anna") == "Ek")
            assert town.node() == "one"
    with town.followed("two"):
        eventually(lambda: town.node() == "two")
        replace_value(server, "anna", "sn", "Alm")
        eventually(lambda: _surname(town, "anna") == "Alm")


def test_nested_groups_are_followed_without_reading_everything(town, server):
    with town.followed():
        followed_since(town)
        read_at = town.watched().full_at
        staff = group("staff", f"cn=nurses,{BASE_DN}", dn_of("eva"))
        lines = [line for line in staff.strip().split("\n") if not line.startswith("entryUUID")]
        server.modify("\n".join([lines[0], "changetype: add", *lines[1:]]) + "\n")
        eventually(lambda: _named(town, "staff") == {key_of("anna"), key_of("eva")})
        server.modify(f"dn: cn=nurses,{BASE_DN}\nchangetype: modify\nadd: member\nmember: {dn_of('bo')}\n")
        eventually(lambda: _named(town, "staff") == {key_of("anna"), key_of("bo"), key_of("eva")})
        # A circle ends, and a newcomer who was listed beforehand is in when she comes.
        ring = f"dn: cn=nurses,{BASE_DN}\nchangetype: modify\nadd: member\nmember: cn=staff,{BASE_DN}\n"
        server.modify(ring + f"member: {dn_of('ny')}\n")
        eventually(lambda: key_of("eva") in _members(town, "nurses"))
        add(server, "ny")
        eventually(lambda: key_at(town, "ny") and key_at(town, "ny") in _named(town, "staff"))
        server.modify(f"dn: cn=staff,{BASE_DN}\nchangetype: delete\n")
        eventually(lambda: _named(town, "staff") == set())
        assert town.watched().full_at == read_at


def _named(town: FollowedTown, name: str) -> set[str]:
    rows = town.rows(
        select(directory_entries.c.key)
        .join(group_members, group_members.c.person_id == directory_entries.c.person_id)
        .join(groups, groups.c.id == group_members.c.group_id)
        .where(groups.c.name == name)
    )
    return {row.key for row in rows}


def test_N4_a_leader_that_dies_while_it_reads_everything_is_replaced_as_soon(town, server):
    # Two leases as such a leader leaves them: nobody gives them back, nobody prolongs them.
    dead = Leases(SqlLeases(town.database))
    assert dead.acquire(f"follow:{town.directory.name}", LEASE)
    assert dead.acquire(f"synchronise:{town.directory.name}", SYNCHRONISE_LEASE)
    with town.followed("heir"):
        followed_since(town)
        assert town.node() == "heir"
    # The reading's lease has run out when the heir gets the other one, but for what lies between two renewals.
    assert SYNCHRONISE_LEASE < LEASE
    assert LEASE.total_seconds() + LOOK_EVERY + 2 * FIRST_PAUSE < 10
