"""RFC 4226: the values of its appendix, the window, and a counter that only grows (S3)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa import Digits, hotp
from mfa.authenticators import Hotp
from mfa.one_time_passwords import generator
from tests.support.factors import START
from tests.support.tokens import RFC_SEED

APPENDIX_D = (
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
)  # fmt: skip
TOKEN = Hotp(id="t", subject="anna", name="", secret=RFC_SEED, created_at=START)
CODES = generator(RFC_SEED, Digits.SIX, TOKEN.algorithm)


@pytest.mark.parametrize(("counter", "code"), list(enumerate(APPENDIX_D)))
def test_rfc4226_appendix_d(counter, code):
    assert hotp.matched_counter(replace(TOKEN, counter=counter), code) == counter


@given(counter=st.integers(0, 1 << 40), ahead=st.integers(-15, 30))
def test_S3_the_look_ahead_is_limited_and_nothing_behind_is_accepted(counter, ahead):
    meant = max(0, counter + ahead)
    code = CODES.at(meant)
    window = range(counter, counter + hotp.LOOK_AHEAD + 1)
    accepted = [step for step in window if CODES.at(step) == code]
    assert hotp.matched_counter(replace(TOKEN, counter=counter), code) == max(accepted, default=None)
    if meant in window:
        assert accepted


def test_S3_what_the_specification_says_of_the_windows_is_so():
    """docs/specifications.md: the look-ahead is a guess in 90,000 for each try, not more."""
    assert (hotp.LOOK_AHEAD, hotp.RESYNCHRONISATION) == (10, 1000)


@given(presses=st.lists(st.integers(1, hotp.LOOK_AHEAD + 1), max_size=40))
def test_S3_the_counter_only_grows_and_the_person_is_never_lost_within_the_window(presses):
    token, device = TOKEN, 0
    for times in presses:
        device += times
        found = hotp.matched_counter(token, CODES.at(device - 1))
        assert found is not None
        assert found >= token.counter
        token = replace(token, counter=found + 1)
        assert hotp.is_replay(token, CODES.at(device - 1))
        device = max(device, token.counter)  # a code that stands for two counters moves on to the later


@given(counter=st.integers(0, 1 << 40), beyond=st.integers(-3, hotp.RESYNCHRONISATION + 3))
def test_S3_resynchronising_takes_two_consecutive_codes_ahead_and_no_others(counter, beyond):
    token = replace(TOKEN, counter=counter)
    first, second = max(0, counter + beyond), max(0, counter + beyond) + 1
    found = hotp.resynchronised(token, CODES.at(first), CODES.at(second))
    if counter <= first and second <= counter + hotp.RESYNCHRONISATION:
        assert found is not None
        assert counter < found <= second
    elif found is not None:  # by chance another pair of the window has these two codes
        assert (CODES.at(found - 1), CODES.at(found)) == (CODES.at(first), CODES.at(second))


@given(first=st.integers(0, 200), apart=st.integers(-3, 5).filter(lambda apart: apart != 1))
def test_S3_two_codes_that_do_not_follow_on_one_another_do_not_resynchronise(first, apart):
    second = max(0, first + apart)
    found = hotp.resynchronised(TOKEN, CODES.at(first), CODES.at(second))
    assert found is None or (CODES.at(found - 1), CODES.at(found)) == (CODES.at(first), CODES.at(second))


@pytest.mark.parametrize("text", ["", "75522", "7552240", "７５５２２４", "755224\0", "75522a"])
def test_S4_what_is_no_code_matches_nothing(text):
    assert hotp.matched_counter(TOKEN, text) is None
    assert hotp.resynchronised(TOKEN, text, APPENDIX_D[1]) is None


def test_a_code_of_eight_digits_is_not_one_of_six():
    eight = replace(TOKEN, digits=Digits.EIGHT)
    assert hotp.matched_counter(eight, APPENDIX_D[0]) is None
    assert hotp.matched_counter(eight, generator(RFC_SEED, Digits.EIGHT, TOKEN.algorithm).at(0)) == 0
