"""Passwords checked and changed by a real slapd with its password policy."""

import threading
import time
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from directory_sync import Inactivity
from directory_sync.ldap_bind import (
    BindAccepted,
    BindRejected,
    Changed,
    DirectoryUnavailable,
    Located,
    NotLocated,
    Refused,
    RefusedChange,
    Rejection,
    change_password,
    check_password,
    check_password_by_key,
    locate,
)
from tests.directory_sync.people import NOW
from tests.directory_sync.proxy import closed_port, proxy_to, silence
from tests.directory_sync.town import (
    BASE_DN,
    PASSWORD,
    PEOPLE,
    READER_DN,
    READER_PASSWORD,
    dn_of,
    key_of,
    loaded,
    person,
    settings_for,
)
from tests.directory_sync.town import people as persons

LOCKOUT = {"ppolicy_hash_cleartext": "ppolicy_hash_cleartext\nppolicy_use_lockout"}
LONG_AGO = "20200101000000Z"
WRONG = BindRejected(Rejection.WRONG)


@pytest.fixture(scope="module")
def policed(tmp_path_factory):
    """People in every state that a password policy knows."""
    entries = [
        *persons("anna"),
        person("reset", pwdReset="TRUE"),
        person("expired", pwdChangedTime=LONG_AGO),
        person("locked", pwdAccountLockedTime="000001010000Z"),
        person("former", employeeType="former"),
        person("ended", ekvikEmploymentEnd="20261101000000Z"),
        person("nopass", userPassword=None),
    ]
    folder = tmp_path_factory.mktemp("policed")
    with loaded(folder, entries, policy={"pwdMaxFailure": "1000"}, edit=LOCKOUT) as server:
        yield server


@pytest.fixture
def settings(policed):
    return settings_for(policed.url)


def check(settings, uid, password=PASSWORD):
    return check_password(settings, dn_of(uid), password)


def test_the_right_password_and_a_wrong_one(settings):
    assert check(settings, "anna") == BindAccepted()
    assert check(settings, "anna", "Hemligt-Nog-2") == WRONG
    assert check(settings, "nobody") == WRONG
    assert check(settings, "nopass") == WRONG


def test_after_a_reset_the_password_must_be_changed(settings):
    assert check(settings, "reset") == BindAccepted(must_change=True)


def test_an_expired_password(settings):
    assert check(settings, "expired") == BindRejected(Rejection.EXPIRED)


def test_a_grace_sign_in_must_change_and_says_how_many_are_left(slapd):
    server = slapd([person("anna", pwdChangedTime=LONG_AGO)], policy={"pwdGraceAuthNLimit": "2"})
    settings = settings_for(server.url)
    assert check(settings, "anna") == BindAccepted(must_change=True, grace_left=1)
    assert check(settings, "anna") == BindAccepted(must_change=True, grace_left=0)
    assert check(settings, "anna") == BindRejected(Rejection.EXPIRED)


def test_a_password_that_will_expire_says_when(slapd):
    changed = datetime.now(UTC) - timedelta(seconds=500)
    entries = [person("anna", pwdChangedTime=f"{changed:%Y%m%d%H%M%SZ}")]
    server = slapd(entries, policy={"pwdMaxAge": "1000", "pwdExpireWarning": "600"})
    accepted = check(settings_for(server.url), "anna")
    assert isinstance(accepted, BindAccepted)
    assert 400 < (accepted.expires_in or 0) <= 500
    assert not accepted.must_change


def test_a_locked_account(settings):
    assert check(settings, "locked") == BindRejected(Rejection.LOCKED)


def test_too_many_failures_lock(slapd):
    server = slapd(edit=LOCKOUT, policy={"pwdMaxFailure": "2", "pwdLockoutDuration": "900"})
    settings = settings_for(server.url)
    assert check(settings, "anna", "x") == WRONG
    assert check(settings, "anna", "x") == WRONG
    assert check(settings, "anna") == BindRejected(Rejection.LOCKED)
    assert check_password_by_key(settings, key_of("anna"), PASSWORD, NOW) == BindRejected(Rejection.LOCKED)


# by key


def test_L3_the_person_is_found_by_key_wherever_the_entry_is(slapd):
    server = slapd()
    settings = settings_for(server.url)
    assert locate(settings, key_of("anna"), NOW) == Located(dn_of("anna"))
    server.modify(
        f"dn: {dn_of('anna')}\nchangetype: modrdn\nnewrdn: uid=other\ndeleteoldrdn: 1\nnewsuperior: {BASE_DN}\n"
    )
    assert locate(settings, key_of("anna"), NOW) == Located(f"uid=other,{BASE_DN}")
    assert check_password_by_key(settings, key_of("anna"), PASSWORD, NOW) == BindAccepted()
    assert check(settings, "anna") == WRONG


