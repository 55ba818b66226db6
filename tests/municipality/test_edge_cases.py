"""Every hand-written case of DOMAIN.md section 7.3 that fits one directory is there, and is what it says."""

import datetime as dt
import unicodedata

import pytest

from deploy.municipality.expected import ExpectedResult, address_key, expected_result
from deploy.municipality.model import Municipality, Person


@pytest.fixture(scope="module")
def expected(municipality: Municipality) -> ExpectedResult:
    return expected_result(municipality)


def _case(municipality: Municipality, case: str) -> list[Person]:
    found = [person for person in municipality.people if case in person.cases]
    assert found, f"nobody stands for {case}"
    return found


def test_eight_anna_anderssons_two_in_one_unit_one_gone_one_with_a_comma(municipality: Municipality) -> None:
    annas = [p for p in municipality.people if (p.call_name, p.surname) == ("Anna", "Andersson") and p.cases]
    assert len(annas) == 8
    assert annas[0].unit_codes == annas[1].unit_codes or len({p.unit_codes for p in annas}) < 8
    assert sum(p.end is not None for p in annas) == 1
    assert any(p.dn.startswith("cn=Andersson\\2C Anna,") for p in annas)


@pytest.mark.parametrize(
    ("case", "names"),
    [
        ("dots_over_letters", {"Åsa Öberg", "Asa Oberg"}),
        ("accents", {"Helén Lund", "Helen Lund", "Hélène Lund"}),
        ("double_given_name", {"Anna-Karin Lindberg", "Annakarin Lindberg", "Anna Karin Lindberg"}),
        ("particles", {"Gustaf af Klint", "Fredrika von Sydow", "María de la Cruz", "Youssef El Hassan"}),
        ("given_name_as_surname", {"Maria Björn", "Björn Björn"}),
        ("polish", {"Łukasz Żółć"}),
        ("vietnamese", {"Thị Mai Nguyễn"}),
        ("german", {"Jürgen Weiß"}),
        ("arabic_script_only", {"فاطمة الزهراء"}),
        ("one_word_name", {"Suharto"}),
        ("apostrophe", {"Sinéad O'Brien", "Niamh O\u2019Brien"}),
    ],
)
def test_names(municipality: Municipality, case: str, names: set[str]) -> None:
    assert {person.common_name for person in _case(municipality, case)} == names


def test_the_long_name_has_seventy_characters(municipality: Municipality) -> None:
    (person,) = _case(municipality, "seventy_characters")
    assert len(person.common_name or "") == 70


def test_the_decomposed_name_is_decomposed(municipality: Municipality) -> None:
    (person,) = _case(municipality, "nfd_letters")
    assert person.common_name != unicodedata.normalize("NFC", person.common_name or "")
    assert unicodedata.normalize("NFC", person.common_name or "") == "Åsa Ångström"


def test_dates_stand_around_the_day_of_reference(
    municipality: Municipality, expected: ExpectedResult
) -> None:
    (tomorrow,) = _case(municipality, "starts_tomorrow")
    assert tomorrow.start == "20261124230000Z"
    assert expected.not_started == (tomorrow.dn,)
    (today,) = _case(municipality, "ends_today")
    assert today.end == "20261124225900Z"
    assert today.dn not in expected.ended
    (yesterday,) = _case(municipality, "ended_yesterday")
    assert yesterday.end == "20261123225900Z"
    assert yesterday.dn in expected.ended


def test_summer_time_is_the_municipalitys_own(municipality: Municipality) -> None:
    from deploy.municipality.edge_facts import local  # only here

    assert local(dt.date(2026, 7, 1)) == "20260630220000Z"
    assert local(dt.date(2026, 12, 1)) == "20261130230000Z"


def test_protected_identities_are_six_of_three_kinds(expected: ExpectedResult) -> None:
    kinds = sorted(expected.protected.values())
    assert kinds == ["fingerade personuppgifter"] + ["sekretessmarkering"] * 3 + ["skyddad folkbokföring"] * 2


def test_broken_entries_have_their_reasons(expected: ExpectedResult) -> None:
    assert sorted(broken.reason for broken in expected.broken) == [
        "control_character", "no_name", "no_name", "not_utf8", "same_employee_number", "same_employee_number",
    ]  # fmt: skip


def test_collisions_are_listed(expected: ExpectedResult) -> None:
    keys = {collision.key: len(collision.dns) for collision in expected.address_collisions}
    assert keys["annaandersson"] >= 8
    assert keys["asaoberg"] == 2
    assert keys["helenlund"] == 2
    assert keys["annakarinlindberg"] == 3
    assert {collision.key for collision in expected.login_collisions} == {"perols01", "ediere77"}
    assert [len(collision.dns) for collision in expected.mail_collisions] == [2]
    assert len(expected.without_login) == 2
    assert expected.unknown_unit_codes == ("120039901",)


@pytest.mark.parametrize(
    ("call_name", "surname", "key"),
    [
        ("Åsa", "Öberg", "asaoberg"),
        ("Gustaf", "af Klint", "gustafafklint"),
        ("Karin", "Berg Lindqvist", "karinlindqvist"),
        ("Karin", "Berg-Lindqvist", "karinberglindqvist"),
        ("Łukasz", "Żółć", "lukaszzolc"),
        ("Þórunn", "Guðmundsdóttir", "thorunngudmundsdottir"),
        ("Jürgen", "Weiß", "jurgenweiss"),
        ("فاطمة", "الزهراء", None),
    ],
)
def test_the_oracle_makes_keys_by_section_3(call_name: str, surname: str, key: str | None) -> None:
    assert address_key(call_name, surname) == key
