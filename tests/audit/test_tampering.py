"""A2: whatever is done to the rows of the log is found, and the first bad record is named."""

from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from idp.background import Background
from idp.keys.master_key import create
from idp.keys.sealing import MasterKeys
from idp.storage import audit_checkpoints
from idp.storage.audit_chain import Batch, ChainForgedError, link, seal
from idp.storage.audit_diagnosis import Damage
from idp.storage.audit_verification import Intact, verify

TEXTS = ("type", "actor_kind", "actor", "subject", "object", "reason", "request_id", "node")


@pytest.fixture
def sealed(log):
    """Three batches: places 1 to 4, 5 to 10, 11 to 15."""
    log.batches(4, 6, 5)
    return log


def checkpoint(log):
    with log.database.read() as uow:
        return audit_checkpoints.take(uow.connection, log.keys, log.now)


def test_A2_an_untouched_chain_is_intact(sealed):
    found = sealed.verify(checkpoint(sealed))
    assert isinstance(found, Intact)
    assert (found.count, found.weeded, found.unsealed) == (15, 0, 0)


@pytest.mark.parametrize("column", TEXTS)
def test_A2_an_edited_column_is_found(sealed, column):
    sealed.tamper(f"UPDATE audit_records SET {column} = 'x' WHERE id = 7")
    found = sealed.broken()
    assert (found.what, found.position, found.record_id) == (Damage.ALTERED, 7, 7)


@pytest.mark.parametrize(
    "change",
    [
        "at = at + 1",
        "payload = '{}'",
        "payload = 'null'",
        "digest = (SELECT digest FROM audit_records WHERE id = 8)",
        "payload_digest = digest",
        "payload = (SELECT payload FROM audit_records WHERE id = 9)",
    ],
)
def test_A2_an_edited_time_payload_or_digest_is_found(sealed, change):
    sealed.tamper(f"UPDATE audit_records SET {change} WHERE id = 7")
    found = sealed.broken()
    assert (found.position, found.record_id) == (7, 7)
    assert found.what in {Damage.ALTERED, Damage.WEEDED}


def test_A2_a_record_whose_digests_were_made_to_fit_is_found(sealed):
    row = "at, type, actor_kind, actor, subject, object, reason, request_id, node, payload, payload_digest, digest"
    names = row.split(", ")
    settings = ", ".join(f"{name} = (SELECT {name} FROM audit_records WHERE id = 9)" for name in names)
    sealed.tamper(f"UPDATE audit_records SET {settings} WHERE id = 7")
    found = sealed.broken()
    assert (found.what, found.position) == (Damage.ALTERED, 7)


def test_A2_swapped_payloads_are_found(sealed):
    swap = "payload = (SELECT payload FROM audit_records WHERE id = :other)"
    digest = "payload_digest = (SELECT payload_digest FROM audit_records WHERE id = :other)"
    first, second = sealed.query("SELECT payload_digest FROM audit_records WHERE id IN (6, 7) ORDER BY id")
    sealed.tamper(
        "CREATE TABLE kept AS SELECT id, payload, payload_digest FROM audit_records",
        f"UPDATE audit_records SET {swap.replace('audit_records', 'kept').replace(':other', '7')},"
        f" {digest.replace('audit_records', 'kept').replace(':other', '7')} WHERE id = 6",
        f"UPDATE audit_records SET {swap.replace('audit_records', 'kept').replace(':other', '6')},"
        f" {digest.replace('audit_records', 'kept').replace(':other', '6')} WHERE id = 7",
    )
    assert sealed.query("SELECT payload_digest FROM audit_records WHERE id IN (6, 7) ORDER BY id") == [
        second,
        first,
    ]
    assert (sealed.broken().what, sealed.broken().position) == (Damage.ALTERED, 6)


@pytest.mark.parametrize("place", [1, 4, 5, 7, 10])
def test_A2_a_deleted_record_is_found(sealed, place):
    sealed.tamper("DELETE FROM audit_records WHERE id = :place", place=place)
    found = sealed.broken()
    assert (found.what, found.position, found.record_id) == (Damage.REMOVED, place, place)


@pytest.mark.parametrize("place", [1, 4, 5, 7, 10])
def test_A2_a_record_deleted_with_its_place_is_found(sealed, place):
    sealed.tamper(
        "DELETE FROM audit_records WHERE id = :place",
        "DELETE FROM audit_positions WHERE position = :place",
        place=place,
    )
    found = sealed.broken()
    assert (found.what, found.position) == (Damage.REMOVED, place)


def test_A2_a_removed_record_whose_successors_moved_up_is_found(sealed):
    sealed.tamper(
        "DELETE FROM audit_records WHERE id = 7",
        "DELETE FROM audit_positions WHERE position = 7",
        "UPDATE audit_positions SET position = -position WHERE position > 7",
        "UPDATE audit_positions SET position = -position - 1 WHERE position < 0",
    )
    found = sealed.broken()
    assert (found.what, found.position) == (Damage.REMOVED, 7)


