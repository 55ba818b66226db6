"""E-mail addresses made of names (DOMAIN.md 3.1)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.addresses import MOST_LOCAL_PART, address_series, canonical, needs_a_look
from idp.domain.naming import Rules

RULE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


@pytest.mark.parametrize(
    ("given_name", "surname", "expected"),
    [
        ("Anna", "Andersson", "anna.andersson"),
        ("Åsa", "Öberg", "asa.oberg"),
        ("A\u030asa", "A\u030angstro\u0308m", "asa.angstrom"),
        ("Hélène", "Lund", "helene.lund"),
        ("Björn", "Björn", "bjorn.bjorn"),
        ("Anna-Karin", "Lindberg", "anna-karin.lindberg"),
        ("Anna Karin", "Lindberg", "anna-karin.lindberg"),
        ("Karin Elisabeth Maja", "Wester", "karin.wester"),
        ("Eva\u2010Lena", "Sand\u2011Holm", "eva-lena.sand-holm"),
        ("Eva\u2013Lena", "Sand-Holm", "eva-lena.sand-holm"),
        ("Gustaf", "af Klint", "gustaf.afklint"),
        ("Fredrika", "von Sydow", "fredrika.vonsydow"),
        ("María", "de la Cruz", "maria.delacruz"),
        ("Youssef", "El Hassan", "youssef.elhassan"),
        ("Karin", "Berg-Lindqvist", "karin.berg-lindqvist"),
        ("Karin", "Berg Lindqvist", "karin.lindqvist"),
        ("Ana", "García de la Cruz", "ana.delacruz"),
        ("Sinéad", "O'Brien", "sinead.obrien"),
        ("Niamh", "O\u2019Brien", "niamh.obrien"),
        ("Thị Mai", "Nguyễn", "thi-mai.nguyen"),
        ("Łukasz", "Żółć", "lukasz.zolc"),
        ("Þórunn", "Guðmundsdóttir", "thorunn.gudmundsdottir"),
        ("Ægir", "Søndergård", "aegir.sondergard"),
        ("Đorđe", "Đukić", "dorde.dukic"),
        ("Jürgen", "Weiß", "jurgen.weiss"),
        ("Íñigo", "Français", "inigo.francais"),
        ("İpek", "Işık", "ipek.isik"),
        ("ROLF", "SVENSSON", "rolf.svensson"),
        ("Ann-Louise ", "Bergqvist ", "ann-louise.bergqvist"),
        ("Mari\u200banne", "Ek\u00adlund", "marianne.eklund"),
        ("Bo", "Ö", "bo.o"),
        ("", "Suharto", "suharto"),
        ("-Anna-", "--Berg", "anna.berg"),
        ("Minh", "Do", "minh.do"),
        ("\u0410nna", "Andersson", "anna.andersson"),
    ],
)
def test_an_address_is_spelled_by_swedish_practice(given_name: str, surname: str, expected: str):
    assert address_series(given_name, surname).nth(1) == expected


@pytest.mark.parametrize(
    ("rules", "given_name", "surname", "expected"),
    [
        (Rules(umlaut="ue"), "Jürgen", "Müller", "juergen.mueller"),
        (Rules(both_surnames=True), "Karin", "Berg Lindqvist", "karin.berg-lindqvist"),
        (Rules(both_surnames=True), "Ana", "García de la Cruz", "ana.garcia-delacruz"),
        (Rules(dotted_particles=True), "Gustaf", "af Klint", "gustaf.af.klint"),
        (Rules(reserved=frozenset({"bygg-lov"})), "", "Bygglov", "bygglov2"),
    ],
)
def test_rules_belong_to_the_mail_domain(rules: Rules, given_name: str, surname: str, expected: str):
    assert address_series(given_name, surname, rules).nth(1) == expected


def test_the_number_stands_after_the_given_name():
    series = address_series("Anna-Karin", "Lindberg")
    assert [series.nth(number) for number in (1, 2, 10)] == [
        "anna-karin.lindberg",
        "anna-karin2.lindberg",
        "anna-karin10.lindberg",
    ]
    assert address_series("", "Suharto").nth(2) == "suharto2"


@pytest.mark.parametrize("name", ["Info", "Root", "Post-Master", "Abuse", "No-Reply", "Admin"])
def test_E_a_reserved_name_is_nobodys(name: str):
    made = [address_series("", name).nth(number) for number in range(1, 5)]
    assert canonical(name) not in {canonical(one) for one in made}


def test_seventy_characters_lose_whole_parts_before_letters():
    series = address_series("Maximiliana-Konstantina", "Wolffenstein-Löwenhielm-Cederstråhle-Gyllenros")
    assert series.nth(1) == "maximiliana-konstantina.wolffenstein-lowenhielm-cederstrahle"
    assert series.nth(12345) == "maximiliana-konstantina12345.wolffenstein-lowenhielm"


def test_dots_and_hyphens_do_not_tell_two_addresses_apart():
    keys = {
        canonical(address_series(name, "Lindberg").nth(1))
        for name in ("Anna-Karin", "Annakarin", "Anna Karin")
    }
    assert keys == {"annakarinlindberg"}


@pytest.mark.parametrize(
    ("given_name", "surname", "look"),
    [("Åsa", "Öberg", False), ("فاطمة", "الزهراء", True), ("Ελένη", "Lund", True), ("\u0410nna", "Andersson", True),
     ("Thị Mai", "Nguyễn", False), ("!", "?", True)],
)  # fmt: skip
def test_a_name_from_another_script_is_for_a_human_to_confirm(given_name: str, surname: str, look: bool):  # noqa: FBT001
    assert needs_a_look(given_name, surname) is look


@given(st.text(max_size=120), st.text(max_size=120), st.integers(1, 99_999), st.booleans(), st.booleans())
def test_every_address_has_the_allowed_form(given_name, surname, number, both, dotted):
    rules = Rules(both_surnames=both, dotted_particles=dotted)
    local = address_series(given_name, surname, rules).nth(number)
    assert RULE.fullmatch(local), local
    assert len(local.encode()) <= MOST_LOCAL_PART


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_addresses_of_a_series_differ_in_their_key(given_name: str, surname: str):
    series = address_series(given_name, surname)
    keys = [canonical(series.nth(number)) for number in range(1, 200)]
    assert len(set(keys)) == len(keys)
