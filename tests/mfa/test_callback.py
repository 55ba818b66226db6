"""Call-back: only to what was approved beforehand, after it has waited; once, for what asked; within limits."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from mfa import (
    Accepted,
    CallBackResponse,
    Calling,
    Channel,
    FactorKind,
    Reason,
    Rejected,
    SendingLimits,
    Throttled,
    approved_destinations,
    bind_destination,
    call_back,
    call_sent,
    call_to_send,
    challenge,
    remove_destination,
    verify,
)
from mfa.callback import normalised
from mfa.tables import calls, destinations, metadata
from tests.support.factors import START, Keyring, engine_for, factor_store

NOW = START
DAY = timedelta(days=1)
LATER = NOW + DAY
SIGN_IN, OTHER = b"s" * 32, b"o" * 32


def bound(store, subject="anna", address="070-123 45 67", channel=Channel.TEXT_MESSAGE):
    made = bind_destination(store, subject, channel, address, "helper", NOW, waiting=DAY)
    assert made is not None
    return made


def called(store, place, now=LATER, binding=SIGN_IN, subject="anna"):
    """Have a code sent and read it where it arrives."""
    calling = call_back(store, subject, place.id, binding, now)
    assert isinstance(calling, Calling)
    sending = call_to_send(store, calling.call_id, now)
    call_sent(store, calling.call_id, now)
    return sending.code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("070-123 45 67", "+46701234567"),
        ("+46 70 123 45 67", "+46701234567"),
        ("0046701234567", "+46701234567"),
        ("(08) 123 456", "+468123456"),
        ("+1 202-555-0100", "+12025550100"),
    ],
)
def test_a_number_has_one_form(typed, kept):
    assert normalised(Channel.TEXT_MESSAGE, typed) == kept


@pytest.mark.parametrize("typed", ["", "anna", "070", "+46 70 12é", "+0701234567", "112;drop", "٠٧٠١٢٣٤٥٦٧"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError, match="expected"):
        normalised(Channel.VOICE_CALL, typed)


@pytest.mark.parametrize("typed", ["", "anna", "a@b@c.se", "anna@x.se\nBcc: e@x.se", "Anna <a@x.se>"])
def test_what_is_no_mail_address_is_refused(typed):
    with pytest.raises(ValueError, match="expected"):
        normalised(Channel.EMAIL, typed)


def test_a_code_that_was_sent_proves_once_by_the_way_it_came(store):
    place = bound(store)
    code = called(store, place)
    accepted = verify(store, "anna", CallBackResponse(f"{code[:4]} {code[4:]}", SIGN_IN), LATER)
    assert accepted == Accepted(FactorKind.TEXT_MESSAGE, place.id, phishing_resistant=False)
    assert verify(store, "anna", CallBackResponse(code, SIGN_IN), LATER) == Rejected(Reason.REPLAYED)
    (held,) = approved_destinations(store, "anna")
    assert held.last_used_at == LATER


@pytest.mark.parametrize("channel", list(Channel))
def test_the_proof_says_how_the_code_travelled(store, channel):
    place = bound(
        store, address="anna@ekvik.example" if channel is Channel.EMAIL else "0701234567", channel=channel
    )
    code = called(store, place)
    assert verify(store, "anna", CallBackResponse(code, SIGN_IN), LATER).kind is channel.kind


def test_nothing_is_sent_before_a_new_destination_has_waited(store):
    place = bound(store)
    assert call_back(store, "anna", place.id, SIGN_IN, LATER - timedelta(seconds=1)) is None
    assert challenge(store, "anna", LATER - timedelta(seconds=1)).kinds == frozenset()
    assert challenge(store, "anna", LATER).kinds == {FactorKind.TEXT_MESSAGE}


def test_nothing_is_sent_to_anothers_or_a_removed_destination(store):
    place = bound(store, "eva")
    assert call_back(store, "anna", place.id, SIGN_IN, LATER) is None
    own = bound(store)
    calling = call_back(store, "anna", own.id, SIGN_IN, LATER)
    assert not remove_destination(store, "eva", own.id, LATER)
    assert remove_destination(store, "anna", own.id, LATER)
    assert call_to_send(store, calling.call_id, LATER) is None, "not even what was on its way"
    assert call_back(store, "anna", own.id, SIGN_IN, LATER) is None


def test_S11_a_code_answers_only_what_asked_for_it(store):
    code = called(store, bound(store))
    assert verify(store, "anna", CallBackResponse(code, OTHER), LATER) == Rejected(Reason.WRONG)
    assert verify(store, "eva", CallBackResponse(code, SIGN_IN), LATER) == Rejected(Reason.WRONG)
    assert isinstance(verify(store, "anna", CallBackResponse(code, SIGN_IN), LATER), Accepted)


def test_a_newer_code_replaces_the_older_and_all_end_after_ten_minutes(store):
    place = bound(store)
    older, newer = called(store, place), called(store, place)
    assert isinstance(verify(store, "anna", CallBackResponse(older, SIGN_IN), LATER), Rejected)
    late = LATER + timedelta(minutes=10)
    assert verify(store, "anna", CallBackResponse(newer, SIGN_IN), late) == Rejected(Reason.WRONG)


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "1234567x", "１２３４５６７８"])
def test_S4_what_cannot_be_a_code_is_no_guess(store, typed):
    called(store, bound(store))
    assert verify(store, "anna", CallBackResponse(typed, SIGN_IN), LATER) == Rejected(Reason.MALFORMED)


def test_guessing_locks_and_a_new_code_does_not_unlock(store):
    place = bound(store)
    code = called(store, place)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    for _ in range(5):
        verify(store, "anna", CallBackResponse(wrong, SIGN_IN), LATER)
    assert isinstance(verify(store, "anna", CallBackResponse(code, SIGN_IN), LATER), Throttled)
    fresh = called(store, place)
    assert isinstance(verify(store, "anna", CallBackResponse(fresh, SIGN_IN), LATER), Throttled)


def test_E7_sending_is_limited_per_person_whether_codes_are_right_or_not(store):
    place = bound(store)
    for _ in range(5):
        verify(store, "anna", CallBackResponse(called(store, place), SIGN_IN), LATER)
    assert isinstance(call_back(store, "anna", place.id, SIGN_IN, LATER), Throttled)
    assert isinstance(call_back(store, "anna", place.id, SIGN_IN, LATER + DAY), Calling)


def test_E7_sending_is_limited_per_person_over_all_their_destinations(store):
    places = [bound(store, address=f"070123456{number}") for number in range(7)]
    outcomes = [call_back(store, "anna", place.id, SIGN_IN, LATER) for place in places]
    assert [isinstance(one, Throttled) for one in outcomes] == [False] * 5 + [True] * 2
    other = bound(store, "bo", "0701234569")
    assert isinstance(call_back(store, "bo", other.id, SIGN_IN, LATER), Calling)


def test_E7_sending_is_limited_per_number_whoever_asks(store):
    outcomes = []
    for number in range(8):
        place = bound(store, f"person{number}")
        outcomes.append(call_back(store, f"person{number}", place.id, SIGN_IN, LATER))
    assert [isinstance(one, Throttled) for one in outcomes] == [False] * 5 + [True] * 3


def test_E7_a_day_costs_no_more_than_was_set(store):
    limits = SendingLimits.of(3)
    outcomes = []
    for number in range(5):
        place = bound(store, f"person{number}", f"070123456{number}")
        outcomes.append(call_back(store, f"person{number}", place.id, SIGN_IN, LATER, limits))
    assert [isinstance(one, Throttled) for one in outcomes] == [False] * 3 + [True] * 2


def test_K1_neither_number_nor_code_can_be_read_in_the_database(database_url):
    engine, keys = engine_for(database_url), Keyring()
    metadata.create_all(engine)
    with factor_store(engine, keys) as store:
        place = bound(store)
        calling = call_back(store, "anna", place.id, SIGN_IN, LATER)
    with factor_store(engine, keys) as store:
        code = call_to_send(store, calling.call_id, LATER).code
    with engine.begin() as connection:
        dump = repr(connection.execute(select(destinations)).all()) + repr(
            connection.execute(select(calls)).all()
        )
    assert "701234567" not in dump
    assert code not in dump
    keys.rotate()
    with factor_store(engine, keys) as store:
        after = ""
        while after is not None:
            after = store.reseal(after).last_id
    keys.forget_old_keys()
    with factor_store(engine, keys) as store:
        assert call_to_send(store, calling.call_id, LATER).code == code
        call_sent(store, calling.call_id, LATER)
        assert call_to_send(store, calling.call_id, LATER) is None
        assert isinstance(verify(store, "anna", CallBackResponse(code, SIGN_IN), LATER), Accepted)
    engine.dispose()


def test_S2_of_parallel_tries_with_one_code_exactly_one_wins(database_url):
    engine, keys = engine_for(database_url), Keyring()
    metadata.create_all(engine)
    with factor_store(engine, keys) as store:
        code = called(store, bound(store))
    outcomes, start = [], threading.Barrier(8)

    def attempt():
        start.wait(timeout=30)
        with factor_store(engine, keys) as store:
            outcomes.append(verify(store, "anna", CallBackResponse(code, SIGN_IN), LATER))

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(outcomes) == 8
    assert sum(isinstance(one, Accepted) for one in outcomes) == 1
    engine.dispose()


def test_what_has_ended_is_forgotten(store):
    place = bound(store)
    called(store, place)
    remove_destination(store, "anna", place.id, LATER)
    assert store.prune(LATER + 40 * DAY, 30 * DAY) >= 2
    assert approved_destinations(store, "anna") == ()
