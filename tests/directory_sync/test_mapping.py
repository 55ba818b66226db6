"""From entries to records, or to the reason why not."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from directory_sync import BrokenEntry, EmploymentRecord, Inactivity, PersonRecord, Protection
from directory_sync.attribute_mapping import AttributeMapping, GroupMapping, PersonMapping, UnitMapping
from directory_sync.entry import DirectoryEntry
from directory_sync.mapping import MappedGroup, MappedUnit, map_group, map_person, map_unit
from directory_sync.scratch import Scratch
from directory_sync.units import UnitsRead
from tests.directory_sync.people import NOW, TOMORROW, YESTERDAY

BASE = {"uid": ["anna01"], "givenname": ["Anna"], "sn": ["Berg"], "displayname": ["Anna Berg"]}


def entry(key: str = "k1", dn: str = "uid=anna01,dc=x", **attributes: Sequence[str] | None) -> DirectoryEntry:
    values = {**BASE, **{name.lower(): texts for name, texts in attributes.items()}}
    return DirectoryEntry("town", key, dn, {n: tuple(v) for n, v in values.items() if v is not None})


def record(mapping: PersonMapping | None = None, **attributes: Sequence[str] | None) -> PersonRecord:
    mapped = map_person(entry(**attributes), AttributeMapping(mapping or PersonMapping()))
    assert isinstance(mapped, PersonRecord), mapped
    return mapped


def reason(mapping: PersonMapping | None = None, **attributes: Sequence[str] | None) -> str:
    mapped = map_person(entry(**attributes), AttributeMapping(mapping or PersonMapping()))
    assert isinstance(mapped, BrokenEntry), mapped
    assert (mapped.source, mapped.dn, mapped.key) == ("town", "uid=anna01,dc=x", "k1")
    return mapped.reason


def test_every_value_knows_which_attribute_it_came_from():
    anna = record(
        replace(PersonMapping(), preferred_given_name="callName", protection="mark"),
        givenName=["Anna Maria"], callName=["Mia"], mail=["a@x"], employeeNumber=["7"], title=["Nurse"],
        departmentNumber=["U1"], preferredLanguage=["sv"], mark=["sekretessmarkering"],
    )  # fmt: skip
    assert anna.given_name == "Mia"
    assert anna.protection is Protection.MARKED
    assert anna.origins == {
        "given_name": "callName", "surname": "sn", "display_name": "displayName", "login": "uid", "mail": "mail",
        "employee_number": "employeeNumber", "language": "preferredLanguage", "protection": "mark",
        "unit_codes": "departmentNumber", "titles": "title",
    }  # fmt: skip


def test_without_a_preferred_name_the_given_name_is_used_and_said():
    anna = record(replace(PersonMapping(), preferred_given_name="callName"))
    assert (anna.given_name, anna.origins["given_name"]) == ("Anna", "givenName")


def test_blanks_are_single_and_never_at_the_ends():
    assert record(sn=[" von\u00a0 Sydow "]).surname == "von Sydow"


def test_a_display_name_is_made_if_there_is_none():
    anna = record(displayName=None)
    assert anna.display_name == "Anna Berg"
    assert "display_name" not in anna.origins


def test_one_name_is_enough():
    assert record(givenName=None, sn=["Madonna"]).given_name == ""
    assert record(givenName=["Teller"], sn=[" "]).display_name == "Anna Berg"


@pytest.mark.parametrize(
    "attributes",
    [
        {"givenName": None, "sn": None},
        {"givenName": [" "], "sn": ["  "]},
        {"givenName": ["-"], "sn": ["123"]},
        {"givenName": ["\u3164"], "sn": ["\u200b\u115f"]},
    ],
)
def test_no_usable_name_is_broken(attributes):
    assert reason(**attributes).startswith("no usable name")


@pytest.mark.parametrize("nothing", ["\u3164", "\u200b\u200d", "\uffa0 \u2800", "\u2060"])
def test_a_value_of_which_nothing_is_seen_is_no_value(nothing):
    made = record(displayName=[nothing], uid=[nothing], sn=[nothing])
    assert (made.display_name, made.login, made.surname) == ("Anna", None, "")


@pytest.mark.parametrize("text", ["An\x07na", "An\x00na", "An\u202ena"])
def test_control_characters_are_nobodys_name(text):
    assert reason(givenName=[text]) == "givenName holds control characters"


def test_L8_a_directory_sets_only_the_fields_of_a_record():
    assert {f.name for f in fields(PersonRecord)} == {
        "source", "key", "dn", "login", "given_name", "surname", "display_name", "mail", "employee_number",
        "protection", "language", "employments", "disabled", "expires", "origins",
    }  # fmt: skip
    anna = record(isAdmin=["TRUE"], role=["administrator"], mfaExempt=["yes"])
    assert anna == record()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Skyddad folkbokföring", Protection.PROTECTED_REGISTRATION),
        ("fingerade personuppgifter", Protection.FICTITIOUS),
        ("none", Protection.NONE),
        ("what is this", Protection.MARKED),
    ],
)
def test_an_unknown_mark_is_still_a_mark(value, expected):
    assert record(replace(PersonMapping(), protection="mark"), mark=[value]).protection is expected


# employments


def test_one_employment_for_each_unit_and_one_title_for_all():
    anna = record(departmentNumber=["U2", "U1"], title=["Nurse"])
    assert anna.employments == (EmploymentRecord("U1", "Nurse"), EmploymentRecord("U2", "Nurse"))
    assert anna.unit_codes == ("U1", "U2")


def test_as_many_titles_as_units_belong_together():
    anna = record(departmentNumber=["U2", "U1"], title=["Nurse", "Teacher"])
    assert anna.employments == (EmploymentRecord("U1", "Teacher"), EmploymentRecord("U2", "Nurse"))


def test_of_titles_that_cannot_be_told_apart_the_first_is_taken():
    anna = record(departmentNumber=["U1"], title=["Nurse", "Teacher"])
    assert anna.employments == (EmploymentRecord("U1", "Nurse"),)


def test_no_unit_title_or_date_means_no_employment_that_is_known():
    assert record().employments == ()
    assert record(title=["Mayor"]).employments == (EmploymentRecord(None, "Mayor"),)


DATED = replace(PersonMapping(), employment_start="start", employment_end="end")


def test_dates_and_moments():
    anna = record(DATED, departmentNumber=["U1"], start=["2026-01-01"], end=["20261231120000Z"])
    (employment,) = anna.employments
    assert employment.starts == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert employment.ends == datetime(2026, 12, 31, 12, tzinfo=UTC)


def test_dates_that_cannot_be_told_apart_are_broken():
    text = reason(DATED, departmentNumber=["U1", "U2"], end=["20261231Z", "2027", "2028"])
    assert "GeneralizedTime" in text
    text = reason(DATED, departmentNumber=["U1", "U2"], end=["20261231", "20271231", "20281231"])
    assert text.startswith("end has 3 values for 2 units")


def test_ended_when_all_have_ended_and_not_before():
    both = {"departmentNumber": ["U1", "U2"]}
    ended = record(DATED, **both, end=["20261101000000Z", "20261124120000Z"])
    assert ended.inactivity(NOW) is Inactivity.ENDED
    assert ended.last_end() == NOW
    one = record(DATED, **both, end=["20261101000000Z", "20261124120001Z"])
    assert one.inactivity(NOW) is None
    assert record(DATED, **both).inactivity(NOW) is None


def test_begins_when_the_first_begins():
    def begins(*employments: EmploymentRecord) -> datetime | None:
        return replace(record(), employments=employments).begins(NOW)

    assert begins() is None
    assert begins(EmploymentRecord("U1", starts=TOMORROW)) == TOMORROW
    assert begins(EmploymentRecord("U1", starts=TOMORROW), EmploymentRecord("U2")) is None
    past = EmploymentRecord("U2", starts=None, ends=YESTERDAY)
    assert begins(EmploymentRecord("U1", starts=TOMORROW), past) == TOMORROW


# disabled


def test_a_permanent_lock_disables_and_a_passing_one_does_not():
    assert record(pwdAccountLockedTime=["20261124115900Z"]).enabled
    locked = record(pwdAccountLockedTime=["000001010000Z"])
    assert locked.inactivity(NOW) is Inactivity.DISABLED
    assert locked.origins["disabled"] == "pwdAccountLockedTime"


def test_an_attribute_may_disable():
    mapping = replace(PersonMapping(), disabled_when={"employeeType": ("Former",), "closed": ("*",)})
    assert record(mapping, employeeType=["nurse"]).enabled
    assert record(mapping, employeeType=["nurse", "FORMER "]).disabled == "employeeType is “FORMER”"
    assert record(mapping, closed=["any"]).disabled == "closed is “any”"


# units and groups


def test_units_by_code_or_by_place():
    def unit(key: str, dn: str, **attributes: list[str]) -> MappedUnit:
        mapped = map_unit(
            DirectoryEntry("town", key, dn, {n.lower(): tuple(v) for n, v in attributes.items()}),
            UnitMapping(parent_code="above"),
        )
        assert isinstance(mapped, MappedUnit)
        return mapped

    units = UnitsRead(Scratch())
    # A child may be read before its parent, and a unit that moves between two pages comes twice.
    units.take(unit("2", "ou=Home,ou=box,OU=care,dc=X", ou=["C1"]))
    units.take(unit("1", "ou=Caring,dc=x", ou=["old"]))
    units.take(unit("1", "ou=Care,dc=x", ou=["C"], description=["Care"]))
    units.take(unit("3", "ou=Far,dc=y", ou=["C2"], above=["C1"]))
    assert [(u.code, u.name, u.parent_code) for u in units] == [
        ("C", "Care", None), ("C1", "C1", "C"), ("C2", "C2", "C1"),
    ]  # fmt: skip


def test_a_unit_without_a_code_and_a_group_without_a_name_are_broken():
    empty = DirectoryEntry("town", "k", "ou=x", {})
    assert isinstance(map_unit(empty, UnitMapping()), BrokenEntry)
    assert isinstance(map_group(empty, GroupMapping()), BrokenEntry)
    control = DirectoryEntry("town", "k", "ou=x", {"ou": ("a\x07",), "cn": ("b\x07",)})
    assert isinstance(map_unit(control, UnitMapping()), BrokenEntry)
    assert isinstance(map_group(control, GroupMapping()), BrokenEntry)


def test_a_group_keeps_its_members_as_they_are_named():
    group = map_group(
        DirectoryEntry("town", "k", "cn=g", {"cn": ("g",), "member": ("uid=a", "")}), GroupMapping()
    )
    assert isinstance(group, MappedGroup)
    assert group.members == ("uid=a", "")
