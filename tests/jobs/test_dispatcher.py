"""X9 and the outbox's promises: at least once, back-off, dead letters, and nobody waits for a system that hangs."""

import contextlib
import threading
import time
from datetime import timedelta

from sqlalchemy import text

from idp.domain.outbox import Hopeless, Message
from idp.jobs import backoff
from idp.jobs.dispatcher import Dispatcher
from idp.storage.announcements import OUTBOX, Listener
from tests.jobs.conftest import now


def add(database, *messages: Message) -> None:
    with database.write() as uow:
        for message in messages:
            uow.outbox.add(message, now())


def row(database, message_id: int = 1) -> dict:
    with database.read() as uow:
        found = uow.connection.execute(text("SELECT * FROM outbox WHERE id = :id"), {"id": message_id})
        return dict(found.mappings().one())


def make_due(database) -> None:
    with database.write() as uow:
        uow.connection.execute(text("UPDATE outbox SET due_at = 0"))


def test_a_message_is_delivered_once_and_marked(database, running, until):
    got = []
    running(Dispatcher(database, {"mail": lambda delivery, _: got.append(dict(delivery.payload))}, now).run)
    add(database, Message("mail", {"to": "anna"}))
    until(lambda: row(database)["done_at"] is not None)
    time.sleep(0.6)
    assert got == [{"to": "anna"}]
    assert row(database)["attempts"] == 1


def test_a_message_of_a_transaction_that_rolled_back_is_never_delivered(database, running):
    got = []
    running(Dispatcher(database, {"mail": lambda delivery, _: got.append(delivery)}, now).run)
    with contextlib.suppress(ZeroDivisionError), database.write() as uow:
        uow.outbox.add(Message("mail"), now())
        _ = 1 / 0
    time.sleep(0.7)
    assert got == []


def test_a_new_message_is_noticed_within_half_a_second(database, running, until):
    got = []
    dispatcher = Dispatcher(database, {"mail": lambda delivery, _: got.append(delivery.id)}, now)
    running(dispatcher.run)
    running(Listener(database.engine, {OUTBOX: dispatcher.wake}).run)
    time.sleep(0.5)
    for number in range(1, 4):
        add(database, Message("mail"))
        assert until(lambda number=number: len(got) == number) < 0.5


def test_a_failure_is_tried_again_later_with_what_went_wrong_kept(database, until):
    tries = []

    def handler(delivery, _now):
        tries.append((delivery.id, delivery.attempt))
        if len(tries) < 3:
            raise ConnectionError("rp.example refuses\nconnections")

    dispatcher = Dispatcher(database, {"logout": handler}, now)
    add(database, Message("logout"))
    step_until(dispatcher, until, lambda: row(database)["last_error"] is not None)
    failed = row(database)
    assert failed["last_error"] == r"ConnectionError: rp.example refuses\x0aconnections"
    wait = (failed["due_at"] / 1_000_000) - time.time()
    assert 1 < wait < 2.6
    for _ in range(2):
        make_due(database)
        step_until(dispatcher, until, lambda: row(database)["lease"] is None and not dispatcher._running)
    step_until(dispatcher, until, lambda: row(database)["done_at"] is not None)
    assert tries == [(1, 1), (1, 2), (1, 3)]
    assert row(database)["last_error"] is None


def step_until(dispatcher, until, condition) -> None:
    def stepped() -> bool:
        dispatcher.step()
        time.sleep(0.02)
        dispatcher.step()
        return condition()

    until(stepped)


def test_back_off_doubles_to_a_bound_and_scatters():
    for attempt in range(1, 40):
        waits = {backoff.wait_after(attempt, message_id) for message_id in range(1, 200)}
        middle = min(backoff.FIRST * 2 ** (attempt - 1), backoff.LONGEST)
        assert all(middle * 0.75 <= wait <= middle * 1.25 for wait in waits)
        assert len(waits) > 150
    total = sum((backoff.wait_after(attempt, 7) for attempt in range(1, backoff.ATTEMPTS)), timedelta())
    assert timedelta(hours=5) < total < timedelta(hours=10)


def test_a_message_that_always_fails_becomes_a_dead_letter_and_can_be_asked_for_again(database, until):
    well = []

    def handler(_delivery, _now):
        if not well:
            raise OSError("no route")

    dispatcher = Dispatcher(database, {"mail": handler}, now)
    add(database, Message("mail", {"to": "anna"}))
    with database.write() as uow:
        uow.connection.execute(text("UPDATE outbox SET attempts = :n"), {"n": backoff.ATTEMPTS - 1})
    step_until(dispatcher, until, lambda: row(database)["dead_at"] is not None)
    with database.read() as uow:
        (dead,) = uow.outbox.dead_letters()
    assert (dead.topic, dead.payload, dead.attempts) == ("mail", {"to": "anna"}, backoff.ATTEMPTS)
    assert dead.last_error == "OSError: no route"
    well.append(True)
    with database.write() as uow:
        assert uow.outbox.requeue(dead.id, now())
        assert not uow.outbox.requeue(dead.id, now())
    step_until(dispatcher, until, lambda: row(database)["done_at"] is not None)


def test_a_hopeless_message_is_a_dead_letter_at_once(database, until):
    dispatcher = Dispatcher(database, {"mail": lambda *_: Hopeless("no such person")}, now)
    add(database, Message("mail"))
    step_until(dispatcher, until, lambda: row(database)["dead_at"] is not None)
    assert (row(database)["attempts"], row(database)["last_error"]) == (1, "no such person")


