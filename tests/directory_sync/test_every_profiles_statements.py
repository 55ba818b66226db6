"""L3 to L7, L9 to L11 for every product, against a double that shows entries as each product's do."""

import time
import uuid

import pytest

from directory_sync import Changed, Inactivity, Outcome, RunSettings, synchronise
from directory_sync.ldap_bind import (
    BindAccepted,
    BindRejected,
    DirectoryUnavailable,
    Rejection,
    check_password_by_key,
)
from directory_sync.lines import ConflictKind
from directory_sync.settings import SettingsError
from directory_sync.settings_file import directory_settings
from directory_sync.sources.ldap_source import LdapSource
from directory_sync.sources.profiles import PROFILES
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW
from tests.support.truncating_ldap import truncating

BASE = "o=ekvik"
KEYS = {
    "openldap": lambda n: str(uuid.UUID(int=n)).encode(),
    "active_directory": lambda n: uuid.UUID(int=n).bytes_le,
    "389ds": lambda n: f"{n:08x}-e97211f1-82e69bfe-ad4300cf".encode(),
    "edirectory": lambda n: uuid.UUID(int=n).bytes,
    "domino": lambda n: f"{n:032X}".encode(),
}
DISABLED = {
    "openldap": {"pwdAccountLockedTime": [b"000001010000Z"]},
    "active_directory": {"userAccountControl": [b"514"]},
    "389ds": {"nsAccountLock": [b"true"]},
    "edirectory": {"loginDisabled": [b"TRUE"]},
    "domino": {"dominoAccessGroups": [b"Deny Access"]},
}
QUICK = {"connect": 1, "operation": 1, "sign_in": 1, "reading": 2}
SIZE_LIMIT = 4

pytestmark = pytest.mark.parametrize("kind", sorted(PROFILES))


def entry(kind, number, login="", dn="", **more):
    profile, person = PROFILES[kind], PROFILES[kind].mapping.person
    values = {
        profile.key_attribute: [KEYS[kind](number)],
        person.login: [(login or f"p{number}").encode()],
        person.given_name: [b"Anna"],
        person.surname: [f"Berg {number}".encode()],
        person.employee_number: [str(number).encode()],
        **more,
    }
    return dn or f"cn=p{number},{BASE}", values


def key(kind, number):
    return PROFILES[kind].canonical_key(KEYS[kind](number))


def settings_of(kind, server, **changes):
    told = {"kind": kind, "name": "town", "url": f"ldap://127.0.0.1:{server.port}", "base_dn": BASE,
            "bind_dn": f"cn=reader,{BASE}", "bind_password": "x", "timeouts": QUICK}  # fmt: skip
    if kind == "domino":
        told["mapping"] = {"person": {"disabled_when": {"dominoAccessGroups": "Deny Access"}}}
    return directory_settings({**told, **changes})


def sync(kind, sink, *entries, batch=500, **how):
    with truncating(entries, **how) as server:
        settings = settings_of(kind, server)
        return synchronise(
            LdapSource(settings), settings.mapping, sink, NOW, settings=RunSettings(settings.brake, batch)
        )


def check(kind, *entries, number=1):
    with truncating(entries) as server:
        result = check_password_by_key(settings_of(kind, server), key(kind, number), "secret", NOW)
        return result, [dn for dn in server.binds if "reader" not in dn]


def test_L3_exactly_one_entry_inside_the_base_and_a_bind_as_that_one(kind):
    anna, bo = entry(kind, 1), entry(kind, 2)
    assert check(kind, anna, bo) == (BindAccepted(), [anna[0]])
    twin = entry(kind, 1, dn=f"cn=twin,{BASE}")
    assert check(kind, anna, twin) == (BindRejected(Rejection.WRONG), [])
    assert check(kind, bo) == (BindRejected(Rejection.WRONG), [])
    outside = entry(kind, 1, dn="cn=p1,o=elsewhere")
    assert check(kind, outside) == (BindRejected(Rejection.WRONG), [])


