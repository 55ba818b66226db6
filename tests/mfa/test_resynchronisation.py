"""Resynchronisation: two consecutive codes, forward only, under the counter that all one-time passwords share."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mfa import (
    Accepted,
    FactorKind,
    OneTimePasswordResponse,
    Reason,
    Rejected,
    Resynchronised,
    Throttled,
    hotp,
    locked_until,
    resynchronise,
    throttle_key,
    totp,
    verify,
)
from mfa.authenticators import Period
from tests.support.factors import START, enrol_app, memory_store
from tests.support.tokens import clock_seed, counter_seed, hand

NOW = START


def check(store, code, now=NOW):
    return verify(store, "anna", OneTimePasswordResponse(code), now)


def test_a_button_that_was_pressed_too_often_is_brought_back_in_step(store):
    button = hand(store, "anna", counter_seed(), NOW)
    assert check(store, button.press(400)) == Rejected(Reason.WRONG)
    first, second = button.press(), button.press()
    outcome = resynchronise(store, "anna", f" {first[:3]} {first[3:]} ", second, NOW)
    assert isinstance(outcome, Resynchronised)
    assert outcome.kind is FactorKind.HOTP
    for code in (first, second):  # both are spent by it
        assert check(store, code) == Rejected(Reason.REPLAYED)
    assert isinstance(check(store, button.press()), Accepted)


@pytest.mark.parametrize("skew", [5 * 3600, -20 * 3600])
@pytest.mark.parametrize("period", list(Period))
def test_a_clock_that_is_hours_off_is_brought_back_and_stays(store, skew, period):
    clock = hand(store, "anna", clock_seed(period=period), NOW, skew)
    assert check(store, clock.shows(NOW)) == Rejected(Reason.WRONG)
    outcome = resynchronise(store, "anna", clock.shows(NOW), clock.shows(NOW, 1), NOW)
    assert isinstance(outcome, Resynchronised)
    later = NOW + timedelta(days=1)
    assert isinstance(check(store, clock.shows(later), later), Accepted)


def test_S3_two_codes_apart_or_in_the_wrong_order_are_a_guess(store):
    button = hand(store, "anna", counter_seed(), NOW)
    codes = [button.press() for _ in range(4)]
    for pair in ((0, 2), (1, 0), (2, 2), (3, 1)):
        wrong = resynchronise(store, "anna", codes[pair[0]], codes[pair[1]], NOW)
        assert wrong == Rejected(Reason.WRONG)


def test_S3_beyond_the_window_nothing_resynchronises(store):
    button = hand(store, "anna", counter_seed(), NOW)
    button.press(hotp.RESYNCHRONISATION)
    assert resynchronise(store, "anna", button.press(), button.press(), NOW) == Rejected(Reason.WRONG)


def test_S6_guessing_pairs_and_guessing_codes_lock_together(store):
    app = enrol_app(store, "anna", NOW)
    button = hand(store, "anna", counter_seed(), NOW)
    for _ in range(3):
        assert resynchronise(store, "anna", "000000", "000000", NOW) == Rejected(Reason.WRONG)
    for _ in range(2):
        assert check(store, "000000") == Rejected(Reason.WRONG)
    first, second = button.press(), button.press()
    assert isinstance(resynchronise(store, "anna", first, second, NOW), Throttled)
    assert isinstance(check(store, app.code(NOW, 1)), Throttled)
    assert locked_until(store, throttle_key("anna"), FactorKind.HOTP, NOW) is not None


def test_a_phone_is_set_right_and_not_followed(store):
    app = enrol_app(store, "anna", NOW)
    app.skew = 3600
    outcome = resynchronise(store, "anna", app.code(NOW), app.code(NOW, 1), NOW)
    assert outcome == Rejected(Reason.NONE_ENROLLED)


@pytest.mark.parametrize("pair", [("", ""), ("755224", ""), ("755224", "28708"), ("７５５２２４", "287082")])
def test_S4_what_is_no_code_is_no_try(store, pair):
    hand(store, "anna", counter_seed(), NOW)
    for _ in range(20):
        assert resynchronise(store, "anna", *pair, NOW) == Rejected(Reason.MALFORMED)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["sign in", "resynchronise", "old"]), st.integers(1, 12)), max_size=12
    )
)
def test_S3_whatever_is_done_the_counter_only_grows_and_no_code_opens_twice(acts):
    with memory_store() as store:
        button = hand(store, "anna", counter_seed(), NOW)
        used: set[str] = set()
        counter, now = 0, NOW
        for act, number in acts:
            now += timedelta(hours=1)  # nothing is locked for as long
            if act == "sign in":
                code = button.press(number)
                if isinstance(check(store, code, now), Accepted):
                    used.add(code)
            elif act == "resynchronise":
                first, second = button.press(number * 20), button.press()
                assert isinstance(resynchronise(store, "anna", first, second, now), Resynchronised)
                used |= {first, second}
            for code in used if act == "old" else ():
                # A code of six digits may come again within the window: only then may it be accepted.
                (token,) = store.hotps.active("anna")
                if hotp.matched_counter(token, code) is None:
                    assert isinstance(check(store, code, now), Rejected | Throttled)
            (token,) = store.hotps.active("anna")
            assert token.counter >= counter
            counter = token.counter
            button.counter = max(button.counter, counter)


@settings(max_examples=30, deadline=None)
@given(
    skew=st.integers(-totp.HARDWARE_FIRST_WINDOW + 61, totp.HARDWARE_FIRST_WINDOW - 61),
    days=st.lists(st.integers(1, 60), max_size=12),
    rate=st.floats(-0.5, 0.5),
)
def test_S5_a_hardware_clock_within_its_windows_always_opens(skew, days, rate):
    """Up to half a second a day, used at least every two months: within two minutes of what was learnt."""
    with memory_store() as store:
        clock = hand(store, "anna", clock_seed(), NOW, skew)
        now = NOW
        assert isinstance(check(store, clock.shows(now), now), Accepted)
        drift = float(skew)
        for later in days:
            now += timedelta(days=later)
            drift += rate * later
            clock.skew = round(drift)
            assert isinstance(check(store, clock.shows(now), now), Accepted)