def test_X9_a_system_that_hangs_holds_up_no_other(database, running, until):
    hang, got = threading.Event(), []

    def handler(delivery, _now):
        if delivery.lane == "hangs":
            hang.wait(20)
        got.append(delivery.lane)

    add(database, *[Message("logout", lane="hangs") for _ in range(50)])
    running(Dispatcher(database, {"logout": handler}, now, workers=2).run)
    time.sleep(0.4)
    for number in range(1, 6):
        add(database, Message("logout", lane=f"other{number}"))
    assert until(lambda: len(got) == 5) < 1.5
    assert sorted(got) == [f"other{number}" for number in range(1, 6)]
    hang.set()


def test_messages_of_one_lane_go_one_at_a_time_in_order(database, running, until):
    at_once, most, got = [], [], []

    def handler(delivery, _now):
        at_once.append(delivery.id)
        most.append(len(at_once))
        time.sleep(0.01)
        at_once.remove(delivery.id)
        got.append(delivery.id)

    add(database, *[Message("mail", lane="smtp") for _ in range(12)])
    running(Dispatcher(database, {"mail": handler}, now).run)
    until(lambda: len(got) == 12)
    assert (max(most), got) == (1, list(range(1, 13)))


def test_a_handler_that_overruns_its_deadline_is_given_up_and_the_message_tried_again(
    database, running, until
):
    release, tries = threading.Event(), []

    def handler(delivery, _now):
        tries.append(delivery.attempt)
        if delivery.lane == "slow":
            release.wait(10)

    add(database, Message("mail", lane="slow"))
    running(Dispatcher(database, {"mail": handler}, now, workers=1, deadline=timedelta(milliseconds=200)).run)
    until(lambda: (row(database)["last_error"] or "").startswith("TimeoutError"))
    add(database, Message("mail", lane="other"))
    until(lambda: row(database, 2)["done_at"] is not None)
    release.set()
    time.sleep(0.3)
    assert row(database)["done_at"] is None, "what a handler says after it was given up counts for nothing"


def test_two_nodes_share_the_work_and_deliver_each_message_once(database, running, until):
    lock, got = threading.Lock(), []

    def handler(delivery, _now):
        with lock:
            got.append(delivery.id)

    add(database, *[Message("mail", lane=f"{number}") for number in range(200)])
    for _ in range(3):
        running(Dispatcher(database, {"mail": handler}, now).run)
    until(lambda: len(got) >= 200, 20)
    time.sleep(0.5)
    assert sorted(got) == list(range(1, 201))


def test_X9_after_a_crash_the_message_comes_again_when_its_lease_has_run_out(database, until):
    add(database, Message("mail"))
    with database.write() as uow:
        (lost,) = uow.outbox.take(["mail"], [], 1, now() + timedelta(minutes=1), now())
    got = []
    dispatcher = Dispatcher(database, {"mail": lambda delivery, _: got.append(delivery.attempt)}, now)
    dispatcher.step()
    time.sleep(0.1)
    assert got == []
    later = Dispatcher(
        database,
        {"mail": lambda delivery, _: got.append(delivery.attempt)},
        lambda: now() + timedelta(minutes=2),
    )
    step_until(later, until, lambda: row(database)["done_at"] is not None)
    assert got == [2]
    with database.write() as uow:
        assert not uow.outbox.done(lost, now()), "the one that crashed has no say any more"


def test_a_message_is_not_delivered_before_it_is_due(database):
    got = []
    add(database, Message("mail", due=now() + timedelta(hours=1)))
    Dispatcher(database, {"mail": lambda delivery, _: got.append(delivery)}, now).step()
    time.sleep(0.1)
    assert got == []


def test_a_topic_without_a_handler_waits_for_a_node_that_has_one(database, until):
    add(database, Message("new-in-the-next-version"))
    Dispatcher(database, {"mail": lambda *_: None}, now).step()
    assert row(database)["attempts"] == 0
    newer = Dispatcher(database, {"new-in-the-next-version": lambda *_: None}, now)
    step_until(newer, until, lambda: row(database)["done_at"] is not None)


def test_X9_a_stopped_worker_leaves_a_backlog_that_can_be_seen(database):
    add(database, *[Message("mail") for _ in range(30)])
    with database.read() as uow:
        count, age = uow.outbox.backlog(now() + timedelta(minutes=5))
    assert count == 30
    assert timedelta(minutes=4) < age < timedelta(minutes=6)


def test_stopping_settles_what_ends_and_hands_back_what_does_not(database, until, monkeypatch):
    monkeypatch.setattr("idp.jobs.dispatcher._STOPPING", 0.5)
    stop, began, hang = threading.Event(), [], threading.Event()

    def handler(delivery, _now):
        began.append(delivery.id)
        hang.wait(5) if delivery.lane == "hangs" else time.sleep(0.2)

    add(database, Message("mail", lane="quick"), Message("mail", lane="hangs"))
    thread = threading.Thread(target=Dispatcher(database, {"mail": handler}, now).run, args=(stop,))
    thread.start()
    until(lambda: len(began) == 2)
    stop.set()
    thread.join(3)
    assert not thread.is_alive()
    hang.set()
    assert row(database, 1)["done_at"] is not None
    handed_back = row(database, 2)
    assert (handed_back["lease"], handed_back["done_at"], handed_back["dead_at"]) == (None, None, None)
    assert handed_back["due_at"] / 1_000_000 <= time.time()


def test_pruning_forgets_the_delivered_and_keeps_the_dead(database, until):
    add(database, Message("mail"), Message("bad"))
    dispatcher = Dispatcher(database, {"mail": lambda *_: None, "bad": lambda *_: Hopeless("x")}, now)
    step_until(dispatcher, until, lambda: row(database, 2)["dead_at"] and row(database, 1)["done_at"])
    with database.write() as uow:
        assert uow.outbox.prune(now() + timedelta(seconds=1)) == 1
    assert row(database, 2)["dead_at"] is not None
