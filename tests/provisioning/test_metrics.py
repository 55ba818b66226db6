"""What a collector is told, and who may ask."""

import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network

import pytest
from prometheus_client.utils import floatToGoString

from directory_sync.watched import Watched, WatchState
from idp.domain.audit import record
from idp.domain.events import SignedIn, SignInRefused
from idp.domain.outbox import Message
from idp.domain.process_counts import JobTally
from idp.metrics.figures import exposition
from idp.metrics.process_figures import OfThisProcess
from idp.metrics.server import Metrics, MetricsServer
from idp.provisioning.runs import Run, RunState
from idp.storage.register import SqlRegister
from idp.storage.tables import directories
from tests.provisioning.town import START


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


def floating(at):
    return floatToGoString(at.timestamp())


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
        report = {"persons_read": 2407}
        uow.provisioning.runs.add(
            Run("1", "staff", RunState.UNCHANGED, town.now, town.now, report=report), ()
        )
        followed = {"persons_read": 1, "followed": 1}
        later = town.now + timedelta(seconds=1)
        uow.provisioning.runs.add(Run("2", "staff", RunState.APPLIED, later, later, report=followed), ())
        plan = {"persons_read": 2400}
        uow.provisioning.runs.add(Run("3", "staff", RunState.BRAKED, START, report=plan), ())
    jobs = JobTally()
    jobs.ended("forget", START, timedelta(seconds=2), failed=False)
    jobs.ended("forget", START + timedelta(minutes=1), timedelta(seconds=1.5), failed=True)
    with town.database.write() as uow:
        record(
            uow.audit,
            SignInRefused(subject="anna", reason="wrong_password", method="password"),
            town.occasion,
        )
        record(uow.audit, SignedIn(subject="anna", object="s", methods=["totp", "password"]), town.occasion)
    counted = OfThisProcess(town.database.tally.counts(), jobs.turns())
    text = exposition(town.database, SqlRegister.of, town.now, counted).decode()
    for line in (
        'portvakt_directory_lag_seconds{directory="staff"} 90.0',
        'portvakt_directory_failing{directory="staff"} 1.0',
        'portvakt_directory_state{directory="staff",state="waiting"} 1.0',
        "portvakt_outbox_waiting 1.0",
        "portvakt_outbox_oldest_seconds 30.0",
        "portvakt_outbox_dead 0.0",
        "portvakt_sessions 0.0",
        'portvakt_directory_persons_read{directory="staff"} 2407.0',
        'portvakt_directory_plans_waiting{directory="staff"} 1.0',
        'portvakt_signins_total{method="password",outcome="refused"} 1.0',
        'portvakt_signins_total{method="password+totp",outcome="succeeded"} 1.0',
        'portvakt_job_turns_total{job="forget",outcome="done"} 1.0',
        'portvakt_job_turns_total{job="forget",outcome="failed"} 1.0',
        f'portvakt_job_ended_timestamp_seconds{{job="forget"}} {floating(START + timedelta(minutes=1))}',
        f'portvakt_job_succeeded_timestamp_seconds{{job="forget"}} {floating(START)}',
        'portvakt_job_seconds{job="forget"} 1.5',
    ):
        assert line in text.splitlines()
    assert "anna" not in text, "no figure names anybody (K4)"
    assert 'error="the directory cannot be reached (\\"down\\")"' in text
