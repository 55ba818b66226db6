"""Names that collide stop for a human; numbers link across sources and contend within one (L6, L7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_sync import (
    Conflict,
    ConflictKind,
    Holder,
    Joiner,
    PersonRef,
    Protection,
    login_skeleton,
    sentence,
)
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import person
from tests.directory_sync.survey_of import carry_out, plan_of


def conflicts(plan) -> list[Conflict]:
    return [line for line in plan.lines if isinstance(line, Conflict)]


def joiners(plan) -> set[str]:
    return {line.record.key for line in plan.lines if isinstance(line, Joiner)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ediere77", "EDIERE77"),
        ("anna", " anna "),
        ("anna berg", "annaberg"),
        ("åsa", "a\u030asa"),
        ("åsa", "asa"),
        ("anna", "аnnа"),
        ("anna", "ａｎｎａ"),
        ("anna", "an\u200bna"),
        ("anna", "an\u3164na"),
        ("straße", "strasse"),
        ("lukasz", "łukasz"),
        ("soren", "søren"),
        ("ike", "ıke"),
        ("pope", "рорe"),
        ("nikos", "νıκοs"),
    ],
)
def test_L7_names_that_look_alike_have_one_skeleton(one, other):
    assert login_skeleton(one) == login_skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("anna1", "annal"), ("anna", "anne"), ("bo10", "boio"), ("a.b", "ab")]
)
def test_L7_names_that_differ_for_good_do_not(one, other):
    assert login_skeleton(one) != login_skeleton(other)


@given(st.text(max_size=20))
def test_L7_a_skeleton_is_its_own_skeleton(login):
    assert login_skeleton(login_skeleton(login)) == login_skeleton(login)


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("perols01", "PEROLS01", ConflictKind.LOGIN_SHARED),
        ("åsaobe", "asaobe", ConflictKind.LOGIN_ALIKE),
    ],
)
def test_L7_two_new_persons_with_one_name_are_both_stopped(one, other, kind):
    plan = plan_of([person("a", login=one), person("b", login=other), person("c")], MemorySink())
    (conflict,) = conflicts(plan)
    assert conflict.kind is kind
    assert conflict.stopped == ("a", "b")
    assert [party.key for party in conflict.parties] == ["a", "b"]
    assert joiners(plan) == {"c"}


def test_L7_a_new_person_with_a_living_persons_name_is_stopped_and_the_other_stays():
    sink = MemorySink().know([person("a", login="anna")])
    plan = plan_of([person("a", login="anna"), person("b", login="Anna")], sink)
    (conflict,) = conflicts(plan)
    assert conflict.kind is ConflictKind.LOGIN_SHARED
    assert conflict.stopped == ("b",)
    assert {party.key for party in conflict.parties} == {"a", "b"}
    assert plan.counts == {"conflict": 1}


def test_L7_what_stands_is_not_stopped_again_at_every_run():
    alike = [person("a", login="åsa"), person("b", login="asa")]
    sink = MemorySink().know(alike)
    plan = plan_of([alike[0], person("b", login="asa", mail="new@x")], sink)
    assert plan.counts == {"changed": 1}


def test_L6_a_name_that_moves_to_a_new_entry_is_quarantined_while_its_holder_is_gone():
    sink = MemorySink().know([person("old", login="perols01"), *(person(f"k{n}") for n in range(20))])
    others = [person(f"k{n}") for n in range(20)]
    plan = plan_of([*others, person("new", login="perols01")], sink)
    (conflict,) = conflicts(plan)
    assert conflict.kind is ConflictKind.LOGIN_MOVED
    assert conflict.stopped == ("new",)
    assert plan.counts == {"leaver": 1, "conflict": 1}


def test_L6_a_name_given_up_passes_to_nobody_even_later():
    sink = MemorySink().know([person("a", login="anna")])
    renamed = person("a", login="annaberg")
    carry_out(plan_of([renamed], sink), sink)
    plan = plan_of([renamed, person("b", login="anna")], sink)
    (conflict,) = conflicts(plan)
    assert (conflict.kind, conflict.stopped) == (ConflictKind.LOGIN_MOVED, ("b",))
    assert sink.active_keys() == {"a"}


def test_L6_two_who_swap_names_are_both_stopped():
    sink = MemorySink().know([person("a", login="wife"), person("b", login="husband")])
    plan = plan_of([person("a", login="husband"), person("b", login="wife")], sink)
    assert {c.kind for c in conflicts(plan)} == {ConflictKind.LOGIN_MOVED}
    assert {key for c in conflicts(plan) for key in c.stopped} == {"a", "b"}
    assert plan.counts == {"conflict": 2}


def test_L6_ones_own_former_name_can_be_taken_back():
    sink = MemorySink().know([person("a", login="anna")])
    carry_out(plan_of([person("a", login="annaberg")], sink), sink)
    assert plan_of([person("a", login="anna")], sink).counts == {"changed": 1}


def test_a_local_accounts_name_is_taken():
    sink = MemorySink()
    sink.local_accounts.append(Holder(None, None, "admin", None, "Local administrator", "admin"))
    plan = plan_of([person("a", login="ADMIN"), person("b")], sink)
    (conflict,) = conflicts(plan)
    assert conflict.stopped == ("a",)
    assert "an account of Portvakt's own" in sentence(conflict)
    assert joiners(plan) == {"b"}


def test_two_persons_with_one_number_are_both_listed_and_neither_applied():
    plan = plan_of([person("a", employee_number="7"), person("b", employee_number="7")], MemorySink())
    (conflict,) = conflicts(plan)
    assert conflict.kind is ConflictKind.EMPLOYEE_NUMBER_SHARED
    assert conflict.value == "7"
    assert conflict.stopped == ("a", "b")
    assert joiners(plan) == set()


def test_a_new_entry_with_a_known_persons_number_is_stopped():
    sink = MemorySink().know([person("a", employee_number="7")])
    plan = plan_of([person("a", employee_number="7"), person("b", employee_number="7")], sink)
    assert conflicts(plan)[0].stopped == ("b",)


def test_a_number_that_was_corrected_is_free():
    sink = MemorySink().know([person("a", employee_number="7")])
    plan = plan_of([person("a", employee_number="8"), person("b", employee_number="7")], sink)
    assert plan.counts == {"changed": 1, "joiner": 1}


def test_a_number_links_a_person_across_sources_and_a_name_does_not():
    sink = MemorySink().know([person("hr1", source="hr", employee_number="7", login="anna")])
    plan = plan_of([person("a", employee_number="7", login="anna")], sink)
    (joiner,) = plan.lines
    assert isinstance(joiner, Joiner)
    assert joiner.same_person_as == PersonRef("hr", "hr1")
    plan = plan_of([person("a", employee_number="8", login="anna")], sink)
    assert conflicts(plan)[0].kind is ConflictKind.LOGIN_SHARED


def test_a_protected_persons_name_stays_out_of_a_conflict():
    hidden = person("a", login="x", surname="Hemlig", display_name="H Hemlig", protection=Protection.MARKED)
    (conflict,) = conflicts(plan_of([hidden, person("b", login="X")], MemorySink()))
    assert "Hemlig" not in sentence(conflict)
    assert conflict.parties[0].dn is None


def test_what_an_entry_claimed_before_it_was_read_once_more_is_forgotten():
    """It moves between two pages while it is renamed, and so comes twice."""
    twice = [
        person("a", login="anna", employee_number="7"),
        person("a", login="annaberg", employee_number="8"),
    ]
    plan = plan_of([*twice, person("b", login="anna", employee_number="7")], MemorySink())
    assert conflicts(plan) == []
    assert joiners(plan) == {"a", "b"}
