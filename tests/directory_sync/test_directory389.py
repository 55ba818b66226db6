"""389 Directory Server, the real one: keys, locks, bind words, content synchronisation."""

import re
import time

import ldap
import pytest
from ldap.syncrepl import SyncRequestControl

from directory_sync import Inactivity
from directory_sync.changes import CookieForgotten, Gone, Seen
from directory_sync.ldap_bind import BindAccepted, BindRejected, Rejection, check_password_by_key
from directory_sync.mapping import map_person
from directory_sync.reading import Complete, EntryKind
from directory_sync.settings_file import directory_settings
from directory_sync.sources.directory389 import DIRECTORY_389, unique_id, unique_id_of_uuid
from directory_sync.sources.feeds import choose_feed
from directory_sync.sources.ldap_source import LdapSource
from directory_sync.sources.refresh_only import RefreshOnly
from directory_sync.sources.syncrepl import Syncrepl
from tests.directory_sync.people import NOW
from tests.directory_sync.told import until_complete
from tests.support.directory389 import BASE_DN, READER_DN, READER_PASSWORD, Directory389

PASSWORD = "Hemligt-Nog-1"
KEY = "ce3020c5-e97211f1-82e69bfe-ad4300cf"


def dn(uid: str) -> str:
    return f"uid={uid},{BASE_DN}"


def add(server: Directory389, uid: str) -> None:
    server.add(
        dn(uid), "inetOrgPerson", uid=uid, cn=uid, sn="Berg", employeeNumber=uid, userPassword=PASSWORD
    )


@pytest.fixture(scope="module")
def server():
    with Directory389() as made:
        for uid in ("anna", "bo", "cia"):
            add(made, uid)
        yield made


@pytest.fixture
def settings(server):
    return directory_settings(
        {"kind": "389ds", "name": "town", "url": server.url, "base_dn": BASE_DN, "bind_dn": READER_DN,
         "bind_password": READER_PASSWORD, "person_filter": "(employeeNumber=*)", "page_size": 2,
         "follow": {"poll": 0.05}}
    )  # fmt: skip


def read(settings):
    found = []
    assert isinstance(LdapSource(settings).read(EntryKind.PERSON, found.append), Complete)
    return {entry.first("uid"): map_person(entry, settings.mapping) for entry in found}


def test_the_same_digits_are_one_key():
    assert unique_id(KEY.upper().encode()) == KEY
    assert unique_id_of_uuid("ce3020c5-e972-11f1-82e6-9bfead4300cf") == KEY
    with pytest.raises(ValueError, match="nsUniqueId"):
        unique_id(b"ce3020c5-e972-11f1-82e6-9bfead4300cf")
    assert DIRECTORY_389.mechanisms[0] == "syncrepl"


def test_L5_a_lock_is_a_statement_and_has_its_words_at_the_bind(server, settings):
    assert read(settings)["anna"].inactivity(NOW) is None
    key = read(settings)["bo"].key
    assert isinstance(check_password_by_key(settings, key, PASSWORD, NOW), BindAccepted)
    assert check_password_by_key(settings, key, "wrong", NOW) == BindRejected(Rejection.WRONG)
    server.replace(dn("bo"), "nsAccountLock", "true")
    assert read(settings)["bo"].inactivity(NOW) is Inactivity.DISABLED
    assert check_password_by_key(settings, key, PASSWORD, NOW) == BindRejected(Rejection.DISABLED)


@pytest.fixture
def config(server):
    """The server's own settings, changed for one test."""
    before: dict[str, str] = {}

    def change(**values: str) -> None:
        for name, value in values.items():
            before.setdefault(name, {"on": "off", "off": "on"}.get(value, "3"))
            server.replace("cn=config", name, value)

    yield change
    for name, value in before.items():
        server.replace("cn=config", name, value)


