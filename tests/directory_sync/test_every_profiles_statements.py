"""L3 to L7, L9 to L11 for every product: a double shows entries as each does, and a file has the same people as rows.

The table of statements, products and tests is in docs/specifications.md.
"""

import os
import tempfile
import time
import uuid
from pathlib import Path

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
from directory_sync.sources.feeds import source_of
from directory_sync.sources.ldap_source import LdapSource
from directory_sync.sources.personnel_file import FIELDS
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
    "personnel_file": lambda n: f"key {n}".encode(),
}
DISABLED = {
    "openldap": {"pwdAccountLockedTime": [b"000001010000Z"]},
    "active_directory": {"userAccountControl": [b"514"]},
    "389ds": {"nsAccountLock": [b"true"]},
    "edirectory": {"loginDisabled": [b"TRUE"]},
    "domino": {"dominoAccessGroups": [b"Deny Access"]},
    "personnel_file": {"employment_end": [b"2020-01-01"]},
}
QUICK = {"connect": 1, "operation": 1, "sign_in": 1, "reading": 2}
SIZE_LIMIT = 4

FILE = "personnel_file"
COLUMNS = ("key", "login", "given_name", "surname", "employee_number", "employment_end")

# What is about a server, its line, its binds and its groups does not apply to a file: it has none of them.
SERVERS = pytest.mark.parametrize("kind", sorted(PROFILES))
EVERYTHING = pytest.mark.parametrize("kind", [*sorted(PROFILES), FILE])


def entry(kind, number, login="", dn="", **more):
    person = FIELDS.person if kind == FILE else PROFILES[kind].mapping.person
    values = {
        "key" if kind == FILE else PROFILES[kind].key_attribute: [KEYS[kind](number)],
        person.login: [(login or f"p{number}").encode()],
        person.given_name: [b"Anna"],
        person.surname: [f"Berg {number}".encode()],
        person.employee_number: [str(number).encode()],
        **more,
    }
    return dn or f"cn=p{number},{BASE}", values


def key(kind, number):
    return KEYS[kind](number).decode() if kind == FILE else PROFILES[kind].canonical_key(KEYS[kind](number))


def settings_of(kind, server, **changes):
    told = {"kind": kind, "name": "town", "url": f"ldap://127.0.0.1:{server.port}", "base_dn": BASE,
            "bind_dn": f"cn=reader,{BASE}", "bind_password": "x", "timeouts": QUICK}  # fmt: skip
    if kind == "domino":
        told["mapping"] = {"person": {"disabled_when": {"dominoAccessGroups": "Deny Access"}}}
    return directory_settings({**told, **changes})


