"""A plan that was read is carried out line by line as it was read, or not at all; brakes by unit and by kind."""

import pytest

from directory_sync import BrakeSettings, Outcome, RunSettings, synchronise
from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.brake import Limit
from directory_sync.held import OVERTAKEN, Released
from directory_sync.settings import SettingsError
from directory_sync.settings_file import directory_settings
from tests.directory_sync.listed_source import ListedSource, listed
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW

MAPPING = AttributeMapping()
TWO = RunSettings(brake=BrakeSettings(0, 2))


def town(*keys: str, **surnames: str) -> ListedSource:
    return ListedSource(
        [listed(key, sn=surnames.get(key, f"Berg {key}"), departmentnumber=key[0]) for key in keys]
    )


def sync(source, sink, **options):
    return synchronise(source, MAPPING, sink, NOW, settings=options.pop("settings", TWO), **options)


def released(report, *, strict=True):
    grounds = () if report.braked is None else report.braked.grounds
    return Released(report.plan.lines, grounds, strict)


KEYS = ("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4")


@pytest.fixture
def sink():
    made = MemorySink()
    sync(town(*KEYS), made)
    return made


def test_lines_that_still_hold_are_carried_out_and_the_overtaken_are_listed_and_planned_anew(sink):
    read = sync(town(*KEYS, a1="Ek", a2="Ek"), sink, dry_run=True)
    now = town(*KEYS, a1="Ek", a2="Alm", b1="Ny")
    done = sync(now, sink, release=released(read))
    assert (done.outcome, done.applied) == (Outcome.APPLIED, {"changed": 1})
    assert [(out.line.record.key, out.reason) for out in done.left_out] == [("a2", OVERTAKEN)]
    anew = sync(now, sink)
    assert anew.applied == {"changed": 2}


def test_a_plan_that_the_brake_stopped_is_carried_out_when_it_is_let_through(sink):
    stopped = sync(town("a1", "b1", "b2", "b3", "b4"), sink)
    assert (stopped.outcome, stopped.braked.grounds) == (Outcome.BRAKED, ("leavers",))
    # One of the three has come back: two leave, the third's line is overtaken.
    done = sync(town("a1", "a2", "b1", "b2", "b3", "b4"), sink, release=released(stopped))
    assert (done.outcome, done.applied, len(done.left_out)) == (Outcome.APPLIED, {"leaver": 2}, 1)


@pytest.mark.parametrize("strict", [True, False])
def test_more_than_was_read_is_refused_whole(sink, strict):
    stopped = sync(town("a1", "b1", "b2", "b3", "b4"), sink)
    done = sync(town("a1", "b1", "b2", "b3"), sink, release=released(stopped, strict=strict))
    assert done.outcome is (Outcome.REFUSED if strict else Outcome.BRAKED)
    assert len(sink.active_keys()) == len(KEYS)


def test_a_harmless_plan_that_has_become_a_harmful_one_is_refused(sink):
    read = sync(town(*KEYS, a1="Ek"), sink, dry_run=True)
    done = sync(town("a1", a1="Ek"), sink, release=released(read))
    assert done.outcome is Outcome.REFUSED
    assert "the grounds have changed" in done.reason


def test_the_brake_of_one_unit(sink):
    settings = RunSettings(brake=BrakeSettings(1, 100, unit=Limit(0.5, 1)))
    two_of_four = sync(town("a1", "a2", "b1", "b2", "b3", "b4"), sink, settings=settings, dry_run=True)
    assert two_of_four.outcome is Outcome.PLANNED
    three_of_four = sync(town("a1", "b1", "b2", "b3", "b4"), sink, settings=settings)
    assert (three_of_four.outcome, three_of_four.braked.grounds) == (Outcome.BRAKED, ("unit a",))
    assert "3 of 4 persons in unit a; at most 2 are allowed" in three_of_four.braked.reason


def test_the_brake_of_one_kind(sink):
    settings = RunSettings(brake=BrakeSettings(1, 100, kinds={"joiner": Limit(0.25, 1)}))
    assert sync(town(*KEYS, "c1", "c2"), sink, settings=settings, dry_run=True).outcome is Outcome.PLANNED
    stopped = sync(town(*KEYS, "c1", "c2", "c3"), sink, settings=settings)
    assert stopped.braked.grounds == ("joiner",)
    done = sync(town(*KEYS, "c1", "c2", "c3"), sink, settings=settings, release=released(stopped))
    assert done.applied == {"joiner": 3}


def test_L9_what_has_gone_back_in_time_says_of_nobody_to_be_absent(sink):
    settings = RunSettings(brake=BrakeSettings(1, 100), distrust="restored from a backup")
    assert sync(town(*KEYS[1:]), sink, settings=settings).braked.grounds == ("distrust",)
    assert sync(town(*KEYS, a1="Ek"), sink, settings=settings).outcome is Outcome.APPLIED


def test_brakes_in_the_configuration():
    base = {
        "name": "t",
        "url": "ldap://localhost",
        "base_dn": "dc=x",
        "bind_dn": "cn=x",
        "bind_password": "x",
    }
    told = {"share": 0.1, "unit": {"share": 0.5, "number": 10}, "kinds": {"mover": {"number": 900}}}
    made = directory_settings({**base, "brake": told}).brake
    assert (made.share, made.number, made.unit) == (0.1, 5, Limit(0.5, 10))
    assert made.kinds["mover"] == Limit(0, 900)
    with pytest.raises(SettingsError, match="leavers: the brake itself"):
        directory_settings({**base, "brake": {"kinds": {"leaver": {}}}})
