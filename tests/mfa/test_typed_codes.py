"""Codes that people type: strength, printed form, tolerant reading."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa import recovery_codes, temporary_access, typed_codes
from mfa.sql_store import SqlFactorStore


def test_K6_codes_have_the_bits_they_promise() -> None:
    """Five bits a symbol: 80 for recovery, at least 50 for temporary, at least 80 for activation."""
    assert recovery_codes.SYMBOLS * 5 >= 80
    assert temporary_access.TEMPORARY_SYMBOLS * 5 >= 50
    assert temporary_access.ACTIVATION_SYMBOLS * 5 >= 80
    made = [typed_codes.generate(16) for _ in range(2000)]
    assert len(set(made)) == 2000
    counts = [sum(code.count(symbol) for code in made) for symbol in typed_codes._ALPHABET]
    assert len(counts) == 32
    assert 800 < min(counts) <= max(counts) < 1200  # 1000 expected, more than six deviations away


def test_K1_a_codes_hash_is_bound_to_its_subject_and_kind(store: SqlFactorStore) -> None:
    hashes = {
        mac(store, subject, "0" * 16)
        for mac in (recovery_codes.mac, temporary_access.temporary_mac, temporary_access.activation_mac)
        for subject in ("anna", "bertil")
    }
    assert len(hashes) == 6


def test_the_alphabet_holds_nothing_that_looks_like_something_else() -> None:
    assert not set("ILOU") & set(typed_codes._ALPHABET)
    assert len(set(typed_codes._ALPHABET)) == 32


def test_codes_are_printed_in_groups_of_four() -> None:
    assert typed_codes.printed("0123456789ABCDEF") == "0123-4567-89AB-CDEF"


@st.composite
def typed_variants(draw: st.DrawFn) -> tuple[str, str]:
    """A code, and a way in which somebody might type it."""
    code = draw(st.text(typed_codes._ALPHABET, min_size=12, max_size=20))
    typed = ""
    for symbol in code:
        looks = {"0": "0oO", "1": "1iIlL"}.get(symbol, symbol + symbol.lower())
        typed += draw(st.sampled_from(looks)) + draw(
            st.sampled_from(["", "", "", "-", " ", "–", "\u00a0", "\t"])
        )
    return code, typed


@given(variant=typed_variants())
def test_reading_is_tolerant(variant: tuple[str, str]) -> None:
    code, typed = variant
    assert typed_codes.parse(typed, len(code)) == code


@given(text=st.text(max_size=40), symbols=st.integers(1, 20))
def test_reading_gives_a_well_formed_code_or_nothing(text: str, symbols: int) -> None:
    code = typed_codes.parse(text, symbols)
    assert code is None or (len(code) == symbols and set(code) <= set(typed_codes._ALPHABET))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0123-4567-89AB-CDE",
        "0123-4567-89AB-CDEFG",
        "0123-4567-89AB-CDEU",
        "0123-4567-89AB-CDE!",
        "０123-4567-89AB-CDEF",
        "ı123-4567-89AB-CDEF",  # a dotless i, whose upper case is I
        "ﬁ23-4567-89AB-CDEF",  # a ligature, whose upper case is two letters
        "0123-4567-89AB-CDEF" + " " * 200,
    ],
)
def test_what_cannot_be_a_code_is_malformed(text: str) -> None:
    assert typed_codes.parse(text, 16) is None


def test_composed_and_decomposed_input_are_alike() -> None:
    """No normalisation turns something else into a code."""
    for text in ("A\u030a12345678901234", unicodedata.normalize("NFC", "A\u030a12345678901234")):
        assert typed_codes.parse(text, 16) is None