def test_L3_nobody_or_outside_the_base_or_the_filter_is_nobody(settings, policed):
    elsewhere = settings_for(policed.url, base_dn=f"ou=system,{BASE_DN}")
    filtered = settings_for(policed.url, person_filter="(&(objectClass=ekvikPerson)(!(uid=anna)))")
    for where, key in ((settings, key_of("nobody")), (elsewhere, key_of("anna")), (filtered, key_of("anna"))):
        assert locate(where, key, NOW) == NotLocated(0)
        assert check_password_by_key(where, key, PASSWORD, NOW) == WRONG


def test_L3_a_bind_outside_the_base_is_refused_before_the_network(policed):
    settings = settings_for(f"ldap://127.0.0.1:{closed_port()}")
    for dn in ("cn=admin,dc=other", "", "no dn", f"{BASE_DN},dc=other"):
        assert check_password(settings, dn, PASSWORD) == WRONG
        assert change_password(settings, dn, PASSWORD, "new") == Refused(RefusedChange.OLD_WRONG)
    inner = settings_for(policed.url, base_dn=PEOPLE)
    assert check_password(inner, READER_DN, READER_PASSWORD) == WRONG


@pytest.mark.parametrize(
    "key", ["*", "*)(uid=*", "x\\2a", "", f"{key_of('anna')})(uid=*", f"{key_of('anna')[:-1]}*"]
)
def test_L2_a_key_is_escaped_and_finds_only_itself(settings, key):
    assert locate(settings, key, NOW) == NotLocated(0)


def test_L2_only_text_is_taken(settings):
    for call in (
        lambda: locate(settings, b"key", NOW),
        lambda: check_password(settings, dn_of("anna").encode(), PASSWORD),
        lambda: check_password(settings, dn_of("anna"), PASSWORD.encode()),
        lambda: check_password_by_key(settings, key_of("anna"), None, NOW),
        lambda: change_password(settings, dn_of("anna"), PASSWORD, b"new"),
    ):
        with pytest.raises(TypeError, match="must be text"):
            call()


def test_L5_what_the_directory_says_now_wins_over_a_right_password(settings):
    assert check(settings, "former") == BindAccepted()
    for uid in ("former", "ended", "locked"):
        assert check_password_by_key(settings, key_of(uid), PASSWORD, NOW) == BindRejected(Rejection.DISABLED)
    assert check_password_by_key(settings, key_of("former"), "guess", NOW) == WRONG
    assert locate(settings, key_of("ended"), NOW) == Located(dn_of("ended"), Inactivity.ENDED)


# what never reaches the directory


@pytest.mark.parametrize("password", ["", "\0", f"{PASSWORD}\0x", "\ud800"])
def test_L1_an_empty_password_never_reaches_the_directory(town, password):
    with proxy_to(("127.0.0.1", town.port)) as proxy:
        settings = settings_for(f"ldap://127.0.0.1:{proxy.port}")
        assert check(settings, "anna", password) == WRONG
        assert check_password_by_key(settings, key_of("anna"), password, NOW) == WRONG
        assert change_password(settings, dn_of("anna"), password, "new") == Refused(RefusedChange.OLD_WRONG)
        assert change_password(settings, dn_of("anna"), PASSWORD, password) == Refused(
            RefusedChange.TOO_SHORT
        )
        assert proxy.connections == 0


def test_a_password_with_blanks_and_of_every_letter_is_a_password(slapd):
    server = slapd()
    settings = settings_for(server.url)
    for old, new in ((PASSWORD, " x " * 4), (" x " * 4, "ÅÄÖ åäö 漢字 🔑 (*)\\,=")):
        assert change_password(settings, dn_of("anna"), old, new) == Changed()
        assert check(settings, "anna", new) == BindAccepted()
        assert check(settings, "anna", old) == WRONG


# change of password


@pytest.mark.parametrize(
    ("uid", "old", "new", "reason"),
    [
        ("anna", "wrong", "Nytt-Hemligt-2", RefusedChange.OLD_WRONG),
        ("anna", PASSWORD, "kort", RefusedChange.TOO_SHORT),
        ("anna", PASSWORD, PASSWORD, RefusedChange.USED_BEFORE),
        ("expired", PASSWORD, "Nytt-Hemligt-2", RefusedChange.OLD_EXPIRED),
        ("locked", PASSWORD, "Nytt-Hemligt-2", RefusedChange.LOCKED),
    ],
)
def test_a_change_that_the_directory_refuses(settings, uid, old, new, reason):
    refused = change_password(settings, dn_of(uid), old, new)
    assert isinstance(refused, Refused)
    assert refused.reason is reason
    assert check(settings, "anna") == BindAccepted()


