"""Administrators, accounts, codes, sessions, factors: acts that leave a record and print what is needed."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from idp.domain import administration
from idp.domain.appointments import doer_of
from idp.domain.assurance import Method, Proof
from idp.domain.handles import SessionId, digest, new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.session import Session

SEED = base64.b32encode(b"0123456789abcdefghij").decode()


def audit(installed, event: str) -> list[dict]:
    return installed.portvakt("audit", "show", "--type", event, "--json").json


def test_an_administrator_is_added_once_and_the_code_is_shown_once(anywhere):
    out = anywhere.portvakt("administrator", "add", "Åsa Öberg-Lind").out
    login = next(line.split()[-1] for line in out.splitlines() if "login" in line)
    code = next(line.split()[-1] for line in out.splitlines() if "activation code" in line)
    shown = anywhere.portvakt("account", "show", login.upper(), "--json").json
    assert (shown["roles"], shown["state"], shown["password"]) == (["administrator"], "active", "local")
    again = anywhere.portvakt("administrator", "add", "Åsa Öberg-Lind").out
    assert login not in again
    taken = anywhere.portvakt("administrator", "add", "Bo Ek", "--login", login, code=1)
    assert "is or was somebody's" in taken.err
    everything = str(audit(anywhere, ""))
    assert "account.created" in everything
    assert code not in everything
    assert code.replace("-", "") not in everything


def test_names_that_are_none_are_refused(installed):
    for nothing in ("  ", "\u200b\u2060", "\u3164", "\uffa0 \u115f", "\u0301", "-"):
        assert "expected a person's name" in installed.portvakt("administrator", "add", nothing, code=1).err
        refused = installed.portvakt("administrator", "add", "Anna Berg", "--login", nothing, code=1)
        assert "expected a user name" in refused.err


def test_C4_the_last_administrator_is_not_disabled_by_command_either(anywhere):
    login = anywhere.administrator()
    refused = anywhere.portvakt("account", "disable", login, "--reason", "quit", code=1)
    assert "last administrator" in refused.err
    assert anywhere.portvakt("account", "show", login, "--json").json["state"] == "active"


def test_an_account_is_disabled_with_a_reason_and_enabled(anywhere):
    anywhere.portvakt("administrator", "add", "Bo Ek")
    login = anywhere.administrator()
    assert "sessions have ended" in anywhere.portvakt("account", "disable", login, "--reason", "quit").out
    assert "already" in anywhere.portvakt("account", "disable", login, "--reason", "quit").out
    shown = anywhere.portvakt("account", "show", login, "--json").json
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", "quit")
    (event,) = audit(anywhere, "account.disabled")
    assert (event["reason"], event["actor_kind"]) == ("quit", "command")
    anywhere.portvakt("account", "enable", login, "--reason", "back")
    assert anywhere.portvakt("account", "show", login, "--json").json["state"] == "active"
    anywhere.portvakt("account", "disable", login)
    shown = anywhere.portvakt("account", "show", login, "--json").json
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", "disabled on the command line")


def test_appointing_an_account_that_exists(installed):
    login = installed.administrator()
    assert "already" in installed.portvakt("administrator", "appoint", login).out
    assert "no account" in installed.portvakt("administrator", "appoint", "nobody", code=1).err


def test_codes_are_printed_and_not_kept(installed):
    login = installed.administrator()
    for noun, longest in (("activation-code", "31d"), ("temporary-code", "25h")):
        code = installed.portvakt("account", noun, login, "--valid-for", "2h").out.splitlines()[0]
        assert len(code.replace("-", "")) >= 12
        assert code.replace("-", "").encode() not in (installed.folder / "portvakt.db").read_bytes()
        for wrong in (longest, "soon", "0s"):
            assert (
                "--valid-for" in installed.portvakt("account", noun, login, "--valid-for", wrong, code=1).err
            )
    kinds = [event["payload"]["details"]["kind"] for event in audit(installed, "factor.code_issued")]
    assert kinds == ["temporary_code", "activation_code", "activation_code"]


class TestImport:
    def test_K1_seeds_are_bound_sealed_and_audited(self, anywhere):
        login = anywhere.administrator()
        file = anywhere.write("seeds.csv", f"# from the old system\n{login};{SEED.lower()}\n")
        assert "1 authenticator(s) bound" in anywhere.portvakt("factor", "import", str(file)).out
        (factor,) = anywhere.portvakt("account", "show", login, "--json").json["factors"]
        assert factor["kind"] == "totp"
        (event,) = audit(anywhere, "factor.bound")
        assert event["reason"] == "import"
        assert SEED not in str(audit(anywhere, ""))

    def test_what_is_bound_already_is_left_out_and_said(self, installed):
        login = installed.administrator()
        file = installed.write("seeds.csv", f"{login};{SEED}\nnobody;{SEED[::-1]}\n")
        installed.portvakt("factor", "import", str(file), code=3)
        result = installed.portvakt("factor", "import", str(file), "--json", code=3)
        assert result.json["bound"] == 0
        assert [left["line"] for left in result.json["left_out"]] == [1, 2]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{login}", "line 1: expected login;base32 seed"),
            (";" + SEED, "line 1: expected login;base32 seed"),
            ("{login};n0t-b4se32!", "line 1: the seed is not base32"),
            ("{login};" + base64.b32encode(b"short").decode(), "line 1: the seed is shorter than 16 bytes"),
            ("{login};" + SEED + "\nother;" + SEED, "line 2: has the same seed as line 1"),
        ],
    )
    def test_one_wrong_line_stops_everything(self, installed, text, said):
        login = installed.administrator()
        file = installed.write("seeds.csv", text.replace("{login}", login) + f"\n{login};{SEED[::-1]}\n")
        result = installed.portvakt("factor", "import", str(file), code=1)
        assert result.err.startswith(f"portvakt: {said}")
        assert SEED not in result.err
        assert installed.portvakt("account", "show", login, "--json").json["factors"] == []


def test_sessions_are_listed_and_ended(anywhere):
    login = anywhere.administrator()
    now = datetime.now(UTC)
    with anywhere.database() as database, database.write() as uow:
        account = uow.accounts.by_login(login)
        for number in range(3):
            proofs = (Proof(Method.PASSWORD, now),)
            session = Session(SessionId(new_id()), account.id, proofs, now, now, now + timedelta(hours=1))
            uow.sessions.add(session, digest(str(number)))
    listed = anywhere.portvakt("session", "list", login).out.splitlines()
    one = listed[1].split()[0]
    assert len(listed) == 4
    assert "1 session(s)" in anywhere.portvakt("session", "end", login, one).out
    assert "no unended session" in anywhere.portvakt("session", "end", login, one, code=1).err
    assert "2 session(s)" in anywhere.portvakt("session", "end", login).out
    assert anywhere.portvakt("session", "list", login).out == "No living session.\n"
    assert len(audit(anywhere, "session.ended")) == 3


class TestRoles:
    def test_C4_roles_are_given_listed_and_taken_but_the_last_administrators(self, anywhere):
        first = anywhere.administrator()
        given = anywhere.portvakt(
            "role", "give", first, "auditor", "--reason", "review", "--until", "2099-01-01"
        )
        assert "now" in given.out
        listed = anywhere.portvakt("role", "list", "--json").json
        assert [(one["role"], one["reach"]) for one in listed] == [
            ("administrator", "organisation"),
            ("auditor", "organisation"),
        ]
        assert "already" in anywhere.portvakt("role", "give", first, "auditor", "--reason", "again").out
        anywhere.portvakt("role", "take", first, "auditor", "--reason", "done")
        last = anywhere.portvakt("role", "take", first, "administrator", "--reason", "gone", code=1)
        assert "last administrator" in last.err
        (taken,) = audit(anywhere, "role.taken")
        assert (taken["reason"], taken["payload"]["details"]["role"]) == ("done", "auditor")

    def test_what_cannot_be_given_is_said_in_words(self, installed):
        login = installed.administrator()
        give = ("role", "give", login)
        assert (
            "no such unit"
            in installed.portvakt(*give, "it_representative", "--unit", "9", "--reason", "x", code=1).err
        )
        assert (
            "cannot be given over" in installed.portvakt(*give, "system_owner", "--reason", "x", code=1).err
        )
        assert (
            "--until" in installed.portvakt(*give, "auditor", "--until", "soon", "--reason", "x", code=1).err
        )
        assert (
            "no application"
            in installed.portvakt(*give, "system_owner", "--application", "x", "--reason", "x", code=1).err
        )


def test_whoever_runs_commands_on_the_server_is_a_second_helper(installed):
    first, second = installed.administrator(), installed.portvakt("administrator", "add", "Bo Ek").out
    login = next(line.split()[-1] for line in second.splitlines() if "login" in line)
    assert "Nothing waits." in installed.portvakt("approval", "list").out
    with installed.database() as database, database.write() as uow:
        helper, person = uow.accounts.by_login(first), uow.accounts.by_login(login)
        occasion = Occasion(datetime.now(UTC), "x", Actor(ActorKind.ACCOUNT, helper.id))
        hour = timedelta(hours=1)
        administration.activation_code(uow, doer_of(helper), person.id, hour, "lost", occasion)
        (one,) = uow.approvals.open(occasion.now)
    assert one.id in installed.portvakt("approval", "list").out
    assert "Give a reason" in installed.portvakt("approval", "approve", one.id, "--reason", " ", code=1).err
    installed.portvakt("approval", "approve", one.id, "--reason", "called back")
    installed.portvakt("approval", "reject", one.id, "--reason", "late", code=1)
    assert audit(installed, "approval.given")[0]["subject"] == person.id
