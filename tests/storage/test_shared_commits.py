"""SQLite's writers take turns; brief ones share a commit, and each learns what became of it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as NoTurn

from idp.storage.engine import make_engine
from idp.storage.shared_commits import SharedCommits


@pytest.fixture
def engine(tmp_path):
    made = make_engine(f"sqlite:///{tmp_path / 'shared.db'}")
    with made.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(
            "CREATE TABLE written (id INTEGER PRIMARY KEY, parent INT REFERENCES parents)"
        )
    yield made
    made.dispose()


@pytest.fixture
def commits(engine):
    """How often was committed."""
    counted = []
    event.listen(engine, "commit", lambda _: counted.append(1))
    return counted


@pytest.fixture
def shared(engine):
    return SharedCommits(engine, patience=5)


def written(engine):
    with engine.connect() as connection:
        return {row[0] for row in connection.exec_driver_sql("SELECT id FROM written")}


def write(shared, number, *, brief=True, then=None, parent=None):
    with shared.transaction(brief=brief) as connection:
        connection.exec_driver_sql("INSERT INTO written VALUES (?, ?)", (number, parent))
        if then is not None:
            then()
    return number


def together(shared, jobs):
    """Run jobs at once: all of them wait behind a first writer before any of them begins."""
    outcomes = {}

    def run(number, job):
        try:
            outcomes[number] = job()
        except Exception as error:  # noqa: BLE001 - the outcome
            outcomes[number] = error

    with ThreadPoolExecutor(len(jobs)) as pool, shared.transaction(brief=False):
        for number, job in jobs.items():
            pool.submit(run, number, job)
            until = time.monotonic() + 5
            while len(shared._queue) <= len(outcomes) + list(jobs).index(number):
                assert time.monotonic() < until
                time.sleep(0.001)
    return outcomes


def test_brief_ones_that_wait_share_one_commit_and_return_when_it_is_done(engine, shared, commits):
    seen = {}

    def look(number):
        seen[number] = written(engine)

    jobs = {n: lambda n=n: (write(shared, n), look(n)) for n in range(1, 9)}
    together(shared, jobs)
    assert written(engine) == set(range(1, 9))
    assert all(number in those for number, those in seen.items())  # durable before anybody returned
    assert len(commits) == 2  # of the first one, and of the eight together


def test_what_one_rolls_back_is_its_own(engine, shared):
    def fails():
        raise ZeroDivisionError

    jobs = {n: lambda n=n: write(shared, n, then=fails if n == 2 else None) for n in range(1, 5)}
    outcomes = together(shared, jobs)
    assert isinstance(outcomes[2], ZeroDivisionError)
    assert written(engine) == {1, 3, 4}


def test_a_commit_that_fails_is_told_to_everybody_in_it(engine, shared):
    def defers(number):
        with shared.transaction(brief=True) as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql("INSERT INTO written VALUES (?, 77)", (number,))

    outcomes = together(
        shared, {1: lambda: write(shared, 1), 2: lambda: defers(2), 3: lambda: write(shared, 3)}
    )
    assert all(isinstance(one, IntegrityError) for one in outcomes.values()), outcomes
    assert written(engine) == set()
    write(shared, 9)
    assert written(engine) == {9}


def test_one_that_is_not_brief_has_a_transaction_of_its_own(engine, shared, commits):
    seen = []
    jobs = {
        1: lambda: write(shared, 1),
        2: lambda: write(shared, 2, brief=False, then=lambda: seen.append(written(engine))),
        3: lambda: write(shared, 3),
    }
    together(shared, jobs)
    assert seen == [{1}]  # committed before the slow one began
    assert len(commits) == 4
    assert written(engine) == {1, 2, 3}


def test_who_gets_no_turn_is_told_and_nobody_is_held_up(engine):
    shared = SharedCommits(engine, patience=0.2)
    begun, end = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(write, shared, 1, then=lambda: (begun.set(), end.wait(5)))
        assert begun.wait(5)
        with pytest.raises(NoTurn):
            write(shared, 2)
        end.set()
        slow.result()
    write(shared, 3)
    assert written(engine) == {1, 3}
