"""Active Directory on a real Samba domain controller: keys, states, groups, bind words, and following."""

from datetime import UTC, datetime, timedelta

import pytest

from directory_sync import Inactivity
from directory_sync.changes import CookieForgotten, Gone, Seen
from directory_sync.entry import DirectoryEntry
from directory_sync.ldap_bind import (
    BindAccepted,
    BindRejected,
    Changed,
    Refused,
    RefusedChange,
    Rejection,
    change_password,
    check_password_by_key,
    locate,
)
from directory_sync.live_groups import LiveGroups
from directory_sync.mapping import map_person
from directory_sync.reading import Complete, EntryKind
from directory_sync.run import synchronise
from directory_sync.settings_file import directory_settings
from directory_sync.sources.active_directory import expires_at, guid_filter, guid_key, sid_text
from directory_sync.sources.dirsync import DirSync
from directory_sync.sources.feeds import choose_feed
from directory_sync.sources.ldap_source import LdapSource
from directory_sync.sources.usn import UsnChanges
from tests.directory_sync.memory_sink import MemorySink
from tests.support.samba import ADMIN_DN, ADMIN_PASSWORD, BASE_DN, READER_DN, READER_PASSWORD, Samba

SCHOOL = f"OU=Skola,{BASE_DN}"
PASSWORD = "Hemligt-Nog-1"
NEVER_VALUES = ["0", "9223372036854775807", "3155378976000000000"]


def dn(name: str) -> str:
    return f"CN={name},{SCHOOL}"


def add_user(server: Samba, name: str, **values: str) -> str:
    told = {"sAMAccountName": name, "givenName": name.capitalize(), "sn": "Berg", "userAccountControl": "512"}
    server.add(dn(name), ["user"], **{**told, **values})
    return guid_key(server.guid(dn(name)))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Samba(tmp_path_factory.mktemp("samba") / "dc") as made:
        made.add(SCHOOL, ["organizationalUnit"], description="The school")
        for name in ("anna", "bo", "cia"):
            add_user(made, name)
        made.set_password(dn("anna"), PASSWORD)
        made.add(f"CN=machine,{SCHOOL}", ["computer"], sAMAccountName="MACHINE$")
        made.add(dn("inner"), ["group"], sAMAccountName="inner", member=[dn("anna")])
        made.add(dn("outer"), ["group"], sAMAccountName="outer", member=[dn("inner"), dn("bo")])
        made.replace(dn("inner"), member=[dn("anna"), dn("outer")])  # a circle
        yield made


def settings_of(server: Samba, *, as_admin: bool = False, **changes):
    bind = (ADMIN_DN, ADMIN_PASSWORD) if as_admin else (READER_DN, READER_PASSWORD)
    told = {"kind": "active_directory", "name": "town", "url": server.url, "base_dn": SCHOOL, "bind_dn": bind[0],
            "bind_password": bind[1], "unit_filter": "(objectClass=organizationalUnit)",
            "group_filter": "(objectClass=group)", "page_size": 2, "follow": {"poll": 0.05}}  # fmt: skip
    return directory_settings({**told, **changes})


def sync(server: Samba, sink: MemorySink, **changes):
    settings = settings_of(server, **changes)
    return synchronise(LdapSource(settings), settings.mapping, sink, datetime.now(UTC))


def entries(server: Samba) -> dict[str, DirectoryEntry]:
    found: list[DirectoryEntry] = []
    assert isinstance(LdapSource(settings_of(server)).read(EntryKind.PERSON, found.append), Complete)
    return {entry.first("sAMAccountName"): entry for entry in found}


def test_persons_units_and_nested_groups_with_a_circle(server):
    sink = MemorySink()
    report = sync(server, sink)
    assert report.reason is None
    assert report.broken == ()
    keys = {name: guid_key(server.guid(dn(name))) for name in ("anna", "bo", "cia", "inner", "outer")}
    assert {keys["anna"], keys["bo"], keys["cia"]} <= sink.active_keys()
    both = {keys["anna"], keys["bo"]}
    assert (sink.group_members("town", keys["inner"]), sink.group_members("town", keys["outer"])) == (
        both,
        both,
    )
    assert [(u.code, u.name) for u in sink.known_units("town")] == [("Skola", "The school")]
    assert "machine" not in {entry.first("sAMAccountName").lower() for entry in entries(server).values()}


def test_a_primary_group_has_its_members_though_it_does_not_list_them(server):
    settings = settings_of(server, base_dn=BASE_DN, person_filter="(&(objectClass=user)(sn=Berg))")
    sink = MemorySink()
    synchronise(LdapSource(settings), settings.mapping, sink, datetime.now(UTC))
    users = guid_key(server.guid(f"CN=Domain Users,CN=Users,{BASE_DN}"))
    assert sink.group_members("town", users) >= {guid_key(server.guid(dn("anna")))}


