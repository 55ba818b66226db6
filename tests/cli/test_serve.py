"""`serve` as a process: it answers, says what it is told, and ends when it is asked to."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

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
    log = (folder.folder / "log").open("wb")
    command = [sys.executable, "-m", "idp", "serve"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder.folder, env=environment, stderr=log, stdout=log)
    try:
        wait_for(port, process)
        yield folder, process
    finally:
        process.kill()
        process.wait()
        log.close()


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


def test_a_port_that_is_taken_is_said_in_one_line(installed, port, monkeypatch):
    monkeypatch.setenv("PORTVAKT_LISTEN__PORT", str(port))
    with socket.create_server(("127.0.0.1", port)):
        result = installed.portvakt("serve", code=1)
    assert result.err == f"portvakt: listen: 127.0.0.1:{port} cannot be listened on: Address already in use\n"


def test_a_newer_database_is_refused(installed, port, monkeypatch):
    monkeypatch.setenv("PORTVAKT_LISTEN__PORT", str(port))
    installed.sql("UPDATE alembic_version SET version_num = '9999'")
    assert "newer than" in installed.portvakt("serve", code=1).err