@pytest.mark.parametrize(("one", "other"), [(6, 7), (5, 10), (7, 12)])
def test_A2_reordered_records_are_found(sealed, one, other):
    sealed.tamper(
        "UPDATE audit_positions SET record_id = -1 WHERE position = :one",
        "UPDATE audit_positions SET record_id = :one WHERE position = :other",
        "UPDATE audit_positions SET record_id = :other WHERE position = :one",
        one=one,
        other=other,
    )
    found = sealed.broken()
    assert found.position == one
    assert found.what in {Damage.REORDERED, Damage.ALTERED}
    if other <= 10:
        assert found.what == Damage.REORDERED


def test_A2_an_altered_link_is_found(sealed):
    sealed.tamper(
        "UPDATE audit_positions SET link = (SELECT digest FROM audit_records WHERE id = 3) WHERE position = 7"
    )
    found = sealed.broken()
    assert (found.what, found.position) == (Damage.FORGED, 7)


@pytest.mark.parametrize(
    "change",
    [
        "seal = (SELECT seal FROM audit_seals WHERE number = 1)",
        "at = at - 1",
        "key_id = 'ffffffffffffffff'",
        "last_position = 9",
        "last_position = 11",
        "last_position = 4611686018427387904",
        "first_position = 4",
        "number = 7",
    ],
)
def test_A2_an_altered_seal_is_found(sealed, change):
    sealed.tamper(f"UPDATE audit_seals SET {change} WHERE number = 2")
    found = sealed.broken()
    assert found.what in {Damage.FORGED, Damage.REMOVED}
    assert found.position in {5, 9, 10, 11}


@pytest.mark.parametrize("number", [1, 2])
def test_A2_a_removed_seal_is_found(sealed, number):
    sealed.tamper("DELETE FROM audit_seals WHERE number = :number", number=number)
    assert sealed.broken().what == Damage.REMOVED


def cut(log, *, records: bool, places: bool, seals: bool) -> None:
    """Cut the last batch off, or a part of it."""
    if records:
        log.tamper("DELETE FROM audit_records WHERE id > 10")
    if places:
        log.tamper("DELETE FROM audit_positions WHERE position > 10")
    if seals:
        log.tamper("DELETE FROM audit_seals WHERE number > 2")


@pytest.mark.parametrize(
    ("records", "places", "seals"),
    [
        (True, False, False),
        (True, True, False),
        (False, True, False),
        (True, False, True),
        (False, False, True),
    ],
)
def test_A2_an_end_cut_off_in_part_is_found(sealed, records, places, seals):
    cut(sealed, records=records, places=places, seals=seals)
    found = sealed.broken()
    assert (found.what, found.position) == (Damage.CUT_OFF, 11)


def test_A2_an_end_cut_off_whole_is_found_by_a_checkpoint(sealed):
    seen = checkpoint(sealed)
    cut(sealed, records=True, places=True, seals=True)
    assert isinstance(sealed.verify(), Intact), "nothing inside the database can tell"
    found = sealed.broken(seen)
    assert (found.what, found.position) == (Damage.CUT_OFF, 11)
    assert "saw 15 records, there are 10" in found.detail


def test_A2_an_emptied_log_is_found_by_a_checkpoint(sealed):
    seen = checkpoint(sealed)
    for table in ("audit_records", "audit_positions", "audit_seals"):
        sealed.tamper(f"DELETE FROM {table}")
    assert (sealed.broken(seen).what, sealed.broken(seen).position) == (Damage.CUT_OFF, 1)


def test_A2_a_chain_made_anew_after_a_cut_is_found_by_a_checkpoint(sealed):
    seen = checkpoint(sealed)
    cut(sealed, records=True, places=True, seals=True)
    sealed.batches(5)
    assert isinstance(sealed.verify(), Intact), "made with the true key: nothing inside the database can tell"
    found = sealed.broken(seen)
    assert (found.what, found.position) == (Damage.REPLACED, 15)


def test_A2_a_chain_made_anew_under_another_key_is_found(sealed, tmp_path: Path):
    create(tmp_path / "thief.key", sealed.now)
    thief = MasterKeys(tmp_path / "thief.key")
    rekey(sealed, thief, key_id=thief.mac_key_id)
    found = sealed.broken()
    assert (found.what, found.position) == (Damage.FORGED, 1)
    assert thief.mac_key_id in found.detail
    with sealed.database.read() as uow:
        assert isinstance(verify(uow.connection, thief), Intact), "the forgery was as good as it gets"


def test_A2_a_chain_made_anew_that_names_the_true_key_is_found(sealed, tmp_path: Path):
    create(tmp_path / "thief.key", sealed.now)
    rekey(sealed, MasterKeys(tmp_path / "thief.key"), key_id=sealed.keys.mac_key_id)
    found = sealed.broken()
    assert (found.what, found.position) == (Damage.FORGED, 1)


