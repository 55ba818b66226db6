"""N4 and the thread set: jobs on one node at a time, taken over when it dies, all ended within seconds."""

import threading
import time
from datetime import timedelta

import pytest

from idp.jobs import clock as clock_module
from idp.jobs.clock import Clock, Job
from idp.jobs.leases import Leases
from idp.jobs.runner import Runner
from idp.storage.leases import SqlLeases
from tests.jobs.conftest import now


@pytest.fixture(autouse=True)
def short_lease(monkeypatch):
    monkeypatch.setattr(clock_module, "LEASE", timedelta(seconds=1))


def a_clock(database, name: str, *jobs: Job) -> Clock:
    return Clock(Leases(SqlLeases(database), name), jobs, now)


def counting(runs: list, name: str, every: float = 0.05, **options: bool) -> Job:
    return Job("count", timedelta(seconds=every), lambda *_: runs.append(name), **options)


def test_N4_a_job_runs_on_one_node_and_another_takes_over_when_it_dies(database, running, until):
    runs: list[str] = []
    dying = a_clock(database, "one", counting(runs, "one"))
    stop = threading.Event()
    first = threading.Thread(target=dying.run, args=(stop,), daemon=True)
    first.start()
    until(lambda: len(runs) > 3)
    running(a_clock(database, "two", counting(runs, "two")).run)
    time.sleep(1.5)
    assert "two" not in runs
    # It dies: it renews no more and runs no more, and gives nothing back.
    dying._leases.renew = lambda *_: False
    dying._leases.acquire = lambda *_: None
    dying._leases.release = lambda *_: None
    stop.set()
    assert until(lambda: "two" in runs) < 3
    assert runs.index("two") > len([name for name in runs if name == "one"]) - 1, "never both"


def test_a_stopped_node_hands_over_at_once(database, running, until):
    runs: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(target=a_clock(database, "one", counting(runs, "one")).run, args=(stop,))
    thread.start()
    until(lambda: runs)
    stop.set()
    thread.join(3)
    assert not thread.is_alive()
    running(a_clock(database, "two", counting(runs, "two")).run)
    assert until(lambda: "two" in runs) < 0.7


def test_a_job_for_every_node_runs_on_every_node(database, running, until):
    runs: list[str] = []
    for name in ("one", "two"):
        running(a_clock(database, name, counting(runs, name, everywhere=True)).run)
    until(lambda: {"one", "two"} <= set(runs))


def test_a_slow_job_delays_no_other_and_a_failing_one_comes_again(database, running, until):
    runs: list[str] = []
    over = threading.Event()

    def fails(*_: object) -> None:
        runs.append("fails")
        raise RuntimeError("as planned")

    running(
        a_clock(
            database,
            "one",
            Job("slow", timedelta(seconds=1), lambda *_: over.wait(3)),
            Job("fails", timedelta(milliseconds=50), fails),
            counting(runs, "quick"),
        ).run
    )
    until(lambda: runs.count("quick") > 5 and runs.count("fails") > 2, 2)
    over.set()


def test_a_long_job_learns_that_its_lease_is_lost(database, running, until):
    told: list[bool] = []

    def long(_now: object, still_ours: clock_module.StillOurs) -> None:
        while still_ours():
            time.sleep(0.01)
        told.append(True)

    clock = a_clock(database, "one", Job("long", timedelta(seconds=1), long))
    running(clock.run)
    until(clock._is_ours)
    time.sleep(0.3)
    clock._leases.renew = lambda *_: False
    clock._leases.acquire = lambda *_: None
    until(lambda: told)


def test_the_runner_stops_every_loop_within_seconds(database):
    runs: list[str] = []
    runner = Runner(
        {"clock": a_clock(database, "one", counting(runs, "one")).run, "wait": threading.Event.wait}
    )
    runner.start()
    time.sleep(0.5)
    began = time.monotonic()
    assert runner.stop()
    assert time.monotonic() - began < 2
    assert runs


def test_the_runner_names_what_does_not_stop_and_goes_on():
    hang = threading.Event()
    runner = Runner({"hangs": lambda _stop: hang.wait(5)})
    runner.start()
    began = time.monotonic()
    assert not runner.stop(0.3)
    assert time.monotonic() - began < 1
    hang.set()


def test_a_loop_that_fails_starts_anew(monkeypatch, until):
    monkeypatch.setattr("idp.jobs.runner._FIRST_PAUSE", 0.01)
    starts: list[int] = []

    def loop(stop: threading.Event) -> None:
        starts.append(1)
        if len(starts) < 3:
            raise OSError("the database is away")
        stop.wait()

    runner = Runner({"loop": loop})
    runner.start()
    until(lambda: len(starts) == 3)
    assert runner.stop()
