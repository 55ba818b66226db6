"""The stages of a run, their order, and what is left when one is killed."""

# ruff: noqa: ARG002  the Protocol names what these doubles have no use for

import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from directory_sync import (
    BrakeSettings,
    BrokenEntry,
    HeldLine,
    Outcome,
    RunInProgress,
    RunSettings,
    Stage,
    synchronise,
)
from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.held import Released
from directory_sync.scratch import NoRoom, Scratch
from tests.directory_sync.listed_source import ListedSource, listed
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW
from tests.directory_sync.sqlite_sink import PERSONS, SqliteSink

ROOT = Path(__file__).parents[2]
MAPPING = AttributeMapping()


def everybody(number: int = 20, *, without: int = 0) -> ListedSource:
    return ListedSource([listed(f"k{n}") for n in range(without, number)])


def sync(source, sink, **options):
    return synchronise(source, MAPPING, sink, NOW, **options)


def test_a_run_tells_how_far_it_is():
    told = []
    report = sync(
        everybody(2500), MemorySink(), settings=RunSettings(batch=1000),
        progress=lambda stage, done: told.append((stage, done)),
    )  # fmt: skip
    assert told == [
        (Stage.READ, 1000), (Stage.READ, 2000), (Stage.HOLD, 2500),
        (Stage.APPLY, 1000), (Stage.APPLY, 2000), (Stage.APPLY, 2500),
    ]  # fmt: skip
    assert report.applied == {"joiner": 2500}
    assert (report.outcome, report.persons_read, report.run) == (Outcome.APPLIED, 2500, "run-1")


def test_a_held_run_is_continued_before_anything_new_is_read():
    sink = MemorySink()
    planned = sync(everybody(), sink, dry_run=True)
    run = sink.hold(planned.plan)
    sink.apply(run, sink.pending(run, 7))
    report = sync(everybody(), sink)
    assert report.continued == run
    assert report.outcome is Outcome.UNCHANGED
    assert report.applied == {"joiner": 13}
    assert len(sink.active_keys()) == sink.writes == 20
    assert sink.unfinished_run("town") is None


def test_a_dry_run_names_an_unfinished_run_and_leaves_it():
    sink = MemorySink()
    run = sink.hold(sync(everybody(), sink, dry_run=True).plan)
    report = sync(everybody(), sink, dry_run=True)
    assert (report.continued, report.applied, sink.writes) == (run, {}, 0)


def test_a_run_of_another_source_is_not_touched():
    sink = MemorySink()
    other = sync(ListedSource([listed("x")], name="other"), sink, dry_run=True)
    sink.hold(other.plan)
    assert sync(everybody(), sink).continued is None
    assert sink.unfinished_run("other") is not None


def test_a_line_whose_facts_have_changed_is_left_out_listed_and_planned_anew():
    sink = MemorySink()
    sync(everybody(), sink)
    changed = ListedSource([listed(f"k{n}", sn="Lind") for n in range(20)])
    run = sink.hold(sync(changed, sink, dry_run=True).plan)
    other = ListedSource([listed("k0", mail="new@x"), *(listed(f"k{n}") for n in range(1, 20))])
    interim = sync(other, _Unheld(sink), dry_run=True)
    sink._apply("town", next(iter(interim.plan.lines)))
    report = sync(changed, sink)
    assert report.continued == run
    assert [out.line.record.key for out in report.left_out] == ["k0"]
    assert report.applied == {"changed": 20}
    assert sink.records("town", ["k0"])["k0"].record.surname == "Lind"


class _Unheld:
    """The same facts, without the run that is waiting."""

    def __init__(self, sink: MemorySink) -> None:
        self._sink = sink

    def __getattr__(self, name: str):
        return getattr(self._sink, name)

    def unfinished_run(self, source: str) -> None:
        return None


def test_a_second_run_at_the_same_time_is_told_so():
    sink = MemorySink()
    sink.hold(sync(everybody(), sink, dry_run=True).plan)
    with pytest.raises(RunInProgress):
        sync(everybody(), _Unheld(sink))
    assert sink.writes == 0


def test_a_sink_that_does_not_mark_its_lines_does_not_loop_for_ever():
    class Forgetful(MemorySink):
        def apply(self, run, lines):
            return []

    with pytest.raises(RuntimeError, match="again"):
        sync(everybody(), Forgetful())


def test_L9_the_brake_stops_and_a_human_lets_exactly_that_plan_through():
    sink = MemorySink()
    sync(everybody(100), sink)
    settings = RunSettings(brake=BrakeSettings(0.05, 5))
    assert sync(everybody(100, without=5), sink, settings=settings).outcome is Outcome.APPLIED
    braked = sync(everybody(100, without=15), sink, settings=settings)
    assert (braked.outcome, braked.braked.would_disable, braked.run) == (Outcome.BRAKED, 10, None)
    assert len(sink.active_keys()) == 95
    let_through = Released(braked.plan.lines, braked.braked.grounds)
    other = sync(everybody(100, without=16), sink, settings=settings, release=let_through)
    assert other.outcome is Outcome.BRAKED
    released = sync(everybody(100, without=15), sink, settings=settings, release=let_through)
    assert released.outcome is Outcome.APPLIED
    assert len(sink.active_keys()) == 85


