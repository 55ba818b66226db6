"""N4: only one holds a lease; a dead holder is replaced; clocks of nodes do not matter."""

import threading
import time
from datetime import timedelta

from sqlalchemy import text

from idp.jobs.leases import Leases
from idp.storage.leases import SqlLeases

MINUTE = timedelta(minutes=1)
SHORT = timedelta(milliseconds=400)


def two(database):
    return Leases(SqlLeases(database), "one"), Leases(SqlLeases(database), "two")


def test_N4_a_lease_has_one_holder(database):
    one, two_ = two(database)
    held = one.acquire("clock", MINUTE)
    assert held is not None
    assert held.is_held()
    assert two_.acquire("clock", MINUTE) is None
    assert two_.acquire("other", MINUTE) is not None


def test_N4_a_dead_holder_is_replaced_and_learns_it_when_it_wakes(database, until):
    one, two_ = two(database)
    held = one.acquire("clock", SHORT)
    until(lambda: two_.acquire("clock", MINUTE) is not None)
    assert not held.is_held()
    assert not one.renew(held, MINUTE)
    assert not held.is_held()
    assert one.acquire("clock", MINUTE) is None


def test_a_holder_stops_before_another_can_begin(database):
    one, two_ = two(database)
    held = one.acquire("clock", SHORT)
    while held.is_held():
        assert two_.acquire("clock", MINUTE) is None or not held.is_held()
        time.sleep(0.01)


def test_a_released_lease_is_free_at_once_and_its_term_grows(database):
    one, two_ = two(database)
    first = one.acquire("clock", MINUTE)
    one.release(first)
    assert not first.is_held()
    second = two_.acquire("clock", MINUTE)
    assert second.term == first.term + 1
    one.release(first)
    assert one.acquire("clock", MINUTE) is None, "a release of an old lease takes nothing from the new holder"


def test_N4_many_ask_at_once_and_one_gets_it(database):
    barrier, won = threading.Barrier(8), []

    def ask(number: int) -> None:
        leases = Leases(SqlLeases(database), f"node-{number}")
        barrier.wait()
        if leases.acquire("clock", MINUTE):
            won.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_lease_outlasts_its_duration_while_its_block_runs(database):
    one, two_ = two(database)
    with one.hold("sync", SHORT) as held:
        time.sleep(SHORT.total_seconds() * 2)
        assert held.is_held()
        assert two_.acquire("sync", MINUTE) is None
        with two_.hold("sync", MINUTE) as other:
            assert other is None
    assert two_.acquire("sync", MINUTE) is not None


def test_a_lost_lease_is_known_inside_its_block(database, until):
    one, _ = two(database)
    with one.hold("sync", SHORT) as held:
        with database.write() as uow:
            uow.connection.execute(text("UPDATE leases SET holder = 'another'"))
        until(lambda: not held.is_held())


def test_a_lease_that_could_not_be_prolonged_in_time_is_still_ones_own_if_nobody_took_it(database):
    one, _ = two(database)
    with one.hold("sync", SHORT) as held:
        held.ends = 0.0
        assert held.confirm()
        assert held.is_held()
        with database.write() as uow:
            uow.connection.execute(text("UPDATE leases SET holder = 'another'"))
        held.ends = 0.0
        assert not held.confirm()


def test_the_databases_clock_is_the_machines_here(database):
    one, _ = two(database)
    one.acquire("clock", MINUTE)
    with database.read() as uow:
        ends = uow.connection.execute(text('SELECT "until" FROM leases')).scalar() / 1_000_000
    assert abs(ends - time.time() - 60) < 5