def test_L4_no_password_in_the_clear_to_another_machine(kind):
    with truncating([]) as server:
        assert settings_of(kind, server, url="ldap://192.0.2.1").start_tls
        with pytest.raises(SettingsError, match="start_tls"):
            settings_of(kind, server, url="ldap://192.0.2.1", start_tls=False)


def test_L5_what_the_directory_says_against_a_person_acts_at_once_and_at_the_bind(kind):
    sink, anna = MemorySink(), entry(kind, 1)
    assert dict(sync(kind, sink, anna, entry(kind, 2)).applied) == {"joiner": 2}
    disabled = entry(kind, 1, **DISABLED[kind])
    assert dict(sync(kind, sink, disabled, entry(kind, 2)).applied) == {"leaver": 1}
    assert sink.persons["town", key(kind, 1)].reason is Inactivity.DISABLED
    assert check(kind, disabled)[0] == BindRejected(Rejection.DISABLED)


def test_L6_the_key_is_who_somebody_is_and_a_name_that_moves_inherits_nothing(kind):
    sink = MemorySink()
    sync(kind, sink, entry(kind, 1, "anna"), entry(kind, 2, "bo"))
    moved = entry(kind, 1, "annberg", dn=f"cn=other,ou=new,{BASE}")
    sync(kind, sink, moved, entry(kind, 2, "bo"))
    assert isinstance(sink.applied[-1], Changed)
    assert sink.persons["town", key(kind, 1)].record.dn == moved[0]
    report = sync(kind, sink, moved, entry(kind, 2, "bo"), entry(kind, 3, "anna"))
    assert [one.kind for one in report.conflicts] == [ConflictKind.LOGIN_MOVED]
    assert ("town", key(kind, 3)) not in sink.persons


@pytest.mark.parametrize("alike", ["ANNA", "\u0430nna", "anna\u0301".replace("a\u0301", "\u00e1"), " anna"])
def test_L7_names_that_look_alike_stop_for_a_human(kind, alike):
    sink = MemorySink()
    report = sync(kind, sink, entry(kind, 1, "anna"), entry(kind, 2, alike), entry(kind, 3, "bo"))
    assert {one.kind for one in report.conflicts} <= {ConflictKind.LOGIN_ALIKE, ConflictKind.LOGIN_SHARED}
    assert sink.active_keys() == {key(kind, 3)}


def test_L9_silence_disables_nobody(kind):
    sink, everybody = MemorySink(), [entry(kind, n) for n in range(1, 31)]
    sync(kind, sink, *everybody)
    assert sync(kind, sink).outcome is Outcome.UNREADABLE
    assert sync(kind, sink, *everybody[:18]).outcome is Outcome.BRAKED
    assert sync(kind, sink, *everybody[:29], ending=SIZE_LIMIT).reason
    assert len(sink.active_keys()) == 30
    assert dict(sync(kind, sink, *everybody[:29]).applied) == {"leaver": 1}


def test_L10_what_was_broken_off_is_gone_on_with(kind):
    class Killed(Exception):
        pass

    class Sink(MemorySink):
        batches = 0

        def apply(self, run, lines):
            self.batches += 1
            if self.batches == 3:
                raise Killed
            return super().apply(run, lines)

    sink, everybody = Sink(), [entry(kind, n) for n in range(1, 31)]
    with pytest.raises(Killed):
        sync(kind, sink, *everybody, batch=7)
    assert len(sink.persons) == 14
    assert dict(sync(kind, sink, *everybody, batch=7).applied) == {"joiner": 16}
    assert sync(kind, sink, *everybody).outcome is Outcome.UNCHANGED
    assert len(sink.active_keys()) == 30


def test_L11_one_that_hangs_is_not_waited_for(kind):
    began = time.monotonic()
    with truncating([entry(kind, 1)], silent=True) as server:
        settings = settings_of(kind, server)
        assert isinstance(check_password_by_key(settings, key(kind, 1), "secret", NOW), DirectoryUnavailable)
        report = synchronise(LdapSource(settings), settings.mapping, MemorySink(), NOW)
    assert report.outcome is Outcome.UNREADABLE
    assert time.monotonic() - began < 10
