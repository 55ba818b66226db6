"""A plan in the reader's language: every kind of line and reason in Swedish, and nothing left of our own English."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

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
    PersonRecord,
    PersonRef,
    Protection,
    Returned,
    UnitChanged,
    UnitCreated,
    UnitRecord,
    UnitRemoved,
    english,
    sentence,
    speaking,
)
from directory_sync.brake import BRAKED_KINDS, BrakeSettings, Limit, brake, distrusted
from directory_sync.changes import GONE_BACK
from directory_sync.differences import person_changes
from directory_sync.lines import KINDS
from directory_sync.value_words import DISABLED, FIELDS, value_words
from idp.pages.administration.plan_words import REASONS, PlanWords
from idp.web.languages import translations
from idp.web.rendering import Rendering
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import TOMORROW, YESTERDAY, employed, person
from tests.directory_sync.survey_of import plan_of
from tests.directory_sync.test_lines import ANNA, GROUP, LINES, MARK, NEW_MAIL, UNIT
from tests.support.messages import plan_messages

RENDERING = Rendering.load("Sundby kommun", ZoneInfo("Europe/Stockholm"), {})
SWEDISH = speaking(translations("sv").gettext, lambda at: RENDERING.moment("sv", at))
HIDDEN = replace(ANNA, protection=Protection.MARKED)

SAID: list[tuple[Line, str]] = [
    (Joiner(ANNA), "Anna Berg (annber01) börjar vid U1."),
    (Joiner(replace(ANNA, employments=()), TOMORROW, None, PersonRef("hr", "7")),
     "Anna Berg (annber01) börjar, från och med 25 november 2026 13:00. Samma person är känd från hr."),
    (Joiner(replace(ANNA, employments=employed("U1", ends=YESTERDAY)), None, Inactivity.ENDED),
     "Anna Berg (annber01) är ny vid U1, utan åtkomst: den sista anställningen upphörde 23 november 2026 13:00."),
    (Joiner(HIDDEN), "Skyddad person k1 börjar."),
    (Changed(ANNA, MARK, NEW_MAIL), "Anna Berg (annber01) ändras: e-postadress ”a@x” → inget."),
    (Changed(HIDDEN, MARK, NEW_MAIL), "Skyddad person k1 ändras: e-postadress."),
    (Changed(ANNA, MARK, ()), "Anna Berg (annber01) ändras: sparas på nytt."),
    (Mover(ANNA, MARK, NEW_MAIL, ("U1",), ("U2", "U3")),
     "Anna Berg (annber01) lämnar U2, U3 och kommer till U1. Dessutom ändras: e-postadress ”a@x” → inget."),
    (Mover(HIDDEN, MARK, NEW_MAIL, ("U1",), ("U2",)), "Skyddad person k1 flyttar till andra enheter."),
    (Leaver("k1", MARK, Inactivity.ABSENT, ANNA), "Anna Berg (annber01) stängs av: finns inte längre i katalogen."),
    (Leaver("k1", MARK, Inactivity.DISABLED, ANNA, replace(ANNA, disabled="employeeType is “former”")),
     "Anna Berg (annber01) stängs av: avstängd i katalogen, employeeType är ”former”."),
    (Leaver("k1", MARK, Inactivity.DISABLED, ANNA, replace(ANNA, disabled="the account is locked")),
     "Anna Berg (annber01) stängs av: avstängd i katalogen, kontot är låst."),
    (Returned(ANNA, MARK, NEW_MAIL, TOMORROW),
     ("Anna Berg (annber01) kommer tillbaka, från och med 25 november 2026 13:00. Dessutom ändras: e-postadress ”a@x” "
     "→ inget.")),
    (Conflict(ConflictKind.LOGIN_MOVED, "annber01",
              (Party("town", "k1", "annber01", "Anna Berg", "uid=a"), Party("hr", "7", None, "Protected person 7"),
               Party(None, None, "annber01", "Local")), ("k1",)),
     ("Användarnamnet annber01 har gått över till en annan person, som inte ärver något: Anna Berg [uid=a] och "
     "Skyddad person 7 [hr 7] och Local [ett konto som är Portvakts eget]. Någon måste avgöra vad som gäller.")),
    (UnitCreated(UNIT), "Enheten C (Care) är ny, under A."),
    (UnitChanged(UNIT, (FieldChange("name", "Old", "Care"),)), "Enheten C ändras: namn ”Old” → ”Care”."),
    (UnitRemoved(UNIT), "Enheten C (Care) finns inte längre i katalogen."),
    (GroupCreated(GROUP, MARK), "Gruppen Nurses är ny, med 2 medlemmar."),
    (GroupChanged(GROUP, MARK, MARK[::-1], (FieldChange("name", "N", "Nurses"),), ("k1",), ("k3", "k4")),
     "Gruppen Nurses får 1 medlem och förlorar 2 medlemmar och ändras: namn ”N” → ”Nurses”."),
    (GroupChanged(GROUP, MARK, MARK, (), (), ()), "Gruppen Nurses sparas på nytt."),
    (GroupRemoved("g1", "Nurses", MARK), "Gruppen Nurses finns inte längre i katalogen."),
]  # fmt: skip


@pytest.mark.parametrize(("line", "text"), SAID)
def test_a_line_is_one_plain_swedish_sentence(line, text):
    assert sentence(line, SWEDISH) == text


def test_every_kind_is_said_in_swedish():
    assert {type(line) for line, _ in SAID} == set(KINDS)


def test_values_that_hold_words_of_ours_are_said_anew_and_times_are_told_where_the_readers_are():
    ends = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    cook = EmploymentRecord("U1", "Kock at heart", ends=ends)
    before = replace(ANNA, employments=(cook,), expires=ends, origins={})
    after = replace(
        ANNA,
        employments=(EmploymentRecord(None), EmploymentRecord("U2", None, ends)),
        origins={"mail": "x", "surname": "sn"},
    )
    said = sentence(Changed(after, MARK, person_changes(before, after)), SWEDISH)
    assert said == (
        "Anna Berg (annber01) ändras: anställningar ”Kock at heart vid U1 till 1 januari 2027 00:00” → "
        "”anställd; vid U2 från och med 1 januari 2027 00:00”, giltig till ”1 januari 2027 00:00” → inget, "
        "källa till e-postadress inget → ”x”, källa till efternamn inget → ”sn”."
    )


def test_the_last_day_there_is_can_be_told():
    """Personnel systems write it for an employment without an end."""
    assert SWEDISH("{moment}", moment=datetime.max.replace(tzinfo=UTC)) == "31 december 9999 23:59"


texts = st.text(max_size=12)
stored_moments = st.datetimes().map(lambda at: f"{at:%Y-%m-%d %H:%M} UTC")
stored = st.one_of(
    texts,
    stored_moments,
    st.sampled_from([*DISABLED, *Protection]),
    st.lists(
        st.sampled_from(["at", "from", "until", "employed", ";", "", "; ", "U1", "Kock"]) | stored_moments,
        max_size=6,
    ).map(" ".join),
)


@given(st.sampled_from(sorted(FIELDS)), stored)
def test_in_english_a_value_is_what_is_stored(field, text):
    assert value_words(field, text, english) == f"“{text}”"


# --- nothing of our own English is left ----------------------------------------------------------------------------

values = st.text("ÅÄÖ0123456789", min_size=1, max_size=4)
"""Values that cannot be taken for words."""
maybe = st.none() | values
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
disabled = st.none() | st.sampled_from(sorted(DISABLED)) | values.map(lambda value: f"Ä is “{value}”")
employments = st.lists(
    st.builds(EmploymentRecord, maybe, maybe, st.none() | moments, st.none() | moments), max_size=3
)
people = st.builds(
    person,
    values,
    login=maybe,
    given_name=values,
    surname=values,
    display_name=values,
    mail=maybe,
    employee_number=maybe,
    language=maybe,
    dn=values,
    disabled=disabled,
    expires=st.none() | moments,
    protection=st.sampled_from(Protection),
    employments=employments.map(tuple),
    origins=st.dictionaries(st.sampled_from([one.name for one in fields(PersonRecord)]), values, max_size=3),
)
changes = st.builds(person_changes, people, people)
units = st.builds(UnitRecord, values, values, values, values, values, maybe)
groups = st.builds(GroupRecord, values, values, values, values, st.lists(values, max_size=3).map(tuple))
unit_changes = st.lists(
    st.builds(FieldChange, st.sampled_from(["code", "name", "parent_code", "dn"]), maybe, maybe)
)
marks, keys, inactive = st.just(MARK), st.lists(values, max_size=3).map(tuple), st.sampled_from(Inactivity)
some = st.lists(values, min_size=1, max_size=3).map(tuple)
refs = st.none() | st.builds(PersonRef, values, values)
party = st.builds(Party, values, values, maybe, values, maybe) | st.builds(
    Party, st.none(), st.none(), maybe, values
)
parties = st.lists(party, min_size=1, max_size=3).map(tuple)
lines = st.one_of(
    st.builds(Joiner, people, st.none() | moments, st.none() | inactive, refs),
    st.builds(Changed, people, marks, changes),
    st.builds(Mover, people, marks, changes, some, keys) | st.builds(Mover, people, marks, changes, keys, some),
    st.builds(Leaver, values, marks, inactive, people, st.none() | people, changes),
    st.builds(Returned, people, marks, changes, st.none() | moments),
    st.builds(Conflict, st.sampled_from(ConflictKind), values, parties, keys),
    st.builds(UnitCreated, units) | st.builds(UnitRemoved, units),
    st.builds(UnitChanged, units, unit_changes.map(tuple)),
    st.builds(GroupCreated, groups, marks) | st.builds(GroupRemoved, values, values, marks),
    st.builds(GroupChanged, groups, marks, marks, unit_changes.map(tuple), keys, keys),
)  # fmt: skip


def words(text: str) -> set[str]:
    """The words of a message, without its placeholders."""
    return set(re.findall(r"[a-zåäö_]{2,}", re.sub(r"\{\w+\}", "", text).lower()))


CATALOGUE = translations("sv")
OURS = set().union(*(words(msgid) for msgid in plan_messages()))
THEIRS = set().union(*(words(CATALOGUE.gettext(msgid)) for msgid in plan_messages()))


@given(lines)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_no_english_word_of_ours_is_in_the_swedish_sentence(line):
    assert words(sentence(line, SWEDISH)) & (OURS - THEIRS) == set()


@given(lines)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_the_swedish_sentence_shows_the_same_values_as_the_english_one(line):
    """So whoever is protected is shown by nothing but the key in it, as in English."""
    shown = re.compile("[ÅÄÖ0-9]+")
    timeless = speaking(CATALOGUE.gettext, lambda at: f"{at:%Y-%m-%d %H:%M} UTC")
    assert sorted(shown.findall(sentence(line, timeless))) == sorted(shown.findall(sentence(line)))


@pytest.mark.parametrize("reason", REASONS)
def test_why_a_line_stays_or_was_left_out_is_said_in_swedish(reason):
    said = PlanWords("sv", SWEDISH)
    assert said.why(reason) == CATALOGUE.gettext(reason) != reason
    kept = said.kept(f"Group <N> is stored anew. – {reason}")
    assert kept == f'<span lang="en">Group &lt;N&gt; is stored anew.</span> – {said.why(reason)}'


def test_what_is_stored_and_not_ours_to_translate_is_marked_as_english():
    said = PlanWords("sv", SWEDISH)
    assert said.kept("<b>: cut off") == '<span lang="en">&lt;b&gt;: cut off</span>'
    assert said.kept("… and 12 more") == "… och 12 till"
    assert said.why("<b>") == '<span lang="en">&lt;b&gt;</span>'
    assert PlanWords("en", english).kept("<b> – twice") == "&lt;b&gt; – twice"


def test_every_line_that_english_is_tried_on_has_its_swedish():
    for line, text in LINES:
        assert sentence(line, SWEDISH) != text


# --- the brake -----------------------------------------------------------------------------------------------------


def stopped(disabled: int, of: int, brake_settings: BrakeSettings, already: int = 0, **sizes: int) -> str:
    everybody = [person(f"k{n}") for n in range(of)]
    plan = plan_of(everybody[disabled:], MemorySink().know(everybody))
    braked = brake(plan, brake_settings, already, lambda _codes: sizes)
    assert braked is not None
    return braked.reason


@pytest.mark.parametrize(
    ("reason", "swedish"),
    [
        (stopped(40, 100, BrakeSettings(0.05, 5)),
         "planen skulle stänga av 40 av 100 aktiva konton; högst 5 är tillåtna på en gång (5 % av kontona, eller 5)"),
        (stopped(40, 100, BrakeSettings(0.125, 5), already=3),
         ("planen skulle stänga av 40 utöver 3 som nyligen stängts av, av 103 aktiva konton; högst 12 är tillåtna på "
         "en gång (12,5 % av kontona, eller 5)")),
        (stopped(40, 100, BrakeSettings(1.0, 100, unit=Limit(0.1, 2)), U1=100),
         "planen skulle stänga av 40 av 100 personer i enheten U1; högst 10 är tillåtna på en gång"),
    ],
)  # fmt: skip
def test_why_the_brake_stopped_a_plan_is_said_in_swedish(reason, swedish):
    said = PlanWords("sv", SWEDISH)
    assert said.stopped(reason).replace("\N{NO-BREAK SPACE}", " ") == swedish
    both = said.stopped(f"{reason}; the plan has 30 lines of the kind group_removed; at most 25 are allowed")
    assert both.endswith("; planen har 30 rader av slaget borttagna grupper; högst 25 är tillåtna")
    assert both.startswith(said.stopped(reason))


def test_why_absence_is_not_believed_is_said_in_swedish():
    everybody = [person(f"k{n}") for n in range(9)]
    braked = distrusted(plan_of(everybody[2:], MemorySink().know(everybody)), GONE_BACK)
    said = PlanWords("sv", SWEDISH).stopped(braked.reason)
    assert (
        said == "katalogservern har gått tillbaka i tiden; 2 skulle stängas av för att de saknas i katalogen"
    )


def test_every_kind_that_can_be_braked_is_named_in_swedish():
    for kind in BRAKED_KINDS:
        said = PlanWords("sv", SWEDISH).stopped(
            f"the plan has 3 lines of the kind {kind}; at most 2 are allowed"
        )
        assert kind not in said


def test_a_reason_that_is_not_the_brakes_is_marked_as_english():
    said = PlanWords("sv", SWEDISH)
    for reason in (
        "the directory <did> not answer",
        "the plan would disable all",
        "the plan would disable 1 of 2 persons in unit U; at most 0 are allowed at once; and more",
    ):
        assert said.stopped(reason) == Markup('<span lang="en">{}</span>').format(reason)