def rekey(log, thief, *, key_id: str) -> None:
    """Compute every link and seal anew with a key of the thief's own."""
    last_link = last_seal = bytes(32)
    seals = log.query("SELECT number, first_position, last_position FROM audit_seals ORDER BY number")
    with log.database.write() as uow:
        for number, first, last in seals:
            for place in range(first, last + 1):
                digest = uow.connection.exec_driver_sql(
                    f"SELECT digest FROM audit_records WHERE id = {place}"
                ).scalar()
                last_link = link(thief, last_link, place, place, bytes(digest))
                uow.connection.exec_driver_sql(
                    f"UPDATE audit_positions SET link = {literal(log, last_link)} WHERE position = {place}"
                )
            last_seal = seal(thief, last_seal, Batch(number, first, last, log.now, last_link), key_id)
            at = f"(SELECT {int(log.now.timestamp() * 1_000_000)})"
            uow.connection.exec_driver_sql(
                f"UPDATE audit_seals SET seal = {literal(log, last_seal)}, at = {at}, key_id = '{key_id}'"
                f" WHERE number = {number}"
            )


def literal(log, value: bytes) -> str:
    return f"x'{value.hex()}'" if log.sqlite else f"'\\x{value.hex()}'::bytea"


def test_A2_a_chain_without_keyed_seals_is_no_chain(sealed):
    """Downgrade: a log whose seals were taken away is not a log that never had any."""
    sealed.tamper("DELETE FROM audit_seals")
    assert sealed.broken().what == Damage.CUT_OFF


def test_A2_a_place_that_was_never_sealed_is_found(sealed):
    sealed.write()
    sealed.tamper(
        "INSERT INTO audit_positions (position, record_id, link) SELECT 16, 16, digest FROM audit_records WHERE id = 16"
    )
    found = sealed.broken()
    assert (found.what, found.position) == (Damage.FORGED, 16)


def test_A2_a_record_altered_before_it_was_sealed_is_found(sealed):
    sealed.write(2)
    sealed.tamper("UPDATE audit_records SET subject = 'somebody' WHERE id = 17")
    found = sealed.broken()
    assert (found.what, found.position, found.record_id) == (Damage.ALTERED, None, 17)


def test_A2_the_first_of_several_is_named(sealed):
    sealed.tamper(
        "UPDATE audit_records SET reason = 'x' WHERE id IN (6, 9, 13)",
        "DELETE FROM audit_records WHERE id = 12",
    )
    assert sealed.broken().position == 6


def test_what_is_no_value_at_all_is_a_finding_not_a_crash(sealed):
    if not sealed.sqlite:
        pytest.skip("PostgreSQL's types refuse such values")
    for statement in (
        "UPDATE audit_records SET payload = 'not json' WHERE id = 7",
        "UPDATE audit_records SET at = 'yesterday' WHERE id = 6",
        "UPDATE audit_positions SET link = 'text' WHERE position = 5",
        "UPDATE audit_positions SET record_id = 'text' WHERE position = 4",
        "UPDATE audit_records SET digest = 7 WHERE id = 3",
        "UPDATE audit_seals SET at = 'never' WHERE number = 1",
    ):
        sealed.tamper(statement)
        sealed.broken()


@pytest.mark.parametrize("place", [17, 2_000_000, 0])
@pytest.mark.parametrize("record_id", [17, 9_000_000])
def test_A2_a_place_that_no_seal_covers_stops_sealing_aloud_until_it_is_gone(sealed, place, record_id):
    """Sealing over it, or finding nothing to seal for ever, would leave all later records out in silence."""
    sealed.tamper(
        "INSERT INTO audit_positions (position, record_id, link) SELECT :place, :record, digest"
        " FROM audit_records WHERE id = 1",
        place=place,
        record=record_id,
    )
    sealed.write(2)
    for complete in (False, True):
        with pytest.raises(ChainForgedError, match=f"number {place}"):
            sealed.seal(complete=complete)
    sealed.tamper("DELETE FROM audit_positions WHERE position = :place", place=place)
    assert sealed.seal() == 2
    assert isinstance(sealed.verify(), Intact)


def test_A2_a_service_that_cannot_seal_says_so_once_a_minute(sealed):
    sealed.tamper("INSERT INTO audit_positions SELECT 99, 99, link FROM audit_positions WHERE position = 1")
    background = Background(sealed.database, sealed.keys, None, "node-1", None, lambda: sealed.now)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            background._seal(sealed.now, lambda: True)
        sealed.now += timedelta(minutes=2)
        background._seal(sealed.now, lambda: True)
    assert [(line["log_level"], line["event"], line["position"]) for line in lines] == [
        ("error", "audit.sealing_stopped", 99)
    ] * 2
