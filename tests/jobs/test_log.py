"""The log stops nothing and tells no variable: what jobs, requests and libraries rely on."""

import json
import logging
import sys
import threading
from datetime import timedelta
from errno import ENOSPC
from io import StringIO

import pytest
import structlog

from idp.jobs.clock import Clock, Job
from idp.jobs.leases import Leases
from idp.jobs.runner import Runner
from idp.log import set_up_log
from idp.settings import Log, LogFormat
from idp.storage.leases import SqlLeases
from tests.jobs.conftest import now


@pytest.fixture
def root_logger():
    """Give the root logger back as it was."""
    held = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers = held


class FullDisk(StringIO):
    """A file on a disk without room."""

    def write(self, _text: str) -> int:
        raise OSError(ENOSPC, "No space left on device")


def log_on_a_full_disk(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stderr", FullDisk())
    set_up_log(Log())


def test_X8_a_log_that_cannot_be_written_stops_no_job(monkeypatch, root_logger, database, running, until):
    log_on_a_full_disk(monkeypatch)
    runs: list[int] = []

    def fail(*_):
        runs.append(1)
        raise RuntimeError("a job's own fault")

    job = Job("fails", timedelta(seconds=0.02), fail)
    running(Clock(Leases(SqlLeases(database), "one"), [job], now).run)
    until(lambda: len(runs) > 3)


def test_X8_a_log_that_cannot_be_written_stops_no_loop(monkeypatch, root_logger, until):
    log_on_a_full_disk(monkeypatch)
    began: list[int] = []

    def loop(_stop: threading.Event) -> None:
        began.append(1)
        raise RuntimeError("a loop's own fault")

    runner = Runner({"fails": loop})
    runner.start()
    until(lambda: len(began) > 1, seconds=20)
    assert runner.stop()


@pytest.mark.parametrize("form", list(LogFormat))
def test_K4_no_variable_is_in_the_log(monkeypatch, root_logger, form):
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    set_up_log(Log(format=form))

    def work(password: str) -> None:
        raise RuntimeError("it went wrong" if password else "")

    try:
        work("canary-" + "password")
    except RuntimeError:
        structlog.get_logger().exception("job_failed")
    assert "job_failed" in written.getvalue()
    assert "in work" in written.getvalue(), "the place is told"
    assert "canary-password" not in written.getvalue()


def test_K4_of_a_librarys_exception_the_kind_alone_is_told(monkeypatch, root_logger):
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    set_up_log(Log())
    try:
        int("canary-in-text")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    logging.getLogger("uvicorn.error").info("not worth a line")
    (line,) = written.getvalue().splitlines()
    assert json.loads(line)["error"] == "ValueError"
    assert "canary" not in line