def test_L9_an_empty_or_broken_reading_is_an_error_and_disables_nobody():
    sink = MemorySink()
    sync(everybody(3), sink)
    lax = RunSettings(brake=BrakeSettings(1.0, 1000))
    broken = BrokenEntry("town", "uid=x", None, "no key")
    for source in (ListedSource([]), ListedSource([], cut="gone"), ListedSource([broken])):
        report = sync(source, sink, settings=lax)
        assert report.outcome is Outcome.UNREADABLE
        assert report.reason
    assert len(sink.active_keys()) == 3


def test_an_incomplete_reading_is_said_even_if_nothing_follows():
    sink = MemorySink()
    sync(everybody(3), sink)
    report = sync(ListedSource([listed("k0")], cut="the line went dead"), sink)
    assert (report.outcome, report.reason) == (Outcome.UNCHANGED, "persons: the line went dead")
    assert len(sink.active_keys()) == 3


def test_a_conflict_is_put_before_a_human_and_reported():
    sink = MemorySink()
    twins = [listed("a", employeenumber="7"), listed("b", employeenumber="7"), listed("c")]
    report = sync(ListedSource(twins), sink)
    assert [conflict.value for conflict in report.conflicts] == ["7"]
    assert report.applied == {"joiner": 1, "conflict": 1}
    assert len(sink.conflicts) == 1
    again = sync(ListedSource(twins), sink)
    assert (again.outcome, len(list(again.conflicts)), len(sink.runs)) == (Outcome.UNCHANGED, 1, 1)
    assert list(replace(report, plan=None).conflicts) == []


# killed


def start(path: Path, night: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tests.directory_sync.sqlite_sink", str(path), night]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def events(path: Path) -> int:
    return SqliteSink(path).db.execute("select count(*) from event").fetchone()[0]


def kill_when(path: Path, night: str, at_least: int) -> bool:
    """Kill -9 once so many lines are applied; False if the program was done before."""
    process = start(path, night)
    while process.poll() is None:
        if events(path) >= at_least:
            process.kill()
            process.wait()
            return process.returncode == -9
        time.sleep(0.001)
    return False


@pytest.mark.parametrize("seed", [1, 2])
def test_L10_killed_at_any_moment_and_started_again_nothing_is_lost_and_nothing_twice(tmp_path, seed):
    chance = random.Random(seed)
    path = tmp_path / "accounts.sqlite"
    SqliteSink(path)
    killed = 0
    for night, lines in (("first", PERSONS), ("second", 200 + 1000 + 100)):
        before = events(path)
        for target in sorted(chance.sample(range(lines - 100), 4)):
            killed += kill_when(path, night, before + target)
            database = SqliteSink(path).db
            held = database.execute("select count(*) from line where done = 1").fetchone()[0]
            assert held == events(path)
            if night == "first":
                assert database.execute("select count(*) from person where active = 0").fetchone()[0] == 0
        process = start(path, night)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert killed >= 4
    assert "unchanged" in output or "applied" in output
    database = SqliteSink(path).db
    twice = "select key, kind, count(*) from event group by run, position having count(*) > 1"
    assert database.execute(twice).fetchall() == []
    joined = "select count(*), count(distinct key) from event where kind = 'Joiner'"
    assert database.execute(joined).fetchone() == (PERSONS + 100, PERSONS + 100)
    assert database.execute("select count(*) from event where kind = 'Leaver'").fetchone() == (200,)
    assert database.execute("select count(*) from event where kind = 'Changed'").fetchone() == (1000,)
    active = {key for (key,) in database.execute("select key from person where active = 1")}
    assert active == {f"k{n}" for n in range(PERSONS) if n % 10} | {f"new{n}" for n in range(100)}
    assert database.execute("select count(*) from run where finished = 0").fetchone() == (0,)


def test_a_held_line_says_where_it_stands():
    sink = MemorySink()
    run = sink.hold(sync(everybody(2), sink, dry_run=True).plan)
    first, second = sink.pending(run, 10)
    assert isinstance(first, HeldLine)
    assert (first.position, second.position) == (0, 1)


def test_no_room_for_temporary_files_is_said_and_changes_nothing(monkeypatch):
    """A file system that is full: `test_shelf` has SQLite say so for good."""
    monkeypatch.setattr(Scratch, "run_many", _full)
    sink = MemorySink()
    many = ListedSource([listed(f"k{n}") for n in range(12_000)])
    report = synchronise(many, AttributeMapping(), sink, NOW)
    assert (report.outcome, report.persons_read) == (Outcome.UNREADABLE, 10_000)
    assert "no room" in report.reason
    assert not sink.persons
    assert not sink.runs


def _full(_scratch, _statement, _rows):
    raise NoRoom("there is no room left for temporary files")
