"""RFC 6238: vectors, window, drift, replay memory, URIs."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa import totp
from mfa.authenticators import Algorithm, Digits, Period, Totp

NOW = datetime(2026, 11, 24, 8, 0, 7, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30

# RFC 6238, appendix B, with the secrets of its reference code (errata 2866): 20, 32 and 64 bytes.
SECRETS = {
    Algorithm.SHA1: b"12345678901234567890",
    Algorithm.SHA256: b"12345678901234567890123456789012",
    Algorithm.SHA512: b"1234567890123456789012345678901234567890123456789012345678901234",
}
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


def authenticator(**changes: object) -> Totp:
    plain = Totp(
        id="a", subject="anna", name="", secret=SECRETS[Algorithm.SHA1], created_at=NOW, confirmed_at=NOW
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def code_of(step: int, secret: bytes = SECRETS[Algorithm.SHA1], digits: int = 6) -> str:
    return pyotp.HOTP(base64.b32encode(secret).decode(), digits=digits).at(step)


@pytest.mark.parametrize(
    ("seconds", "algorithm", "code"),
    [
        (seconds, algorithm, code)
        for seconds, *codes in VECTORS
        for algorithm, code in zip(Algorithm, codes, strict=True)
    ],
)
def test_rfc6238_appendix_b(seconds: int, algorithm: Algorithm, code: str) -> None:
    app = authenticator(secret=SECRETS[algorithm], algorithm=algorithm, digits=Digits.EIGHT)
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.matched_step(app, code, at) == seconds // 30
    other = str((int(code[0]) + 1) % 10) + code[1:]
    assert totp.matched_step(app, other, at) is None


@given(offset=st.integers(-50, 50), drift=st.integers(-300, 300), period=st.sampled_from(Period))
def test_S5_the_window_is_one_step_around_the_learnt_drift(offset: int, drift: int, period: Period) -> None:
    app = authenticator(drift=drift, period=period)
    current = int(NOW.timestamp()) // period
    centre = current + round(drift / period)
    code = code_of(current + offset)
    accepted = {step for step in range(centre - 1, centre + 2) if code_of(step) == code}
    assert totp.matched_step(app, code, NOW) == max(accepted, default=None)
    if abs(current + offset - centre) <= 1:
        assert accepted


@given(last=st.integers(STEP - 3, STEP + 3), offset=st.integers(-1, 1))
def test_S1_a_step_is_refused_once_it_or_a_later_one_was_accepted(last: int, offset: int) -> None:
    app = authenticator(last_step=last)
    code = code_of(STEP + offset)
    fresh = STEP + offset > last
    assert totp.matched_step(app, code, NOW) == (STEP + offset if fresh else None)
    assert totp.is_replay(app, code, NOW) is not fresh


def test_S1_a_code_that_stands_for_two_steps_uses_both_up() -> None:
    """Should two steps of the window share a code, the newest is spent, and with it the older one."""
    step = 62075368  # found by search
    assert code_of(step) == code_of(step + 1)
    at = datetime.fromtimestamp(step * 30 + 1, UTC)
    assert totp.matched_step(authenticator(), code_of(step), at) == step + 1


@given(slow=st.lists(st.booleans(), min_size=1, max_size=200))
def test_S5_a_person_who_is_slow_to_type_never_loses_an_accurate_clock(slow: list[bool]) -> None:
    app, now = authenticator(), NOW
    for late in slow:
        step = totp.matched_step(app, code_of(int(now.timestamp()) // 30 - late), now)
        assert step is not None
        spent = totp.spending(app, step, now)
        app = replace(app, last_step=spent.step, drift=spent.drift)
        now += timedelta(minutes=2)


@given(direction=st.sampled_from([-1, 1]), days_between=st.integers(1, 5))
def test_S5_a_clock_that_drifts_slowly_is_followed_until_the_limit(direction: int, days_between: int) -> None:
    """A second a day, used every few days: followed to 4 minutes; never beyond the limit and a step."""
    app = authenticator()
    for day in range(0, 400, days_between):
        now = NOW + timedelta(days=day)
        device = int(now.timestamp()) + direction * day
        step = totp.matched_step(app, code_of(device // 30), now)
        if day <= 240:
            assert step is not None, day
        if step is not None:
            spent = totp.spending(app, step, now)
            app = replace(app, last_step=spent.step, drift=spent.drift)
        assert abs(app.drift) <= totp.LARGEST_DRIFT


def test_S5_one_code_from_the_edge_does_not_open_the_window_further() -> None:
    app = authenticator()
    app = replace(app, drift=totp.spending(app, STEP + 1, NOW).drift)
    assert totp.matched_step(app, code_of(STEP + 2), NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        "123456789",
        "12345a",
        "+12345",
        "-12345",
        "12_345",
        "1e2345",
        "0x1234",
        "１２３４５６",  # full-width
        "١٢٣٤٥٦",  # Arabic-Indic
        "१२३४५६",  # Devanagari
        "12345²",
        "123456\0",
        "١23456",
        "1" * 100_000,
        " " * 100_000,
    ],
)
def test_S4_what_is_not_ascii_digits_of_the_right_length_is_malformed(text: str) -> None:
    assert totp.parse(text) is None
    assert totp.matched_step(authenticator(), text, NOW) is None


def test_S4_other_scripts_digits_of_the_right_code_do_not_match() -> None:
    code = code_of(STEP)
    full_width = code.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    assert int(full_width) == int(code)
    assert totp.matched_step(authenticator(), full_width, NOW) is None


@pytest.mark.parametrize(
    "text", ["123456", " 123456 ", "123 456", "12 34 56\n", "123\u00a0456", "123\u202f456"]
)
def test_S4_spaces_are_removed(text: str) -> None:
    assert totp.parse(text) == "123456"


def test_S4_the_authenticators_own_length_decides() -> None:
    eight = authenticator(digits=Digits.EIGHT)
    assert totp.matched_step(eight, code_of(STEP), NOW) is None
    assert totp.matched_step(eight, code_of(STEP, digits=8), NOW) == STEP


@given(text=st.text(max_size=80))
def test_S4_parsing_gives_ascii_digits_or_nothing(text: str) -> None:
    code = totp.parse(text)
    assert code is None or (code.isascii() and code.isdigit() and len(code) in (6, 8))


def test_K6_secrets_are_160_random_bits() -> None:
    made = {totp.new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(secret) for secret in made} == {20}
    ones = sum(secret_byte.bit_count() for secret in made for secret_byte in secret)
    assert abs(ones / (1000 * 160) - 0.5) < 0.01


@given(
    issuer=st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), min_size=1),
    label=st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), min_size=1),
    algorithm=st.sampled_from(Algorithm),
    digits=st.sampled_from(Digits),
    period=st.sampled_from(Period),
)
def test_the_uri_can_be_read_back(
    issuer: str, label: str, algorithm: Algorithm, digits: Digits, period: Period
) -> None:
    app = authenticator(algorithm=algorithm, digits=digits, period=period)
    uri = totp.otpauth_uri(app, issuer, label)
    assert uri.isascii()
    assert "+" not in uri
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert [unquote(part) for part in parts.path[1:].split(":")] == [issuer, label]
    parameters = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
    assert parameters == {
        "secret": [base64.b32encode(app.secret).decode().rstrip("=")],
        "issuer": [issuer],
        "algorithm": [algorithm.value],
        "digits": [str(int(digits))],
        "period": [str(int(period))],
    }


def test_an_app_reads_the_uri() -> None:
    uri = totp.otpauth_uri(authenticator(), "Ånge kommun", "åsa.öberg@example.se")
    app = pyotp.parse_uri(uri)
    assert isinstance(app, pyotp.TOTP)
    assert (app.issuer, app.name) == ("Ånge kommun", "åsa.öberg@example.se")
    assert totp.matched_step(authenticator(), app.at(NOW), NOW) == STEP


@pytest.mark.parametrize(("issuer", "label"), [("a:b", "c"), ("a", "b:c")])
def test_a_colon_in_issuer_or_label_is_refused(issuer: str, label: str) -> None:
    with pytest.raises(ValueError, match="colon"):
        totp.otpauth_uri(authenticator(), issuer, label)


def test_the_secret_is_not_in_the_representation() -> None:
    assert "1234567890" not in repr(authenticator())
