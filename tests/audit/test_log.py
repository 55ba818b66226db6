"""A1, A3, A4: what a record holds, and what happens when it cannot be written."""

import json
import threading
import time
import tracemalloc
from dataclasses import replace
from ipaddress import ip_address

import pytest
from sqlalchemy.exc import DBAPIError

from idp.domain.audit import AuditRecord, record
from idp.domain.errors import Unavailable
from idp.domain.events import AccountDisabled, ConfigurationChanged, SignedIn
from idp.domain.outbox import Message
from idp.domain.plain_text import for_spreadsheet
from idp.storage.audit_verification import Intact


def append(log, event, **occasion: object) -> None:
    with log.database.write() as uow:
        record(uow.audit, event, replace(log.occasion(), **occasion))


def rows(log, columns: str = "*") -> list[tuple]:
    return log.query(f"SELECT {columns} FROM audit_records ORDER BY id")


def payload(log) -> dict:
    value = rows(log, "payload")[-1][0]
    return json.loads(value) if isinstance(value, str) else value


def test_A1_a_record_has_actor_subject_object_reason_node_and_request(log):
    append(
        log,
        SignedIn(subject="anna", object="session", reason="fresh", methods=["password"]),
        address=ip_address("10.0.0.7"),
    )
    (found,) = rows(log, "type, actor_kind, actor, subject, object, reason, request_id, node")
    assert found == ("signin.succeeded", "job", "test", "anna", "session", "fresh", "request000000", "node-1")
    assert payload(log)["address"] == "10.0.0.7"
    assert payload(log)["details"] == {"methods": ["password"], "application": ""}


def test_A1_a_record_and_its_change_are_one(log):
    def change_that_fails() -> None:
        with log.database.write() as uow:
            record(uow.audit, SignedIn(subject="anna"), log.occasion())
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        change_that_fails()
    assert rows(log) == []


def test_A3_what_cannot_be_recorded_does_not_happen(log):
    """The policy for sign-ins and acts alike: no record, no change (docs/decisions/0011)."""
    log.tamper("ALTER TABLE audit_records RENAME TO elsewhere")

    def change() -> None:
        with log.database.write() as uow:
            uow.outbox.add(Message("mail"), log.now)
            record(uow.audit, AccountDisabled(subject="anna"), log.occasion())

    with pytest.raises((DBAPIError, Unavailable)):
        change()
    log.tamper("ALTER TABLE elsewhere RENAME TO audit_records")
    assert log.query("SELECT count(*) FROM outbox") == [(0,)]


