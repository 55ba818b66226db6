"""What is locked is said of every kind; a trusted device has a counter of its own; unlocking opens what was locked."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mfa import (
    Accepted,
    FactorKind,
    OneTimePasswordResponse,
    RecoveryCodeResponse,
    Rejected,
    Throttled,
    generate_recovery_codes,
    locks,
    throttle_key,
    unlock,
    verify,
)
from tests.support.factors import START, enrol_app, memory_store
from tests.support.tokens import counter_seed, hand

NOW = START
KEY = throttle_key("anna")


def guess(store, times, device="", now=NOW):
    for _ in range(times):
        outcome = verify(store, "anna", OneTimePasswordResponse("000000"), now, device=device)
    return outcome


def test_locks_are_listed_by_kind_the_longest_first_and_end(store):
    enrol_app(store, "anna", NOW)
    generate_recovery_codes(store, "anna", NOW)
    assert locks(store, KEY, NOW) == ()
    guess(store, 5)
    for _ in range(7):
        verify(store, "anna", RecoveryCodeResponse("0000-0000-0000-0000"), NOW)
    found = locks(store, KEY, NOW)
    assert {lock.kind for lock in found} == {FactorKind.TOTP, FactorKind.RECOVERY_CODE}
    assert [lock.until for lock in found] == sorted((lock.until for lock in found), reverse=True)
    assert locks(store, throttle_key("bo"), NOW) == ()
    assert locks(store, KEY, NOW + timedelta(days=1)) == ()


def test_an_attacker_elsewhere_does_not_lock_a_trusted_device(store):
    app = enrol_app(store, "anna", NOW)
    assert isinstance(guess(store, 9), Throttled)
    assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(NOW, 1)), NOW), Throttled)
    on_it = verify(store, "anna", OneTimePasswordResponse(app.code(NOW, 1)), NOW, device="d1")
    assert isinstance(on_it, Accepted)
    # S7: and success there opens nothing elsewhere.
    assert locks(store, KEY, NOW) != ()
    # The device's own guesses are counted as strictly.
    assert isinstance(guess(store, 6, device="d2"), Throttled)
    assert isinstance(guess(store, 1, device="d1"), Rejected)


def test_a_helper_opens_what_is_locked(store):
    app = enrol_app(store, "anna", NOW)
    guess(store, 5)
    for lock in locks(store, KEY, NOW):
        unlock(store, KEY, lock.kind, NOW)
    assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(NOW, 1)), NOW), Accepted)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(
        st.sampled_from(["guess", "right app", "right button", "old button", "wait", "wait long"]),
        max_size=40,
    )
)
def test_S6_however_kinds_and_times_are_mixed_never_more_than_five_guesses_in_a_row_are_checked(acts):
    with memory_store() as store:
        app = enrol_app(store, "anna", NOW)
        button = hand(store, "anna", counter_seed(), NOW)
        now, in_a_row, last = NOW, 0, ""
        for act in acts:
            if act.startswith("wait"):
                now += timedelta(minutes=31) if act == "wait" else timedelta(hours=8)
                in_a_row = 0 if act == "wait long" else max(0, in_a_row - 1)
                continue
            if act == "guess":
                outcome = guess(store, 1, now=now)
                if isinstance(outcome, Rejected):
                    in_a_row += 1
                    assert in_a_row <= 6, "five free ones, and one after each wait"
                    in_a_row = min(in_a_row, 5)
                continue
            if act == "old button" and not last:
                continue
            code = app.code(now) if act == "right app" else last if act == "old button" else button.press()
            outcome = verify(store, "anna", OneTimePasswordResponse(code), now)
            if act == "right button":
                last = code
                if isinstance(outcome, Throttled):
                    button.counter -= 1
            if isinstance(outcome, Accepted):
                in_a_row = 0
                assert locks(store, KEY, now) == ()
