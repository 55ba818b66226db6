"""How many digits at the end of a text are a subject's code: the length of their own."""

from datetime import UTC, datetime

import pyotp
import pytest

import mfa
from mfa import token_stock
from mfa.one_time_passwords import base32

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
APP, BUTTON = b"12345678901234567890", b"abcdefghijabcdefghij"


@pytest.fixture
def codes(store):
    """Somebody with a six-digit app and an eight-digit button, somebody with one of them each."""
    for subject in ("both", "app"):
        mfa.import_totp(store, subject, APP, "phone", NOW)
    for number, subject in enumerate(("both", "button")):
        seed = mfa.Seed(serial=str(number), kind=mfa.FactorKind.HOTP, secret=BUTTON, digits=mfa.Digits.EIGHT)
        token_stock.take_in(store, [seed], NOW)
        token_stock.hand_out(store, seed.serial, subject, NOW)
    return pyotp.TOTP(base32(APP)).at(NOW), pyotp.HOTP(base32(BUTTON), digits=8).at(0)


@pytest.mark.parametrize(
    ("subject", "typed", "digits"),
    [
        ("nobody", "pass", None),
        ("app", "pass12345678", 6),
        ("button", "pass12345678", 8),
        ("both", "pass12{app}", 6),
        ("both", "pass12{button}", 8),
        ("both", "pass12345678", 8),
        ("both", "{app}", 6),
        ("both", "", 8),
        ("both", "pass{app}x", 8),
    ],
)
def test_it_is_the_length_of_the_subjects_own(store, codes, subject, typed, digits):
    app, button = codes
    assert mfa.appended_digits(store, subject, typed.format(app=app, button=button), NOW) == digits
