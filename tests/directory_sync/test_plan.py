"""Which line a difference becomes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory_sync import (
    BrokenEntry,
    Changed,
    Conflict,
    FieldChange,
    GroupChanged,
    GroupCreated,
    GroupRecord,
    GroupRemoved,
    Inactivity,
    Joiner,
    Leaver,
    Mover,
    Protection,
    Returned,
    UnitChanged,
    UnitCreated,
    UnitRecord,
    UnitRemoved,
    sentence,
)
from directory_sync.plan import EmptyReading, make_plan
from directory_sync.reading import Complete, Incomplete
from directory_sync.snapshot import Snapshot
from directory_sync.survey import Survey
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW, TOMORROW, YESTERDAY, employed, person
from tests.directory_sync.survey_of import carry_out, plan_of

ANNA, BO = person("anna"), person("bo")
CUT = Incomplete("the directory's size limit cut the answer short", 1)


def only(plan):
    (line,) = plan.lines
    return line


def test_unchanged_persons_produce_nothing():
    assert len(plan_of([ANNA, BO], MemorySink().know([ANNA, BO])).lines) == 0


def test_a_new_person_joins():
    assert only(plan_of([ANNA], MemorySink())) == Joiner(ANNA)


def test_a_future_start_joins_now_and_begins_then():
    later = replace(ANNA, employments=employed("U1", starts=TOMORROW))
    assert only(plan_of([later], MemorySink())) == Joiner(later, begins=TOMORROW)


def test_who_is_inactive_when_first_seen_is_known_without_access():
    gone = replace(ANNA, disabled="locked for good")
    line = only(plan_of([gone], MemorySink()))
    assert line == Joiner(gone, inactive=Inactivity.DISABLED)
    assert "without access" in sentence(line)


def test_changed_values_are_told_before_and_after():
    after = replace(ANNA, surname="Lind", mail=None)
    line = only(plan_of([after], MemorySink().know([ANNA])))
    assert isinstance(line, Changed)
    assert line.changes == (
        FieldChange("surname", "Berg anna", "Lind"),
        FieldChange("mail", "anna@ekvik.example", None),
    )


def test_a_changed_origin_is_a_change():
    line = only(plan_of([replace(ANNA, origins={"login": "uid"})], MemorySink().know([ANNA])))
    assert line.changes == (FieldChange("origin of surname", "sn", None),)


def test_a_mover_changes_units():
    before = replace(ANNA, employments=employed("U1", "U2"))
    after = replace(ANNA, employments=employed("U2", "U3"), mail=None)
    line = only(plan_of([after], MemorySink().know([before])))
    assert isinstance(line, Mover)
    assert (line.joined, line.left) == (("U3",), ("U1",))
    assert FieldChange("mail", "anna@ekvik.example", None) in line.changes


def test_a_new_title_is_no_move():
    after = replace(ANNA, employments=(replace(ANNA.employments[0], title="Head"),))
    assert isinstance(only(plan_of([after], MemorySink().know([ANNA]))), Changed)


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (replace(ANNA, disabled="x"), Inactivity.DISABLED),
        (replace(ANNA, employments=employed("U1", ends=YESTERDAY)), Inactivity.ENDED),
    ],
)
def test_a_positive_statement_makes_a_leaver(after, why):
    line = only(plan_of([after], MemorySink().know([ANNA])))
    assert isinstance(line, Leaver)
    assert (line.reason, line.record, line.last) == (why, after, ANNA)


def test_the_end_of_employment_makes_a_leaver_though_nothing_was_written():
    ending = replace(ANNA, employments=employed("U1", ends=TOMORROW))
    sink = MemorySink().know([ending])
    assert len(plan_of([ending], sink).lines) == 0
    line = only(plan_of([ending], sink, now=TOMORROW))
    assert isinstance(line, Leaver)
    assert (line.reason, line.changes) == (Inactivity.ENDED, ())


def test_a_person_who_comes_back_is_the_same_person():
    sink = MemorySink().know([ANNA, BO])
    carry_out(plan_of([BO], sink), sink)
    assert sink.active_keys() == {"bo"}
    line = only(plan_of([ANNA, BO], sink))
    assert isinstance(line, Returned)
    carry_out(plan_of([ANNA, BO], sink), sink)
    assert sink.active_keys() == {"anna", "bo"}


def test_an_inactive_person_may_change_and_stays_inactive():
    gone = replace(ANNA, disabled="x")
    sink = MemorySink()
    carry_out(plan_of([gone, BO], sink), sink)
    plan = plan_of([replace(gone, mail=None), BO], sink)
    assert isinstance(only(plan), Changed)
    carry_out(plan, sink)
    assert sink.active_keys() == {"bo"}


# absence


def test_L9_absence_from_a_complete_reading_makes_a_leaver():
    line = only(plan_of([BO], MemorySink().know([ANNA, BO])))
    assert isinstance(line, Leaver)
    assert (line.key, line.reason, line.record, line.last) == ("anna", Inactivity.ABSENT, None, ANNA)


def test_L9_absence_from_an_incomplete_reading_means_nothing():
    plan = plan_of([BO], MemorySink().know([ANNA, BO]), reading=CUT)
    assert len(plan.lines) == 0
    assert plan.absence_withheld == CUT.reason


def test_L5_L9_a_positive_statement_counts_in_an_incomplete_reading_and_nothing_else_does():
    disabled = replace(ANNA, disabled="x", surname="Other")
    plan = plan_of(
        [disabled, person("new"), replace(BO, mail=None)], MemorySink().know([ANNA, BO]), reading=CUT
    )
    line = only(plan)
    assert isinstance(line, Leaver)
    assert (line.key, line.record, line.last) == ("anna", None, ANNA)


def test_L9_nobody_in_a_reading_is_an_error_and_never_a_plan():
    for reading in (Complete(0), Incomplete("x")):
        with pytest.raises(EmptyReading):
            plan_of([], MemorySink().know([ANNA]), reading=reading)


def test_L9_a_broken_entry_is_present():
    sink = MemorySink().know([ANNA, BO])
    survey = Survey("town", Snapshot(sink.known_persons("town", NOW)), NOW)
    survey.person(BO)
    survey.broken(BrokenEntry("town", "uid=anna", "anna", "no usable name"))
    assert len(make_plan(survey, Complete(2), sink).lines) == 0


def test_L9_an_entry_that_shows_no_key_may_be_anybody():
    sink = MemorySink().know([ANNA, BO])
    survey = Survey("town", Snapshot(sink.known_persons("town", NOW)), NOW)
    survey.person(BO)
    survey.person(person("new"))
    survey.broken(BrokenEntry("town", "uid=anna", None, "no key"))
    plan = make_plan(survey, Complete(3), sink)
    assert plan.counts == {"joiner": 1}
    assert plan.absence_withheld is not None


def test_L5_a_conflict_does_not_keep_anybody_in():
    sink = MemorySink().know([ANNA, BO])
    plan = plan_of([replace(ANNA, disabled="x", employee_number="n-bo"), BO], sink)
    leaver, conflict = plan.lines
    assert isinstance(leaver, Leaver)
    assert leaver.record is None
    assert isinstance(conflict, Conflict)
    carry_out(plan, sink)
    assert sink.active_keys() == {"bo"}
    assert plan_of([replace(ANNA, disabled="x", employee_number="n-bo"), BO], sink).counts == {"conflict": 1}


def test_who_is_inactive_already_does_not_leave_again():
    sink = MemorySink().know([ANNA, BO])
    carry_out(plan_of([BO], sink), sink)
    assert len(plan_of([BO], sink).lines) == 0


def test_an_entry_read_twice_counts_once_and_the_later_one_is_right():
    changed = replace(ANNA, mail=None)
    assert only(plan_of([ANNA, changed], MemorySink())) == Joiner(changed)
    assert len(plan_of([changed, ANNA], MemorySink().know([ANNA])).lines) == 0


# units and groups


def unit(key: str, code: str, parent: str | None = None, name: str = "") -> UnitRecord:
    return UnitRecord("town", key, f"ou={code}", code, name or code, parent)


def test_units_come_parents_first_and_removals_last():
    sink = MemorySink().know([ANNA])
    sink.units["town"] = {"gone": unit("gone", "Z"), "c": unit("c", "C", name="Old")}
    read = [
        unit("b1", "A1", "B"),
        unit("b", "B", "C"),
        unit("c", "C"),
        unit("l", "L", "M"),
        unit("m", "M", "L"),
    ]
    lines = list(plan_of([ANNA], sink, units=read).lines)
    assert [type(line) for line in lines] == [UnitChanged, *[UnitCreated] * 4, UnitRemoved]
    assert [line.record.code for line in lines] == ["C", "B", "A1", "L", "M", "Z"]
    assert lines[0].changes == (FieldChange("name", "Old", "C"),)


def group(key: str, *members: str, name: str = "") -> GroupRecord:
    return GroupRecord("town", key, f"cn={key}", name or key, members)


def test_groups_are_created_changed_and_removed():
    sink = MemorySink().know([ANNA, BO])
    plan = plan_of([ANNA, BO], sink, groups=[group("a", "bo", "anna"), group("b", "bo")])
    created = [line for line in plan.lines if isinstance(line, GroupCreated)]
    assert [line.record.members for line in created] == [("anna", "bo"), ("bo",)]
    carry_out(plan, sink)
    assert len(plan_of([ANNA, BO], sink, groups=[group("a", "anna", "bo"), group("b", "bo")]).lines) == 0
    plan = plan_of([ANNA, BO, person("eva")], sink, groups=[group("a", "eva", "bo", name="A")])
    _, changed, removed = plan.lines
    assert isinstance(changed, GroupChanged)
    assert (changed.added, changed.removed) == (("eva",), ("anna",))
    assert changed.changes == (FieldChange("name", "a", "A"),)
    assert isinstance(removed, GroupRemoved)
    carry_out(plan, sink)
    assert sink.group_members("town", "a") == {"eva", "bo"}


def test_a_member_who_was_stopped_comes_in_when_the_conflict_is_solved():
    sink = MemorySink().know([BO])
    twins = [person("x", employee_number="7"), person("y", employee_number="7")]
    carry_out(plan_of([BO, *twins], sink, groups=[group("g", "bo", "x")]), sink)
    assert sink.group_members("town", "g") == {"bo"}
    carry_out(plan_of([BO, twins[0]], sink, groups=[group("g", "bo", "x")]), sink)
    assert sink.group_members("town", "g") == {"bo", "x"}


def test_L9_units_and_groups_wait_for_a_complete_reading():
    sink = MemorySink().know([ANNA])
    sink.units["town"] = {"gone": unit("gone", "Z")}
    assert len(plan_of([ANNA], sink, reading=CUT, units=[unit("a", "A")], groups=[group("g")]).lines) == 0


# the plan as a whole


def test_the_hash_names_the_changes_and_not_the_moment():
    def hash_of(*people, now=NOW):
        return plan_of(people, MemorySink(), now=now).content_hash

    assert hash_of(ANNA, BO) == hash_of(BO, ANNA) == hash_of(ANNA, BO, now=TOMORROW)
    assert hash_of(ANNA, BO) != hash_of(ANNA)
    assert hash_of(ANNA) != hash_of(replace(ANNA, mail=None))


def test_many_more_than_one_question_can_hold():
    people = [person(f"k{n}") for n in range(1203)]
    sink = MemorySink()
    carry_out(plan_of(people, sink), sink)
    assert len(sink.active_keys()) == 1203
    assert plan_of([replace(p, mail=None) for p in people], sink).counts == {"changed": 1203}


names = st.sampled_from(["anna", "Anna", "bo", "ånna", None])
some_people = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(
        lambda login, number, disabled, units, ends: {
            "login": login,
            "employee_number": number,
            "disabled": disabled,
            "employments": employed(*sorted(units), ends=ends),
        },
        names,
        st.sampled_from(["1", "2", None]),
        st.sampled_from([None, None, "x"]),
        st.sets(st.sampled_from(["U1", "U2"])),
        st.sampled_from([None, None, YESTERDAY, TOMORROW]),
    ),
    min_size=1,
)
some_groups = st.dictionaries(st.sampled_from("gh"), st.sets(st.sampled_from("abcdef")))


@settings(max_examples=300)
@given(st.lists(st.tuples(some_people, some_groups), min_size=1, max_size=5))
def test_a_plan_that_was_applied_leaves_nothing_to_do(nights):
    sink = MemorySink()
    for people, groups in nights:
        records = [person(key, **values) for key, values in people.items()]
        memberships = [group(key, *sorted(members)) for key, members in groups.items()]
        plan = plan_of(records, sink, groups=memberships)
        about_persons = [n for n in plan.lines if isinstance(n, Joiner | Changed | Mover | Leaver | Returned)]
        subjects = [n.key if isinstance(n, Leaver) else n.record.key for n in about_persons]
        assert len(subjects) == len(set(subjects))
        carry_out(plan, sink)
        again = plan_of(records, sink, groups=memberships)
        assert all(isinstance(line, Conflict) for line in again.lines), again.lines
        allowed = {r.key for r in records if r.inactivity(NOW) is None}
        assert sink.active_keys() <= allowed
        stopped = {key for c in again.lines for key in c.stopped}
        assert allowed - stopped <= sink.active_keys()


def test_no_plan_shows_a_protected_person_by_name():
    hidden = person("k", given_name="Hemma", surname="Hemlig", display_name="H Hemlig", login="hemhem",
                    protection=Protection.PROTECTED_REGISTRATION)  # fmt: skip
    sink = MemorySink().know([hidden, BO])
    plans = [
        plan_of([hidden, BO], MemorySink()),
        plan_of([replace(hidden, surname="Dold", employments=employed("U9")), BO], sink),
        plan_of([replace(hidden, mail="hemlig@x"), BO], sink),
        plan_of([BO], sink),
    ]
    texts = [sentence(line) for plan in plans for line in plan.lines if "Anna" not in sentence(line)]
    assert len(texts) == 4
    assert not any(word in text for text in texts for word in ("Hem", "hem", "Dold", "U9"))
