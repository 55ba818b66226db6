"""User names made of names: spelling, rule, likeness."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_sync import login_skeleton
from idp.domain.login import login_key
from idp.domain.naming import (
    MOST_LOGIN,
    Rules,
    likeness,
    login_series,
    neutral_series,
    plain_name,
    shows_name,
)


@pytest.mark.parametrize(
    ("given_name", "surname", "expected"),
    [
        ("Anna", "Andersson", "annand01"),
        ("Åsa", "Öberg", "asaobe01"),
        ("Bo", "Ö", "boo01"),
        ("Anna-Karin", "af Klint", "annafk01"),
        ("", "Suharto", "suhart01"),
        ("Sinéad", "O'Brien", "sinobr01"),
        ("Łukasz", "Żółć", "lukzol01"),
        ("Þórunn", "Guðmundsdóttir", "thogud01"),
        ("Ελένη", "Παπαδοπούλου", "elepap01"),
        ("!", "?", "handlaggare101"),
    ],
)
def test_the_rule_for_a_user_name(given_name: str, surname: str, expected: str):
    assert login_series(given_name, surname).nth(1) == expected


def test_the_hundredth_of_a_name_gets_a_third_digit():
    series = login_series("Anna", "Andersson")
    assert [series.nth(number) for number in (2, 99, 100)] == ["annand02", "annand99", "annand100"]


@given(st.text(max_size=100), st.text(max_size=100), st.integers(1, 99_999))
def test_a_made_user_name_is_short_ascii_and_never_empty(given_name: str, surname: str, number: int):
    made = login_series(given_name, surname).nth(number)
    assert made.isascii()
    assert made.isalnum()
    assert made == made.lower()
    assert 1 <= len(made) <= MOST_LOGIN
    assert made[0].isalpha()


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_names_of_a_series_differ(given_name: str, surname: str):
    series = login_series(given_name, surname)
    names = [likeness(series.nth(number)) for number in range(1, 200)]
    assert len(set(names)) == len(names)


def test_S_the_unicode_form_does_not_matter():
    assert plain_name("A\u030asa", "A\u030angstro\u0308m") == plain_name("Åsa", "Ångström")


def test_the_umlaut_is_a_rule_of_the_domain():
    assert plain_name("Jürgen", "Müller").surname == ("muller",)
    assert plain_name("Jürgen", "Müller", Rules(umlaut="ue")).surname == ("mueller",)


@pytest.mark.parametrize("wrong", [{"umlaut": "y"}, {"pool": "handläggare"}, {"pool": ""}, {"pool_from": 0}])
def test_rules_that_would_make_impossible_names_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Rules(**wrong)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("anna", "ANNA"),
        ("anna", "\u0430nna"),  # Cyrillic
        ("anna", "\uff41nna"),  # full width
        ("anna", "an na"),
        ("anna", "an\u200bna"),
        ("anna", "an\uffa0na"),
        ("åsa", "a\u030asa"),
        ("asa", "åsa"),
        ("ipek", "İPEK"),
    ],
)
def test_L7_user_names_that_look_alike_have_one_likeness(left: str, right: str):
    assert likeness(left) == likeness(right)


@pytest.mark.parametrize(
    ("left", "right"), [("anna1", "annal"), ("a.b", "ab"), ("a-b", "ab"), ("annand01", "annand10")]
)
def test_user_names_that_can_be_told_apart_differ(left: str, right: str):
    assert likeness(left) != likeness(right)


def test_L7_likeness_is_at_least_as_wide_as_the_directorys_skeleton():
    """Whoever holds a name is found by the skeleton of the name that claims it: for every character there is."""
    apart = [
        hex(point)
        for point in range(0x20, sys.maxunicode + 1)
        if not 0xD800 <= point <= 0xDFFF
        and likeness(login_skeleton(f"x{chr(point)}y")) != likeness(f"x{chr(point)}y")
    ]
    assert apart == []


@given(st.text(max_size=40))
def test_L7_likeness_is_at_least_as_wide_as_the_login_key(login: str):
    assert likeness(login_key(login)) == likeness(login)


@pytest.mark.parametrize(
    ("login", "shows"),
    [
        ("linham01", True),
        ("hammar", True),
        ("LinnH", True),
        ("xq77ham", True),
        ("u100417", False),
        ("handlaggare101", False),
    ],
)
def test_a_user_name_that_lets_a_protected_name_show_is_recognised(login: str, shows: bool):  # noqa: FBT001
    assert shows_name(login, "Linn", "Hammar") is shows


def test_neutral_names_say_nothing():
    series = neutral_series(Rules(pool="medarbetare", pool_from=400))
    assert [series.nth(number) for number in (1, 18)] == ["medarbetare400", "medarbetare417"]
