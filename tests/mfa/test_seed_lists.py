"""Makers' lists as CSV: OATH, both of Yubico's, and any other through a declared mapping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa import Algorithm, Digits, FactorKind
from mfa.authenticators import Period
from mfa.seed_files import SeedFileError, read_mapped, read_mapping, read_oath, read_yubico

SEED = "3132333435363738393031323334353637383930"
MAPPING = """
separator = ";"
skip_lines = 1
kind = "totp"
period = 60
manufacturer = "Feitian"
model = "c200"
[columns]
serial = 1
seed = 3
"""


def problems(read, *arguments):
    with pytest.raises(SeedFileError) as raised:
        read(*arguments)
    assert SEED not in str(raised.value)
    return "\n".join(raised.value.problems)


def test_an_oath_list():
    text = f"# comment\nA1, {SEED}\n\nA2,{SEED}02,totp,8,60\r\nA3,{SEED}03,HOTP,6,1000\n".encode()
    first, second, third = read_oath(text, Algorithm.SHA256)
    assert (first.serial, first.kind, first.digits, first.counter) == ("A1", FactorKind.HOTP, Digits.SIX, 0)
    assert (second.kind, second.digits, second.period) == (FactorKind.TOTP, Digits.EIGHT, Period.SIXTY)
    assert (third.kind, third.counter) == (FactorKind.HOTP, 1000)
    assert {seed.algorithm for seed in (first, second, third)} == {Algorithm.SHA256}
    assert [seed.secret.hex() for seed in (first, second, third)] == [SEED, f"{SEED}02", f"{SEED}03"]


def test_an_oath_list_of_the_second_version_has_no_owners():
    (seed,) = read_oath(f"# version: 2\n,,,A1,{SEED},totp\n".encode(), Algorithm.SHA1)
    assert (seed.serial, seed.kind) == ("A1", FactorKind.TOTP)
    assert "names an owner" in problems(
        read_oath, f"#version: 2\nanna,,,A1,{SEED}\n".encode(), Algorithm.SHA1
    )


def test_both_of_yubicos_lists():
    text = (
        "LOGGING START,11.12.13 18:55\n"
        f"OATH-HOTP,11.12.13 18:55,1,ubhe00112233,,{SEED},,,0,0,0,8,0,0,0,0,0,0\n"
        f"508327,,20,{SEED[::-1]},,2013-12-12T08:41:07,\n"
    )
    traditional, yubico = read_yubico(text.encode())
    assert (traditional.serial, traditional.digits, traditional.counter) == ("ubhe00112233", Digits.EIGHT, 0)
    assert (yubico.serial, yubico.digits, yubico.counter) == ("508327", Digits.SIX, 20)
    assert {seed.kind for seed in (traditional, yubico)} == {FactorKind.HOTP}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "Yubico OTP,11.12.13 16:43,1,cccccccirblh,b321173a2fb8,6faa3ce885fcd5eda7efa5195e5a5d44,,",
            "Yubico OTP",
        ),
        (f"OATH-HOTP,11.12.13 19:01,1,,,{SEED},,,0,0,0,6,0,0,0,0,0,0", "no token identifier"),
        (
            "508328,cccccccccccc,83cebdfb7b93,a47c5bf9c152202f577be6721c0113af,,2013-12-12T08:43:17,",
            "counter",
        ),
        ("508329,,,9e2fd386224a7f77e9b5aee775464033,,2013-12-12T08:44:34,", "20 bytes, this one 16"),
        ("hello", "expected OATH-HOTP"),
    ],
)
def test_what_is_no_oath_password_is_named_and_nothing_is_taken(line, words):
    text = f"508327,,0,{SEED},,2013-12-12T08:41:07,\n{line}\n"
    said = problems(read_yubico, text.encode())
    assert said.startswith("line 2: ")
    assert words in said


def test_a_declared_mapping():
    text = f"Serial;Batch;Key\nF-1;7;{SEED}\nF-2;7;{SEED[:-2]}AA\n"
    first, second = read_mapped(text.encode("utf-8-sig"), read_mapping(MAPPING))
    assert (first.serial, first.manufacturer, first.model) == ("F-1", "Feitian", "c200")
    assert (first.kind, first.period, first.algorithm) == (FactorKind.TOTP, Period.SIXTY, Algorithm.SHA1)
    assert second.secret.endswith(b"\xaa")


def test_a_mapping_may_take_everything_from_columns():
    mapping = read_mapping(
        'seed_encoding = "base32"\n[columns]\nserial = 2\nseed = 1\nkind = 3\ndigits = 4\n'
        "counter_or_period = 5\nalgorithm = 6\nmodel = 7\n"
    )
    text = (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ,S1,hotp,8,5,HMAC-SHA-256,A\n"
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojr,S2,totp,6,60,,B\n"
    )
    button, clock = read_mapped(text.encode(), mapping)
    assert (button.kind, button.counter, button.algorithm) == (FactorKind.HOTP, 5, Algorithm.SHA256)
    assert (clock.kind, clock.period, clock.digits, clock.model) == (
        FactorKind.TOTP,
        Period.SIXTY,
        Digits.SIX,
        "B",
    )
    assert button.secret == bytes.fromhex(SEED)
    assert clock.secret.hex().startswith(SEED[:-2])


def test_one_seed_twice_is_refused():
    said = problems(read_oath, f"A1,{SEED}\nA2,{SEED}\n".encode(), Algorithm.SHA1)
    assert said == "A2: has the same seed as A1"


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("", "serial and seed"),
        ("[columns]\nserial = 1\n", "serial and seed"),
        ("[columns]\nserial = 1\nseed = 1\n", "two things"),
        ("[columns]\nserial = 0\nseed = 1\n", "counted from 1"),
        ('[columns]\nserial = "1"\nseed = 2\n', "column numbers"),
        ("[columns]\nserial = 1\nseed = 2\nowner = 3\n", "owner"),
        ("period = 45\n[columns]\nserial = 1\nseed = 2\n", "45"),
        ('kind = "password"\n[columns]\nserial = 1\nseed = 2\n', "hotp or totp"),
        ('separator = "::"\n[columns]\nserial = 1\nseed = 2\n', "one character"),
        ("colour = 1\n[columns]\nserial = 1\nseed = 2\n", "colour"),
        ("not toml", "mapping"),
    ],
)
def test_a_wrong_mapping_is_said(mapping, words):
    assert words in problems(read_mapping, mapping)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 tokens"),
        (f"A1,{SEED},ocra", "hotp or totp"),
        (f"A1,{SEED},hotp,7", "7 digits"),
        (f"A1,{SEED},totp,6,45", "45 seconds"),
        (f"A1,{SEED},hotp,6,x", "counter"),
        ("A1,12345", "not hex"),
        ("A1,3132", "2 bytes"),
        (f",{SEED}", "serial number is missing"),
        (f"{'A' * 61},{SEED}", "60 printable"),
        ("A1", "expected serial"),
        (f'A1,"{SEED}', "not CSV"),
        (f"A1,{SEED}\0", "not text"),
    ],
)
def test_a_wrong_line_is_said(text, words):
    assert words in problems(read_oath, text.encode(), Algorithm.SHA1)


def test_what_is_not_utf8_is_said():
    assert "UTF-8" in problems(read_oath, b"\xff\xfe", Algorithm.SHA1)


@given(text=st.text(max_size=300))
def test_any_text_gives_tokens_or_a_refusal(text):
    for read in (lambda content: read_oath(content, Algorithm.SHA1), read_yubico):
        try:
            taken = len(read(text.encode("utf-8", "surrogatepass")))
        except SeedFileError as refused:
            taken = len(refused.problems)
        assert taken
