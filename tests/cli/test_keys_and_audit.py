"""Signing keys, the master key, the audit log, the outbox."""

import sqlite3
from datetime import UTC, datetime, timedelta
from zipfile import ZipFile

import pytest


def test_signing_keys_are_rotated_and_withdrawn(anywhere):
    assert "No signing key yet" in anywhere.portvakt("keys", "list").out
    assert "is published and signs from" in anywhere.portvakt("keys", "rotate", "--algorithm", "ES256").out
    assert "published already" in anywhere.portvakt("keys", "rotate", "--algorithm", "ES256").out
    listed = anywhere.portvakt("keys", "list").out.splitlines()[1:]
    assert len(listed) == 3
    first = next(line.split()[0] for line in listed if "ES256" in line)
    assert "is withdrawn" in anywhere.portvakt("keys", "withdraw", first, "--reason", "leaked").out
    for unknown in ("none", "-none", "--none"):
        assert (
            "no published key" in anywhere.portvakt("keys", "withdraw", unknown, "--reason", "x", code=1).err
        )
    assert "expected one of" in anywhere.portvakt("keys", "rotate", "--algorithm", "HS256", code=1).err
    reasons = [
        event["reason"] for event in anywhere.portvakt("audit", "show", "--type", "key", "--json").json
    ]
    assert "withdrawn: leaked" in reasons


def test_K3_the_master_key_is_rotated_and_everything_sealed_anew(anywhere):
    anywhere.portvakt("keys", "rotate")
    old = anywhere.portvakt("master-key", "list").out.splitlines()[1].split()
    anywhere.portvakt("master-key", "rotate")
    assert "4 value(s) sealed anew" in anywhere.portvakt("master-key", "reseal").out
    rows = [line.split() for line in anywhere.portvakt("master-key", "list").out.splitlines()[1:]]
    assert {row[0]: (row[1], row[-1]) for row in rows}[old[0]] == ("opens", "0")
    # Too early: another process may not have noticed yet.
    assert "may be dropped from" in anywhere.portvakt("master-key", "drop", old[0], code=1).err
    prepared = anywhere.portvakt("master-key", "prepare").out.split()[0]
    assert "seals from now on" in anywhere.portvakt("master-key", "promote", prepared).out
    assert "does not" not in anywhere.portvakt("doctor").out


def test_audit_verify_names_what_was_altered(installed):
    installed.administrator()
    installed.portvakt("audit", "checkpoint")
    assert "4 sealed records" in installed.portvakt("audit", "verify").out
    with sqlite3.connect(installed.folder / "portvakt.db") as database:
        database.execute("UPDATE audit_records SET reason = 'nothing happened' WHERE id = 2")
    result = installed.portvakt("audit", "verify", "--json", code=1)
    assert (result.json["intact"], result.json["record"], result.json["what"]) == (False, 2, "altered")
    assert "record 2" in result.err


def test_A2_the_doctor_says_at_once_that_nothing_can_be_sealed(installed):
    installed.administrator()
    installed.portvakt("audit", "checkpoint")
    with sqlite3.connect(installed.folder / "portvakt.db") as database:
        database.execute(
            "INSERT INTO audit_positions SELECT 50, 50, link FROM audit_positions WHERE position = 1"
        )
    assert "no seal covers place 50" in installed.portvakt("doctor", code=1).out
    assert "number 50" in installed.portvakt("audit", "checkpoint", code=1).err


def test_A5_a_log_that_was_cut_off_is_noticed_by_its_checkpoints(installed):
    text = (installed.folder / "portvakt.toml").read_text()
    installed.write("portvakt.toml", text.replace("# checkpoint_file", "checkpoint_file"))
    installed.administrator()
    assert "records" in installed.portvakt("audit", "checkpoint").out
    assert "1 checkpoints agree" in installed.portvakt("audit", "verify").out
    with sqlite3.connect(installed.folder / "portvakt.db") as database:
        for table in ("audit_records", "audit_positions", "audit_seals"):
            database.execute(f"DELETE FROM {table}")
    installed.portvakt("audit", "verify", code=1)


def test_audit_weeds_under_a_decision_and_still_verifies(anywhere):
    anywhere.administrator()
    anywhere.portvakt("audit", "checkpoint")
    assert (
        "--decision"
        in anywhere.portvakt("audit", "weed", "--before", "2100-01-01", "--decision", " ", code=1).err
    )
    assert (
        "--before" in anywhere.portvakt("audit", "weed", "--before", "soon", "--decision", "KS 1", code=1).err
    )
    assert (
        "No payload" in anywhere.portvakt("audit", "weed", "--before", "2000-01-01", "--decision", "KS 1").out
    )
    out = anywhere.portvakt("audit", "weed", "--before", "2100-01-01", "--decision", "KS 2026-17").out
    assert "were erased" in out
    anywhere.portvakt("audit", "checkpoint")
    verified = anywhere.portvakt("audit", "verify", "--json").json
    assert verified["intact"]
    assert verified["weeded"] > 0
    (event,) = anywhere.portvakt("audit", "show", "--type", "audit.weeded", "--json").json
    assert event["reason"] == "KS 2026-17"