@pytest.mark.parametrize("feed_of", [DirSync, UsnChanges])
def test_a_primary_group_that_changes_is_followed_without_reading_everything(server, feed_of):
    settings = settings_of(
        server, base_dn=BASE_DN, as_admin=True, person_filter="(&(objectClass=user)(sn=Berg))"
    )
    sink = MemorySink()
    name = f"office{feed_of.mechanism}"
    server.add(dn(name), ["group"], sAMAccountName=name, member=[dn("cia")])
    synchronise(LdapSource(settings), settings.mapping, sink, datetime.now(UTC))
    groups = LiveGroups("town", settings.mapping)
    assert groups.read(LdapSource(settings), sink)
    feed = feed_of(settings)
    cookie = feed.mark()
    number = server.number(dn(name))
    before = server.value(dn("cia"), "primaryGroupID")
    # The domain makes a plain member of the group that was the primary one, and the other way round.
    server.replace(dn("cia"), primaryGroupID=number)
    try:
        groups.change(next(feed.follow(cookie, lambda: False)).changes, sink)
        # Listed no more, and a member all the same: nothing is to be done in any group.
        assert len(groups.plan(sink, datetime.now(UTC), 3).lines) == 0
        # A group that is new, and the primary one of somebody whom it does not list.
        server.add(dn(f"late{name}"), ["group"], sAMAccountName=f"late{name}", member=[dn("cia")])
        server.replace(dn("cia"), primaryGroupID=server.number(dn(f"late{name}")))
        groups.change(next(feed.follow(cookie, lambda: False)).changes, sink)
        (late,) = groups.plan(sink, datetime.now(UTC), 3).lines
        assert (late.record.name, late.record.members) == (f"late{name}", (guid_key(server.guid(dn("cia"))),))
    finally:
        server.replace(dn("cia"), primaryGroupID=before)


@pytest.mark.parametrize("never", NEVER_VALUES)
def test_every_never_is_never(never):
    moment = expires_at(never)
    assert moment is None or moment.year == 9999


