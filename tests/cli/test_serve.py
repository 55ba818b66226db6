"""`serve` as a process: it answers, says what it is told, and ends when it is asked to."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.cli.conftest import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def serving(folder, database_url, port):
    """A server on each database, that answers."""
    folder.portvakt(
        "init",
        "--issuer",
        f"http://localhost:{port}",
        "--database",
        database_url.replace("sqlite+pysqlite", "sqlite"),
    )
    with served(folder, port) as process:
        yield folder, process


@contextmanager
def served(folder, port):
    """A server process in the folder, until the block ends."""
    command = [sys.executable, "-m", "idp", "serve"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder.folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder.folder, env=environment, stderr=log, stdout=log)
        try:
            wait_for(port, process)
            yield process
        finally:
            process.kill()
            process.wait()


def wait_for(port: int, process) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError("the server ended")
        try:
            fetch(port, "/.well-known/openid-configuration")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


def fetch(port: int, path: str):
    with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=10) as answer:
        return answer.headers, answer.read()


def test_it_answers_seals_the_log_and_ends_when_asked(serving, port):
    folder, process = serving
    headers, body = fetch(port, "/.well-known/openid-configuration")
    assert json.loads(body)["issuer"] == f"http://localhost:{port}"
    assert headers["server"] is None
    folder.administrator()
    until = time.monotonic() + 20
    while "0 waiting to be sealed" not in folder.portvakt("audit", "verify").out:
        assert time.monotonic() < until
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) in (0, -signal.SIGTERM)
    for line in (folder.folder / "log").read_text().splitlines():
        assert json.loads(line)["event"]


def ask(port: int, path: str, cookie: str = "") -> http.client.HTTPResponse:
    """Ask without following anything; cookies of http are Secure here, which urllib would not send."""
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    connection.request("GET", path, headers={"cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    answer.page = answer.read()
    connection.close()
    return answer


def begun(port: int) -> tuple[str, str] | None:
    """Begin one sign-in: where it goes on, and the browser's cookie; None if the server gave no answer."""
    try:
        answer = ask(port, "/sign-in")
    except (OSError, http.client.HTTPException):
        return None
    assert answer.status == 303
    return answer.headers["location"], answer.headers["set-cookie"].partition(";")[0]


def test_X15_a_server_killed_under_load_comes_back_with_all_that_it_had_acknowledged(serving, port):
    """Kill -9 while sign-ins begin: each one that was answered goes on, and the log is whole."""
    folder, process = serving
    folder.administrator()
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(begun, port) for _ in range(60)]
        until = time.monotonic() + 60
        while sum(one.done() for one in asked) < 15:
            assert time.monotonic() < until
            time.sleep(0.01)
        process.kill()
        answered = [one.result() for one in asked]
    acknowledged = [one for one in answered if one is not None]
    assert len(acknowledged) >= 15
    with served(folder, port):
        for path, cookie in acknowledged:
            assert b'name="password"' in ask(port, path, cookie).page
        until = time.monotonic() + 30
        while "0 waiting to be sealed" not in folder.portvakt("audit", "verify").out:
            assert time.monotonic() < until
            time.sleep(0.2)
        said = folder.portvakt("doctor").out
    assert "problem" not in said


def test_a_port_that_is_taken_is_said_in_one_line(installed, port, monkeypatch):
    monkeypatch.setenv("PORTVAKT_LISTEN__PORT", str(port))
    with socket.create_server(("127.0.0.1", port)):
        result = installed.portvakt("serve", code=1)
    assert result.err == f"portvakt: listen: 127.0.0.1:{port} cannot be listened on: Address already in use\n"


def test_a_newer_database_is_refused(installed, port, monkeypatch):
    monkeypatch.setenv("PORTVAKT_LISTEN__PORT", str(port))
    installed.sql("UPDATE alembic_version SET version_num = '9999'")
    assert "newer than" in installed.portvakt("serve", code=1).err
