"""Lines as JSON and as sentences."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_sync import (
    Changed,
    Conflict,
    ConflictKind,
    EmploymentRecord,
    FieldChange,
    GroupChanged,
    GroupCreated,
    GroupRecord,
    GroupRemoved,
    Inactivity,
    Joiner,
    Leaver,
    Line,
    Mover,
    Party,
    PersonRef,
    Protection,
    Returned,
    UnitChanged,
    UnitCreated,
    UnitRecord,
    UnitRemoved,
    line_from_json,
    line_to_json,
    person_fingerprint,
    person_from_text,
    person_text,
    sentence,
)
from directory_sync.lines import KINDS
from tests.directory_sync.people import NOW, TOMORROW, YESTERDAY, employed, person

ANNA = person("k1", login="annber01", display_name="Anna Berg")
MARK = b"\x01" * 16
UNIT = UnitRecord("town", "u1", "ou=c", "C", "Care", "A")
GROUP = GroupRecord("town", "g1", "cn=g", "Nurses", ("k1", "k2"))
NEW_MAIL = (FieldChange("mail", "a@x", None),)

LINES: list[tuple[Line, str]] = [
    (Joiner(ANNA), "Anna Berg (annber01) joins at U1."),
    (Joiner(replace(ANNA, employments=()), TOMORROW, None, PersonRef("hr", "7")),
     "Anna Berg (annber01) joins from 2026-11-25 12:00 UTC. The same person is known from hr."),
    (Joiner(replace(ANNA, employments=employed("U1", ends=YESTERDAY)), None, Inactivity.ENDED),
     "Anna Berg (annber01) is new at U1, without access: the last employment ended 2026-11-23 12:00 UTC."),
    (Changed(ANNA, MARK, NEW_MAIL), "Anna Berg (annber01) changes: mail “a@x” → nothing."),
    (Changed(ANNA, MARK, ()), "Anna Berg (annber01) changes: stored anew."),
    (Mover(ANNA, MARK, NEW_MAIL, ("U1",), ("U2", "U3")),
     "Anna Berg (annber01) leaves U2, U3 and comes to U1, with mail “a@x” → nothing."),
    (Leaver("k1", MARK, Inactivity.ABSENT, ANNA), "Anna Berg (annber01) leaves: no longer in the directory."),
    (Leaver("k1", MARK, Inactivity.DISABLED, ANNA, replace(ANNA, disabled="employeeType is “former”")),
     "Anna Berg (annber01) leaves: disabled in the directory, employeeType is “former”."),
    (Leaver("k1", MARK, Inactivity.DISABLED, ANNA), "Anna Berg (annber01) leaves: disabled in the directory."),
    (Returned(ANNA, MARK, NEW_MAIL, TOMORROW),
     "Anna Berg (annber01) returns, from 2026-11-25 12:00 UTC, with mail “a@x” → nothing."),
    (Conflict(ConflictKind.LOGIN_MOVED, "annber01",
              (Party("town", "k1", "annber01", "Anna Berg", "uid=a"), Party("hr", "7", None, "A Berg"),
               Party(None, None, "annber01", "Local")), ("k1",)),
     ("The user name annber01 has moved to another person, who inherits nothing: Anna Berg [uid=a] and A Berg [hr 7] "
      "and Local [an account of Portvakt's own]. A person has to decide.")),
    (UnitCreated(UNIT), "Unit C (Care) is new under A."),
    (UnitCreated(replace(UNIT, parent_code=None)), "Unit C (Care) is new."),
    (UnitChanged(UNIT, (FieldChange("name", "Old", "Care"),)), "Unit C changes: name “Old” → “Care”."),
    (UnitRemoved(UNIT), "Unit C (Care) is gone from the directory."),
    (GroupCreated(GROUP, MARK), "Group Nurses is new, with 2 members."),
    (GroupChanged(GROUP, MARK, MARK[::-1], (FieldChange("name", "N", "Nurses"),), ("k1",), ("k3", "k4")),
     "Group Nurses gets 1 member and loses 2 members and changes: name “N” → “Nurses”."),
    (GroupChanged(GROUP, MARK, MARK, (), (), ()), "Group Nurses is stored anew."),
    (GroupRemoved("g1", "Nurses", MARK), "Group Nurses is gone from the directory."),
]  # fmt: skip


@pytest.mark.parametrize(("line", "text"), LINES)
def test_a_line_is_one_sentence(line, text):
    assert sentence(line) == text


@pytest.mark.parametrize(("line", "text"), LINES)
def test_a_line_survives_a_table(line, text):
    stored = line_to_json(line)
    assert line_from_json(stored) == line
    assert line_to_json(line_from_json(stored)) == stored


def test_every_kind_is_tried():
    assert {type(line) for line, _ in LINES} == set(KINDS)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"line": "nothing"}', '{"line": 1}', '{"line": "joiner"}', "x"]
)
def test_what_is_no_line_is_a_fault(text):
    with pytest.raises((ValueError, KeyError, TypeError)):
        line_from_json(text)


@pytest.mark.parametrize(
    "path", [["login"], ["employments"], ["origins"], ["protection"], ["employments", 0]]
)
def test_a_record_of_the_wrong_form_is_a_fault(path):
    value = json.loads(person_text(ANNA))
    target = value
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = 7
    with pytest.raises((ValueError, TypeError)):
        person_from_text(json.dumps(value))


texts = st.text(max_size=10)
optional = st.none() | texts
moments = st.none() | st.datetimes().map(lambda m: m.replace(tzinfo=NOW.tzinfo))
records = st.builds(
    person,
    texts,
    login=optional,
    given_name=texts,
    mail=optional,
    protection=st.sampled_from(Protection),
    disabled=optional,
    employments=st.lists(st.builds(EmploymentRecord, optional, optional, moments, moments), max_size=3).map(
        tuple
    ),
    origins=st.dictionaries(texts, texts, max_size=3),
)


@given(records)
def test_a_record_survives_a_table_and_keeps_its_fingerprint(record):
    again = person_from_text(person_text(record))
    assert again == record
    assert person_fingerprint(again) == person_fingerprint(record)


@given(records, records)
def test_two_records_that_differ_have_two_fingerprints(one, other):
    assert (person_fingerprint(one) == person_fingerprint(other)) is (one == other)


def test_the_fingerprint_is_the_same_in_every_run():
    assert person_fingerprint(person("k1")).hex() == "e1249d01fe32f5f3534fec526af6a070"