def test_L5_disabled_and_expired_are_statements(server):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    ticks = str(int((yesterday - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000)
    add_user(server, "dis", userAccountControl="514")
    add_user(server, "exp", accountExpires=ticks)
    add_user(server, "nev", accountExpires="0")
    mapping = settings_of(server).mapping
    found = {name: map_person(entry, mapping) for name, entry in entries(server).items()}
    now = datetime.now(UTC)
    assert found["dis"].inactivity(now) is Inactivity.DISABLED
    assert found["exp"].inactivity(now) is Inactivity.EXPIRED
    assert abs((found["exp"].expires - yesterday).total_seconds()) < 1
    assert found["nev"].inactivity(now) is None
    assert (found["exp"].origins["expires"], found["dis"].origins["disabled"]) == (
        "accountExpires", "userAccountControl",
    )  # fmt: skip


def test_L6_a_renamed_and_moved_entry_is_the_same_person(server):
    key = add_user(server, "moving")
    other = f"OU=Other,{SCHOOL}"
    server.add(other, ["organizationalUnit"])
    server.rename(dn("moving"), "CN=moved", other)
    assert entries(server)["moving"].key == key
    found = locate(settings_of(server), key, datetime.now(UTC))
    assert found.dn == f"CN=moved,{other}"


class TestBind:
    @pytest.fixture(scope="class")
    def key(self, server):
        key = add_user(server, "binder")
        server.set_password(dn("binder"), PASSWORD)
        return key

    def check(self, server, key, password=PASSWORD):
        return check_password_by_key(settings_of(server), key, password, datetime.now(UTC))

    def test_right_and_wrong(self, server, key):
        assert isinstance(self.check(server, key), BindAccepted)
        assert self.check(server, key, "wrong") == BindRejected(Rejection.WRONG)

    def test_must_change_in_its_own_words(self, server, key):
        server.replace(dn("binder"), pwdLastSet="0")
        assert self.check(server, key) == BindRejected(Rejection.MUST_CHANGE)
        assert self.check(server, key, "wrong") == BindRejected(Rejection.WRONG)
        server.replace(dn("binder"), pwdLastSet="-1")

    def test_disabled_and_expired_in_its_own_words(self, server, key):
        server.replace(dn("binder"), userAccountControl="514")
        assert self.check(server, key) == BindRejected(Rejection.DISABLED)
        server.replace(dn("binder"), userAccountControl="512", accountExpires="131000000000000000")
        assert self.check(server, key) == BindRejected(Rejection.DISABLED)
        server.replace(dn("binder"), accountExpires="0")

    def test_an_expired_password_in_its_own_words(self, server):
        key = add_user(server, "expired")
        server.set_password(dn("expired"), PASSWORD)
        assert isinstance(self.check(server, key), BindAccepted)
        server.age_password(dn("expired"), 50)  # the domain's own limit is 42 days
        assert self.check(server, key) == BindRejected(Rejection.EXPIRED)
        assert self.check(server, key, "wrong") == BindRejected(Rejection.WRONG)
        changed = change_password(settings_of(server), dn("expired"), PASSWORD, "Nytt-Hemligt-22")
        assert changed == Refused(RefusedChange.OLD_EXPIRED)

    def test_outside_the_permitted_hours_in_its_own_words(self, server):
        key = add_user(server, "nightly", logonHours="\0" * 21)
        server.set_password(dn("nightly"), PASSWORD)
        assert self.check(server, key) == BindRejected(Rejection.DISABLED)

    def test_locked_after_wrong_ones_in_its_own_words(self, server):
        key = add_user(server, "locker")
        server.set_password(dn("locker"), PASSWORD)
        hour = str(-36_000_000_000)
        server.replace(BASE_DN, lockoutThreshold="2", lockoutDuration=hour, lockOutObservationWindow=hour)
        try:
            for _ in range(3):
                self.check(server, key, "wrong")
            assert self.check(server, key) == BindRejected(Rejection.LOCKED)
        finally:
            server.replace(BASE_DN, lockoutThreshold="0")

    def test_L1_an_empty_password_never_reaches_the_directory(self, server, key):
        assert self.check(server, key, "") == BindRejected(Rejection.WRONG)

    def test_a_password_is_changed_by_the_person(self, server):
        add_user(server, "changer")
        server.set_password(dn("changer"), PASSWORD)
        server.connected().modify_s(BASE_DN, [(2, "minPwdAge", [b"0"])])
        settings = settings_of(server)
        assert isinstance(change_password(settings, dn("changer"), PASSWORD, "x"), Refused)
        assert change_password(settings, dn("changer"), PASSWORD, "Nytt-Hemligt-22") == Changed()
        key = guid_key(server.guid(dn("changer")))
        assert isinstance(self.check(server, key, "Nytt-Hemligt-22"), BindAccepted)


@pytest.mark.parametrize("as_admin", [True, False], ids=["dirsync", "usn"])
def test_what_happens_is_followed(server, as_admin):
    feed, capabilities = choose_feed(settings_of(server, as_admin=as_admin))
    assert isinstance(feed, DirSync if as_admin else UsnChanges)
    name = "dirsync" if as_admin else "usn"
    assert capabilities["followed by"] == name
    cookie = feed.mark()
    key = add_user(server, f"new{name}")
    server.replace(dn("outer"), description=name)
    changes = next(feed.follow(cookie, lambda: False)).changes
    seen = {change.entry.key: change.kind for change in changes if isinstance(change, Seen)}
    assert seen[key] is EntryKind.PERSON
    assert seen[guid_key(server.guid(dn("outer")))] is EntryKind.GROUP


@pytest.mark.parametrize("feed_of", [DirSync, UsnChanges])
def test_a_deletion_is_told_to_whoever_may_see_it(server, feed_of):
    feed = feed_of(settings_of(server, as_admin=True))
    cookie = feed.mark()
    leaving = add_user(server, f"gone{feed.mechanism}")
    server.delete(dn(f"gone{feed.mechanism}"))
    moving = add_user(server, f"out{feed.mechanism}")
    server.rename(dn(f"out{feed.mechanism}"), f"CN=out{feed.mechanism}", f"CN=Users,{BASE_DN}")
    told = next(feed.follow(cookie, lambda: False)).changes
    assert Gone(EntryKind.PERSON, leaving) in told
    if feed_of is DirSync:
        assert Gone(EntryKind.PERSON, moving) in told, "out of the base is gone, too"


def test_another_server_or_one_that_went_back_needs_a_full_reading(server):
    feed = UsnChanges(settings_of(server))
    cookie = feed.mark()
    other = cookie.replace('"invocation": "', '"invocation": "0')
    with pytest.raises(CookieForgotten) as forgotten:
        next(feed.follow(other, lambda: False))
    assert not forgotten.value.backwards
    usn = cookie.split('"usn": ')[1].split(",")[0]
    with pytest.raises(CookieForgotten) as forgotten:
        next(feed.follow(cookie.replace(usn, usn + "0"), lambda: False))
    assert forgotten.value.backwards


def test_bytes_as_text():
    raw = bytes(range(16))
    assert guid_key(raw) == "03020100-0504-0706-0809-0a0b0c0d0e0f"
    assert guid_filter(guid_key(raw)) == "".join(f"\\{byte:02x}" for byte in raw)
    assert sid_text(bytes.fromhex("0102000000000005200000002002 0000".replace(" ", ""))) == "S-1-5-32-544"
    with pytest.raises(ValueError, match="SID"):
        sid_text(b"\x01\x05short")