def test_an_expired_password_and_a_lock_after_wrong_ones_have_their_words(server, settings, config):
    add(server, "erik")
    add(server, "frida")
    keys = {uid: read(settings)[uid].key for uid in ("erik", "frida")}
    config(passwordExp="on")
    server.replace(dn("erik"), "passwordExpirationTime", "20200101000000Z")
    assert check_password_by_key(settings, keys["erik"], PASSWORD, NOW) == BindRejected(Rejection.EXPIRED)
    config(passwordExp="off", passwordLockout="on", passwordMaxFailure="2")
    told = [check_password_by_key(settings, keys["frida"], "wrong", NOW) for _ in range(4)]
    assert told[0] == BindRejected(Rejection.WRONG)
    assert told[-1] == BindRejected(Rejection.LOCKED)
    assert check_password_by_key(settings, keys["frida"], PASSWORD, NOW) == BindRejected(Rejection.LOCKED)


def test_searches_that_may_go_on(settings):
    feed, capabilities = choose_feed(settings)
    assert (feed.mechanism, capabilities["followed by"]) == ("syncrepl", "syncrepl")


@pytest.mark.parametrize("feed_of", [Syncrepl, RefreshOnly])
def test_L5_what_is_told_of_the_time_between_has_its_key_and_its_lock(server, settings, feed_of):
    """389 leaves both out of what it takes from its change log: a locked account would look like any other."""
    feed, uid = feed_of(settings), f"lock{feed_of.__name__}".lower()
    cookie = feed.mark()
    add(server, uid)
    server.replace(dn(uid), "nsAccountLock", "true")
    seen = [one for one in until_complete(feed, cookie)[0] if isinstance(one, Seen)]
    assert map_person(seen[-1].entry, settings.mapping).inactivity(NOW) is Inactivity.DISABLED
    assert {one.entry.key for one in seen} == {read(settings)[uid].key}


def test_a_forgotten_cookie_is_said(settings):
    feed = RefreshOnly(settings)
    with pytest.raises(CookieForgotten, match="forgotten"):
        next(feed.follow(re.sub(r"#\d+", "#999999", feed.mark()), lambda: False))


@pytest.mark.parametrize("feed_of", [Syncrepl, RefreshOnly])
def test_what_happens_is_followed(server, settings, feed_of):
    feed, uid = feed_of(settings), f"new{feed_of.__name__}".lower()
    add(server, f"old{uid}")
    leaving = read(settings)[f"old{uid}"].key
    cookie = feed.mark()
    server.delete(dn(f"old{uid}"))
    ends = time.monotonic() + 60
    changes = []
    for told in feed.follow(cookie, lambda: time.monotonic() > ends):
        changes += told.changes
        if told.cookie is not None and not any(isinstance(one, Seen) for one in changes):
            add(server, uid) if uid not in read(settings) else None
        if len({type(one) for one in changes}) == 2:
            break
    assert feed.mechanism == ("syncrepl" if feed_of is Syncrepl else "refreshOnly")
    assert Gone(EntryKind.PERSON, leaving) in changes
    assert read(settings)[uid].key in {one.entry.key for one in changes if isinstance(one, Seen)}


@pytest.fixture
def full(server):
    """A server on which no further search may go on: it has a limit."""
    held = []
    for _ in range(20):
        connection = ldap.initialize(server.url)
        connection.simple_bind_s(READER_DN, READER_PASSWORD)
        held.append(connection)
        request = SyncRequestControl(mode="refreshAndPersist")
        arguments = (BASE_DN, ldap.SCOPE_BASE, "(uid=nobody)", ["1.1"])
        message = connection.search_ext(*arguments, serverctrls=[request])
        try:
            connection.result4(message, 0, 5, add_intermediates=1)
        except ldap.UNWILLING_TO_PERFORM:
            break
    else:
        pytest.fail("there is no limit")
    yield
    for connection in held:
        connection.unbind_s()


def test_a_server_at_its_limit_of_searches_that_go_on_is_asked_again_and_again(server, settings, full):
    feed, _ = choose_feed(settings)
    cookie = feed.mark()
    add(server, "pia")
    changes, _ = until_complete(feed, cookie)
    assert feed.mechanism == "refreshOnly"
    assert [one.entry.first("uid") for one in changes] == ["pia"]