def sync_file(sink, entries, batch, *, cut=False):
    rows = [[values.get(name, [b""])[0].decode() for name in COLUMNS] for _, values in entries]
    lines = [";".join(row) for row in [COLUMNS, *rows, ["END"]]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "personal.csv"
        path.write_text("\n".join(lines[: -1 if cut else None]) + "\n", encoding="utf-8")
        told = {"kind": FILE, "name": "town", "path": str(path), "end_row": "END", "personal_numbers": False}
        settings = directory_settings({**told, "columns": dict(zip(COLUMNS, COLUMNS, strict=True))})
        run_settings = RunSettings(settings.brake, batch)
        return synchronise(source_of(settings), settings.mapping, sink, NOW, settings=run_settings)


def sync(kind, sink, *entries, batch=500, **how):
    if kind == FILE:
        return sync_file(sink, entries, batch, cut="ending" in how)
    with truncating(entries, **how) as server:
        settings = settings_of(kind, server)
        return synchronise(
            LdapSource(settings), settings.mapping, sink, NOW, settings=RunSettings(settings.brake, batch)
        )


def check(kind, *entries, number=1):
    with truncating(entries) as server:
        result = check_password_by_key(settings_of(kind, server), key(kind, number), "secret", NOW)
        return result, [dn for dn in server.binds if "reader" not in dn]


@SERVERS
def test_L3_exactly_one_entry_inside_the_base_and_a_bind_as_that_one(kind):
    anna, bo = entry(kind, 1), entry(kind, 2)
    assert check(kind, anna, bo) == (BindAccepted(), [anna[0]])
    twin = entry(kind, 1, dn=f"cn=twin,{BASE}")
    assert check(kind, anna, twin) == (BindRejected(Rejection.WRONG), [])
    assert check(kind, bo) == (BindRejected(Rejection.WRONG), [])
    outside = entry(kind, 1, dn="cn=p1,o=elsewhere")
    assert check(kind, outside) == (BindRejected(Rejection.WRONG), [])


@SERVERS
def test_L4_no_password_in_the_clear_to_another_machine(kind):
    with truncating([]) as server:
        assert settings_of(kind, server, url="ldap://192.0.2.1").start_tls
        with pytest.raises(SettingsError, match="start_tls"):
            settings_of(kind, server, url="ldap://192.0.2.1", start_tls=False)


@EVERYTHING
def test_L5_what_the_directory_says_against_a_person_acts_at_once_and_at_the_bind(kind):
    sink, anna = MemorySink(), entry(kind, 1)
    assert dict(sync(kind, sink, anna, entry(kind, 2)).applied) == {"joiner": 2}
    disabled = entry(kind, 1, **DISABLED[kind])
    assert dict(sync(kind, sink, disabled, entry(kind, 2)).applied) == {"leaver": 1}
    said = Inactivity.ENDED if kind == FILE else Inactivity.DISABLED
    assert sink.persons["town", key(kind, 1)].reason is said
    if kind != FILE:
        assert check(kind, disabled)[0] == BindRejected(Rejection.DISABLED)


@EVERYTHING
def test_L6_the_key_is_who_somebody_is_and_a_name_that_moves_inherits_nothing(kind):
    sink = MemorySink()
    sync(kind, sink, entry(kind, 1, "anna"), entry(kind, 2, "bo"))
    moved = entry(kind, 1, "annberg", dn=f"cn=other,ou=new,{BASE}")
    sync(kind, sink, moved, entry(kind, 2, "bo"))
    assert isinstance(sink.applied[-1], Changed)
    record = sink.persons["town", key(kind, 1)].record
    assert (record.login, record.dn) == ("annberg", "key key 1" if kind == FILE else moved[0])
    report = sync(kind, sink, moved, entry(kind, 2, "bo"), entry(kind, 3, "anna"))
    assert [one.kind for one in report.conflicts] == [ConflictKind.LOGIN_MOVED]
    assert ("town", key(kind, 3)) not in sink.persons


@EVERYTHING
@pytest.mark.parametrize("alike", ["ANNA", "\u0430nna", "anna\u0301".replace("a\u0301", "\u00e1"), " anna"])
def test_L7_names_that_look_alike_stop_for_a_human(kind, alike):
    sink = MemorySink()
    report = sync(kind, sink, entry(kind, 1, "anna"), entry(kind, 2, alike), entry(kind, 3, "bo"))
    assert {one.kind for one in report.conflicts} <= {ConflictKind.LOGIN_ALIKE, ConflictKind.LOGIN_SHARED}
    assert sink.active_keys() == {key(kind, 3)}


@EVERYTHING
def test_L9_silence_disables_nobody(kind):
    sink, everybody = MemorySink(), [entry(kind, n) for n in range(1, 31)]
    sync(kind, sink, *everybody)
    assert sync(kind, sink).outcome is Outcome.UNREADABLE
    assert sync(kind, sink, *everybody[:18]).outcome is Outcome.BRAKED
    assert sync(kind, sink, *everybody[:29], ending=SIZE_LIMIT).reason
    assert len(sink.active_keys()) == 30
    assert dict(sync(kind, sink, *everybody[:29]).applied) == {"leaver": 1}


@EVERYTHING
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


@SERVERS
def test_L11_one_that_hangs_is_not_waited_for(kind):
    began = time.monotonic()
    with truncating([entry(kind, 1)], silent=True) as server:
        settings = settings_of(kind, server)
        assert isinstance(check_password_by_key(settings, key(kind, 1), "secret", NOW), DirectoryUnavailable)
        report = synchronise(LdapSource(settings), settings.mapping, MemorySink(), NOW)
    assert report.outcome is Outcome.UNREADABLE
    assert time.monotonic() - began < 10


@SERVERS
def test_L11_a_circle_of_groups_ends(kind):
    profile, sink = PROFILES[kind], MemorySink()
    anna = entry(kind, 1)

    def group(number, name, *members):
        names = {profile.key_attribute: [KEYS[kind](number)], profile.mapping.group.name: [name.encode()]}
        return f"cn={name},{BASE}", {**names, "member": [member.encode() for member in members]}

    inner, outer = group(8, "inner", anna[0], f"cn=outer,{BASE}"), group(9, "outer", f"cn=inner,{BASE}")
    with truncating([anna, inner, outer]) as server:
        settings = settings_of(kind, server, group_filter="(objectClass=group)")
        report = synchronise(LdapSource(settings), settings.mapping, sink, NOW)
    assert report.reason is None
    for number in (8, 9):
        assert sink.group_members("town", key(kind, number)) == {key(kind, 1)}


def test_L11_a_pipe_is_no_personnel_file_and_not_waited_for(tmp_path):
    pipe = tmp_path / "personal.csv"
    os.mkfifo(pipe)
    columns = dict(zip(COLUMNS, COLUMNS, strict=True))
    settings = directory_settings({"kind": FILE, "name": "town", "path": str(pipe), "columns": columns})
    report = synchronise(source_of(settings), settings.mapping, MemorySink(), NOW)
    assert report.outcome is Outcome.UNREADABLE
    assert "is no file" in report.reason


@pytest.mark.parametrize("field", ["role", "administrator", "mfa_exempt", "state", "primary_group"])
def test_L8_no_column_gives_a_role_or_an_exemption(field):
    told = {"kind": FILE, "name": "town", "path": "x", "columns": {"key": "k", "surname": "s", field: "f"}}
    with pytest.raises(SettingsError, match="no such field"):
        directory_settings(told)


@pytest.mark.parametrize("key_of_a_server", ["url", "person_filter", "start_tls", "bind_dn"])
def test_L1_L2_L4_a_personnel_file_has_neither_a_line_nor_a_filter_nor_a_bind(key_of_a_server):
    columns = {"key": "k", "surname": "s"}
    told = {"kind": FILE, "name": "town", "path": "x", "columns": columns, key_of_a_server: "x"}
    with pytest.raises(SettingsError, match="no such setting"):
        directory_settings(told)
