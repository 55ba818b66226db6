"""What a collector is told, and who may ask."""

import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network

import pytest

from directory_sync.watched import Watched, WatchState
from idp.domain.outbox import Message
from idp.metrics.figures import exposition
from idp.metrics.server import Metrics, MetricsServer
from idp.storage.register import SqlRegister
from idp.storage.tables import directories


@contextmanager
def served(settings, answer=lambda: b"figures\n"):
    server, stop = MetricsServer(settings, answer), threading.Event()
    thread = threading.Thread(target=server.run, args=(stop,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        stop.set()
        thread.join(5)


def asked(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def test_it_answers_this_machine_and_nothing_but_figures():
    with served(Metrics()) as url:
        assert asked(f"{url}/metrics") == (200, b"figures\n")
        assert asked(f"{url}/")[0] == 404
        assert asked(f"{url}/metrics/../administration")[0] == 404


def test_from_elsewhere_only_the_token_opens():
    elsewhere = Metrics(networks=(ip_network("192.0.2.0/24"),))
    with served(elsewhere) as url:
        assert asked(f"{url}/metrics", Authorization="Bearer ")[0] == 403
        assert asked(f"{url}/metrics", **{"X-Forwarded-For": "192.0.2.1"})[0] == 403
    with served(Metrics(networks=elsewhere.networks, token="grön nyckel 1")) as url:
        assert asked(f"{url}/metrics")[0] == 403
        assert asked(f"{url}/metrics", Authorization="Bearer wrong")[0] == 403
    with served(Metrics(networks=elsewhere.networks, token="a-token")) as url:
        assert asked(f"{url}/metrics", Authorization="Bearer a-token") == (200, b"figures\n")


@pytest.mark.parametrize(
    ("peer", "may"), [("127.0.0.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.1", False)]
)
def test_the_usual_networks_are_this_machine(peer, may):
    assert Metrics().admits(peer, "") is may


def test_a_fault_is_said_without_its_text():
    def fault():
        raise RuntimeError("postgresql://portvakt:secret@db")

    with served(Metrics(), fault) as url:
        assert asked(f"{url}/metrics") == (503, b"no figures now\n")


def test_the_figures_tell_of_sources_outbox_jobs_and_sign_ins(town):
    with town.database.write() as uow:
        uow.connection.execute(directories.insert(), {"name": "staff", "settings": {}})
        uow.provisioning.watches.put(
            "staff",
            Watched(
                state=WatchState.WAITING,
                mechanism="syncrepl",
                current_at=town.now - timedelta(seconds=90),
                error='the directory cannot be reached ("down")',
                error_at=town.now,
            ),
            "node-1",
        )
        uow.outbox.add(Message("mail", {}), town.now - timedelta(seconds=30))
    text = exposition(town.database, SqlRegister.of, town.now).decode()
    for line in (
        'portvakt_directory_lag_seconds{directory="staff"} 90.0',
        'portvakt_directory_failing{directory="staff"} 1.0',
        'portvakt_directory_state{directory="staff",state="waiting"} 1.0',
        "portvakt_outbox_waiting 1.0",
        "portvakt_outbox_oldest_seconds 30.0",
        "portvakt_outbox_dead 0.0",
        "portvakt_sessions 0.0",
    ):
        assert line in text.splitlines()
    assert 'error="the directory cannot be reached (\\"down\\")"' in text