def test_a_change_that_the_policy_forbids(slapd):
    server = slapd(policy={"pwdAllowUserChange": "FALSE"})
    refused = change_password(settings_for(server.url), dn_of("anna"), PASSWORD, "Nytt-Hemligt-2")
    assert isinstance(refused, Refused)
    assert refused.reason is RefusedChange.NOT_ALLOWED


def test_a_change_that_comes_too_soon(slapd):
    server = slapd(policy={"pwdMinAge": "1000"})
    settings = settings_for(server.url)
    assert change_password(settings, dn_of("anna"), PASSWORD, "Nytt-Hemligt-2") == Changed()
    refused = change_password(settings, dn_of("anna"), "Nytt-Hemligt-2", "Nytt-Hemligt-3")
    assert isinstance(refused, Refused)
    assert refused.reason is RefusedChange.TOO_SOON


def test_after_a_reset_the_change_lets_the_person_in(slapd):
    server = slapd([person("anna", pwdReset="TRUE")])
    settings = settings_for(server.url)
    assert check(settings, "anna") == BindAccepted(must_change=True)
    assert change_password(settings, dn_of("anna"), PASSWORD, "Nytt-Hemligt-2") == Changed()
    assert check(settings, "anna", "Nytt-Hemligt-2") == BindAccepted()


# faults


def test_L11_an_unreachable_directory_says_nothing_about_the_password():
    settings = settings_for(f"ldap://127.0.0.1:{closed_port()}")
    assert isinstance(check(settings, "anna"), DirectoryUnavailable)
    assert isinstance(locate(settings, key_of("anna"), NOW), DirectoryUnavailable)
    assert isinstance(check_password_by_key(settings, key_of("anna"), PASSWORD, NOW), DirectoryUnavailable)
    assert isinstance(change_password(settings, dn_of("anna"), PASSWORD, "new"), DirectoryUnavailable)


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_L11_a_hanging_directory_is_waited_for_no_longer_than_agreed(scheme):
    limits = {"connect": 0.5, "operation": 5, "sign_in": 1, "reading": 20}
    with silence() as port:
        settings = settings_for(f"{scheme}://127.0.0.1:{port}", timeouts=limits)
        begun = time.monotonic()
        result = check_password_by_key(settings, key_of("anna"), PASSWORD, NOW)
        assert isinstance(result, DirectoryUnavailable)
        assert time.monotonic() - begun < 2


def test_L11_other_peoples_checks_go_on_while_one_directory_hangs(settings):
    limits = {"connect": 2, "operation": 2, "sign_in": 2, "reading": 20}
    with silence() as port:
        hanging = settings_for(f"ldap://127.0.0.1:{port}", timeouts=limits)
        threads = [Thread(target=check, args=(hanging, "anna")) for _ in range(16)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        begun = time.monotonic()
        assert check(settings, "anna") == BindAccepted()
        assert time.monotonic() - begun < 1
        assert all(thread.is_alive() for thread in threads)
        for thread in threads:
            thread.join()


def test_a_wrong_password_for_reading_is_not_the_persons_fault(policed):
    settings = settings_for(policed.url, bind_password="wrong")
    result = check_password_by_key(settings, key_of("anna"), PASSWORD, NOW)
    assert isinstance(result, DirectoryUnavailable)
    assert "bind_dn" in result.why


def test_L4_passwords_travel_under_TLS_only(town):
    with proxy_to(("127.0.0.1", town.port)) as proxy:
        url, ca_file = f"ldap://127.0.0.1:{proxy.port}", str(town.ca_file)
        settings = settings_for(url, ca_file=ca_file, start_tls=True)
        assert check(settings, "anna") == BindAccepted()
        assert PASSWORD.encode() not in proxy.sent
        refused = check(settings_for(url, start_tls=True), "anna")
        assert isinstance(refused, DirectoryUnavailable)
        assert refused.why.startswith("the directory's certificate is refused")
        assert PASSWORD.encode() not in proxy.sent


def test_no_connection_and_no_thread_is_left_behind(town):
    def threads_of_tunnels():
        return [thread for thread in threading.enumerate() if thread.name.startswith("tls ")]

    settings = settings_for(town.tls_url, ca_file=str(town.ca_file))
    for _ in range(20):
        assert check(settings, "anna") == BindAccepted()
    deadline = time.monotonic() + 2
    while threads_of_tunnels() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads_of_tunnels() == []