@pytest.mark.parametrize(
    ("hostile", "stored"),
    [
        ("two\nlines\r\n", r"two\x0alines\x0d\x0a"),
        ("\x1b[2Jcleared", r"\x1b[2Jcleared"),
        ("nul\x00", r"nul\x00"),
        ("paragraph\u2029 next\x85", r"paragraph\u2029 next\x85"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("lone \ud800", r"lone \ud800"),
        ("Åsa Öberg-Ström, förvaltning", "Åsa Öberg-Ström, förvaltning"),
    ],
)
def test_A4_control_characters_are_spelt_out(log, hostile, stored):
    append(log, ConfigurationChanged(object=hostile, reason=hostile, change=hostile, fields=[hostile]))
    assert rows(log, "object, reason") == [(stored, stored)]
    assert payload(log)["details"] == {"change": stored, "fields": [stored]}
    log.seal()
    assert isinstance(log.verify(), Intact)


def test_A4_sizes_are_bounded(log):
    long = "x" * 100_000
    event = ConfigurationChanged(subject=long, object=long, reason=long, change=long, fields=[long] * 5)
    append(log, event, request_id=long)
    (found,) = rows(log, "subject, object, reason, request_id")
    assert [len(text) for text in found] == [64, 200, 1000, 32]
    assert all(text.endswith("…") for text in found)
    assert len(payload(log)["details"]["change"]) == 500
    append(log, ConfigurationChanged(fields=[long] * 1000))
    assert payload(log)["details"] == {}
    assert payload(log)["left_out"] == ["change", "fields"]
    log.seal()
    assert isinstance(log.verify(), Intact)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_A4_formulas_are_shown_not_computed(formula):
    assert for_spreadsheet(formula) == f"'{formula}"
    assert for_spreadsheet("Anna = Berg") == "Anna = Berg"


def test_A4_the_order_survives_a_clock_that_goes_back(log):
    log.batches(3)
    earlier = log.now.replace(year=2020)
    append(log, SignedIn(subject="late"), now=earlier)
    log.write()
    log.seal()
    found = log.query(
        "SELECT r.subject FROM audit_positions p JOIN audit_records r ON r.id = p.record_id ORDER BY p.position"
    )
    assert [subject for (subject,) in found][3:] == ["late", "account4"]
    assert isinstance(log.verify(), Intact)


def test_equal_events_have_different_digests(log):
    for _ in range(2):
        append(log, SignedIn(subject="anna"))
    (first,), (second,) = rows(log, "payload_digest")
    assert bytes(first) != bytes(second), "a weeded payload must not be found by trying values"


def test_records_wait_to_be_sealed_and_say_so(log):
    log.write(3)
    assert log.verify() == Intact(0, 0, 3, bytes(32).hex())
    assert log.seal() == 3
    assert log.seal() == 0
    assert log.verify().unsealed == 0


def test_A2_records_that_commit_late_are_sealed_too(log):
    """On PostgreSQL a smaller id may become visible after larger ones were sealed."""
    if log.sqlite:
        pytest.skip("SQLite has one writer at a time")
    late = log.database.engine.connect()
    late.begin()
    late.exec_driver_sql("SELECT nextval(pg_get_serial_sequence('audit_records', 'id'))")
    log.batches(4)
    late.rollback()
    late.close()
    log.tamper("CREATE TABLE late AS SELECT * FROM audit_records WHERE id = 2", "UPDATE late SET id = 1")
    log.tamper("INSERT INTO audit_records SELECT * FROM late")
    assert log.seal() == 1
    assert isinstance(log.verify(), Intact)
    assert log.query("SELECT record_id FROM audit_positions ORDER BY position DESC LIMIT 1") == [(1,)]


def test_A2_a_record_older_than_the_look_back_is_found_by_the_complete_look(log, monkeypatch):
    monkeypatch.setattr("idp.storage.audit_chain._LOOK_BACK", 0)
    log.batches(4)
    log.tamper("CREATE TABLE late AS SELECT * FROM audit_records WHERE id = 2", "UPDATE late SET id = -5")
    log.tamper("INSERT INTO audit_records SELECT * FROM late")
    assert log.seal() == 0
    assert log.seal(complete=True) == 1
    assert log.verify().count == 5


def test_A2_eight_writers_and_two_sealers_leave_one_intact_chain(log):
    stop = threading.Event()

    def write() -> None:
        for _ in range(40):
            with log.database.write() as uow:
                record(uow.audit, SignedIn(subject="anna"), log.occasion())

    def seal() -> None:
        while not stop.is_set():
            log.seal()
            time.sleep(0.005)

    sealers = [threading.Thread(target=seal) for _ in range(2)]
    writers = [threading.Thread(target=write) for _ in range(8)]
    for thread in (*sealers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    found = log.verify()
    assert isinstance(found, Intact), "while it grows, too"
    stop.set()
    for thread in sealers:
        thread.join()
    log.seal()
    found = log.verify()
    assert isinstance(found, Intact)
    assert (found.count, found.unsealed) == (320, 0)
    assert log.query("SELECT count(*) FROM audit_seals")[0][0] > 1


def test_a_sealer_never_holds_up_a_writer(log):
    """Sealing 2,000 records keeps no writer waiting longer than an ordinary commit."""
    log.write(2000)
    worst, stop = [0.0], threading.Event()

    def write() -> None:
        while not stop.is_set():
            began = time.monotonic()
            append(log, SignedIn(subject="anna"))
            worst[0] = max(worst[0], time.monotonic() - began)

    writer = threading.Thread(target=write)
    writer.start()
    log.seal()
    stop.set()
    writer.join()
    assert worst[0] < 1.0


def test_a_record_cannot_be_built_with_a_secret_field():
    """The events have no field that could hold one (K4): this pins the record's own fields."""
    fields = set(AuditRecord.__dataclass_fields__)
    assert not {
        name for name in fields if any(word in name for word in ("password", "code", "token", "secret"))
    }


def test_verifying_needs_no_more_memory_for_a_longer_log(log, monkeypatch):
    monkeypatch.setattr("idp.storage.audit_links._CHUNK", 100)

    def peak() -> int:
        tracemalloc.start()
        assert isinstance(log.verify(), Intact)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    log.batches(50, 50, 50, 50)
    peak()  # the first time fills SQLAlchemy's caches
    short = peak()
    log.batches(*[50] * 16)
    assert peak() < short * 1.3
