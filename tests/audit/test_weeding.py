"""A2 and A5: payloads may go under a recorded decision, and only so."""

from datetime import timedelta

import pytest

from idp.storage.audit_diagnosis import Damage
from idp.storage.audit_verification import Intact
from idp.storage.audit_weeding import NoDecision, NothingToWeed, Weeded, weed

DECISION = "Gallringsbeslut KS 2026/123"


@pytest.fixture
def old(log):
    """Twelve records, all older than an hour."""
    log.batches(7, 5)
    log.now += timedelta(hours=2)
    return log


def weeded(log, **options):
    outcome = weed(log.database, log.now - timedelta(hours=1), DECISION, log.occasion(), **options)
    log.seal()
    return outcome


def test_A2_after_weeding_the_chain_still_verifies(old):
    assert weeded(old) == Weeded(12)
    found = old.verify()
    assert isinstance(found, Intact)
    assert (found.count, found.weeded) == (13, 12)
    assert old.query("SELECT count(*) FROM audit_records WHERE payload IS NULL") == [(12,)]


def test_A5_weeding_leaves_its_decision_in_the_log(old):
    weeded(old)
    assert old.query("SELECT reason, actor FROM audit_records WHERE type = 'audit.weeded'") == [
        (DECISION, "test")
    ]


@pytest.mark.parametrize("decision", ["", "  "])
def test_A5_without_a_decision_nothing_is_weeded(old, decision):
    assert weed(old.database, old.now, decision, old.occasion()) == NoDecision()
    assert old.query("SELECT count(*) FROM audit_records WHERE payload IS NULL") == [(0,)]


def test_only_what_is_old_and_of_the_kind_is_weeded(old):
    old.batches(2)
    assert weeded(old, types=["signin.refused"]) == Weeded(6)
    assert old.verify().weeded == 6
    assert weeded(old) == Weeded(6)
    assert weeded(old) == NothingToWeed()
    assert isinstance(old.verify(), Intact)


def test_A5_records_about_the_log_itself_are_never_weeded(old):
    weeded(old)
    old.now += timedelta(days=400)
    old.batches(1)
    old.now += timedelta(days=1)
    weeded(old)
    assert old.query(
        "SELECT count(*) FROM audit_records WHERE type = 'audit.weeded' AND payload IS NULL"
    ) == [(0,)]
    assert isinstance(old.verify(), Intact)


def test_records_not_sealed_yet_are_not_weeded(log):
    log.write(3)
    log.now += timedelta(hours=2)
    assert weed(log.database, log.now, DECISION, log.occasion()) == NothingToWeed()


def test_A5_a_payload_erased_without_a_decision_is_found(old):
    old.tamper("UPDATE audit_records SET payload = NULL WHERE id = 8")
    found = old.broken()
    assert (found.what, found.position) == (Damage.WEEDED, 8)


def test_A5_a_decision_covers_its_kind_and_time_only(old):
    weeded(old, types=["signin.refused"])
    old.tamper("UPDATE audit_records SET payload = NULL WHERE id = 5 AND type = 'signin.succeeded'")
    assert (old.broken().what, old.broken().position) == (Damage.WEEDED, 5)


def test_A2_a_weeded_record_that_is_then_altered_is_found(old):
    weeded(old)
    old.tamper("UPDATE audit_records SET subject = 'x' WHERE id = 8")
    assert (old.broken().what, old.broken().position) == (Damage.ALTERED, 8)


def test_A5_a_decision_that_is_widened_or_removed_is_found(old):
    weeded(old)
    old.tamper("DELETE FROM audit_records WHERE type = 'audit.weeded'")
    assert (old.broken().what, old.broken().position) == (Damage.WEEDED, 1)


def test_weeding_that_was_interrupted_is_finished_by_the_next(old, monkeypatch):
    monkeypatch.setattr("idp.storage.audit_weeding._BATCH", 5)
    calls = []
    from idp.storage import audit_weeding

    erase = audit_weeding._erase

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return erase(*arguments)

    monkeypatch.setattr(audit_weeding, "_erase", killed)
    with pytest.raises(KeyboardInterrupt):
        weeded(old)
    old.seal()
    assert old.verify().weeded == 5
    monkeypatch.setattr(audit_weeding, "_erase", erase)
    assert weeded(old) == Weeded(7)
    assert isinstance(old.verify(), Intact)