def test_audit_show_chooses_by_account_type_and_reference(anywhere):
    login, other = anywhere.administrator(), anywhere.administrator("Bo Ek", "bo.ek")
    about = anywhere.portvakt("audit", "show", "--login", login, "--json").json
    assert {event["type"] for event in about} == {"account.created", "role.given", "factor.code_issued"}
    (reference,) = {event["request_id"] for event in about}
    assert anywhere.portvakt("audit", "show", "--reference", reference, "--json").json == about
    assert len(anywhere.portvakt("audit", "show", "--limit", "1", "--json").json) == 1
    assert "No such record" in anywhere.portvakt("audit", "show", "--type", "signin").out
    assert login != other
    everything = anywhere.portvakt("audit", "show", "--since", "2020-01-01", "--json").json
    assert len(everything) == 6
    moment = everything[2]["at"]
    later = anywhere.portvakt("audit", "show", "--since", moment, "--json").json
    assert later == [event for event in everything if event["at"] >= moment]
    earlier = anywhere.portvakt("audit", "show", "--until", moment, "--json").json
    assert earlier == [event for event in everything if event["at"] < moment]
    assert "--until: expected a day" in anywhere.portvakt("audit", "show", "--until", "soon", code=1).err


@pytest.mark.parametrize("text", ["\x1b[31mred", "\u202egnp.exe"])
def test_A4_terminals_are_not_spoken_to_through_data(installed, text):
    installed.administrator("Bo Ek", "bo.ek")  # the last administrator is not disabled
    login = installed.administrator()
    refused = installed.portvakt("account", "disable", login, "--reason", text, code=1)
    assert text[0] not in refused.err
    # A reason is printable here; what came into the database in other ways may not be.
    installed.portvakt("account", "disable", login, "--reason", "left")
    with sqlite3.connect(installed.folder / "portvakt.db") as database:
        database.execute("UPDATE accounts SET disabled_reason = ? WHERE disabled_reason = 'left'", (text,))
        database.execute("UPDATE audit_records SET reason = ? WHERE reason = 'left'", (text,))
    for arguments in (("audit", "show"), ("account", "show", login), ("audit", "show", "--json")):
        out = installed.portvakt(*arguments).out
        assert text[0] not in out


def test_dead_letters_are_listed_and_requeued(installed):
    assert "Nothing was given up" in installed.portvakt("outbox", "list").out
    with sqlite3.connect(installed.folder / "portvakt.db") as database:
        database.execute(
            "INSERT INTO outbox (id, topic, lane, payload, created_at, due_at, attempts, dead_at, last_error)"
            " VALUES (7, 'session.ended', 'x', '{}', 0, 0, 9, 1, 'HTTP 500')"
        )
    assert "HTTP 500" in installed.portvakt("outbox", "list").out
    assert "were given up" in installed.portvakt("doctor", code=0).out
    installed.portvakt("outbox", "requeue", "7")
    assert "was not given up" in installed.portvakt("outbox", "requeue", "7", code=1).err
    assert "1 due" in installed.portvakt("outbox", "list").out


def test_A5_a_period_is_exported_with_a_reason_and_without_names(anywhere):
    login = anywhere.administrator()
    told = anywhere.portvakt("audit", "export", "log.csv", "--reason", "Dnr 7", "--type", "account")
    assert "log.csv: 1 records." in told.out
    text = (anywhere.folder / "log.csv").read_text(encoding="utf-8")
    assert "account.created" in text
    assert login not in text
    assert "is there already" in anywhere.portvakt("audit", "export", "log.csv", "--reason", "x", code=1).err
    assert "Give a reason" in anywhere.portvakt("audit", "export", "other.csv", "--reason", " ", code=1).err
    (event, *_) = anywhere.portvakt("audit", "show", "--type", "audit.exported", "--json").json[::-1]
    assert event["reason"] == "Dnr 7"


def test_A5_an_extract_tells_who_opened_a_record_and_an_incident_is_a_zip(installed):
    login = installed.administrator()
    installed.sql("UPDATE persons SET protection = 'marked'")
    assert "Anna" not in installed.portvakt("person", "show", login).out
    assert "Give a reason" in installed.portvakt("person", "open", login, "--reason", " ", code=1).err
    assert (
        installed.portvakt("person", "open", login, "--reason", "called", "--json").json["name"]
        == "Anna Berg"
    )
    extract = ("audit", "extract", login, "own.csv", "--reason")
    assert "Give a reason" in installed.portvakt(*extract, " ", code=1).err
    installed.portvakt(*extract, "asked for it")
    opened = [
        line for line in (installed.folder / "own.csv").read_text().splitlines() if "record.opened" in line
    ]
    assert [line.split(";")[3] for line in opened] == ["P1"]
    assert "is there already" in installed.portvakt(*extract, "x", code=1).err
    whole = ("audit", "incident", "it.zip", "--since", "2020-01-01", "--until", "2099-01-01", "--reason", "x")
    assert "three months" in installed.portvakt(*whole, code=1).err
    today = datetime.now(UTC)
    days = (
        "--since",
        f"{today - timedelta(days=1):%Y-%m-%d}",
        "--until",
        f"{today + timedelta(days=1):%Y-%m-%d}",
    )
    installed.portvakt("audit", "incident", "it.zip", *days, "--reason", "Dnr 7", "--login", login)
    with ZipFile(installed.folder / "it.zip") as file:
        assert file.namelist() == ["timeline.csv", "people.csv", "systems.csv"]
        assert "record.opened" in file.read("timeline.csv").decode()
        assert "Anna" not in file.read("people.csv").decode()


def test_the_review_names_what_to_look_at(installed):
    login = installed.administrator()
    found = installed.portvakt("audit", "review", "--json").json
    assert found["without_factor"] == {"count": 1, "lines": [{"name": login, "more": "Anna Berg"}]}
    assert login in installed.portvakt("audit", "review").out
