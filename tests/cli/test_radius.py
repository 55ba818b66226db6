"""`portvakt radius`, `drill` and `break-glass` as commands."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import ROOT
from tests.support.nas import RawNas
from tests.support.sample_site import free_port

SECRET = "4b1d2f9a7c3e5810b6d4"
FILE = """
[applications.vpn]
title = "VPN"
protocol = "radius"
[applications.vpn.policy]
everyone = true
assurance = "one_factor"
[applications.vpn.radius]
networks = ["127.0.0.1/32"]
message_authenticator = "unable"
shared_secret = { env = "VPN_SECRET" }
replies = [{ attribute = "Class", value = "OU={login};" }, { attribute = "Filter-Id", value = "x", group = "y" }]
"""


@pytest.fixture
def configured(anywhere, monkeypatch):
    monkeypatch.setenv("VPN_SECRET", SECRET)
    anywhere.write("vpn.toml", FILE)
    anywhere.portvakt("apply", "vpn.toml")
    return anywhere


def test_a_server_is_applied_exported_and_applied_again(configured):
    exported = configured.folder / "out.toml"
    configured.portvakt("export", str(exported))
    text = exported.read_text()
    assert 'message_authenticator = "unable"' in text
    assert "OU={login};" in text
    assert SECRET not in text
    assert "nothing" in configured.portvakt("apply", "vpn.toml").out.lower()


def test_the_dry_run_shows_the_reply(configured):
    login = configured.administrator()
    said = configured.portvakt("radius", "reply", login, "vpn").out
    assert "Access-Accept" in said
    assert f"OU={login};" in said
    assert "Filter-Id" not in said
    shown = configured.portvakt("radius", "reply", login, "vpn", "--json").json
    assert shown["attributes"] == [
        {"attribute": "Class", "value": f"OU={login};", "group": "", "problem": ""}
    ]
    assert "did you mean vpn?" in configured.portvakt("radius", "reply", login, "vpm", code=1).err


def test_R2_the_doctor_warns_of_a_client_that_does_not_sign(configured):
    said = configured.portvakt("doctor", "--json").json
    assert any("sends no Message-Authenticator" in one["what"] for one in said)


def test_the_doctor_knows_who_comes_over_tls_in_vain(configured):
    text = FILE.replace("vpn", "roaming").replace(
        'networks = ["127.0.0.1/32"]', 'certificate_name = "r.example"'
    )
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("message_", "shared_secret")))
    configured.write("roaming.toml", text)
    configured.portvakt("apply", "roaming.toml")
    said = configured.portvakt("doctor", "--json", code=1).json
    assert any("roaming: comes over TLS, which is not served" in one["what"] for one in said)


def test_connections_are_shown(configured):
    login = configured.administrator()
    assert configured.portvakt("radius", "connections", "--person", login).out.strip() == "No connections."
    assert "one of --person" in configured.portvakt("radius", "connections", code=1).err


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["radius", "serve"])
def test_the_server_is_a_process_that_answers_and_ends(configured, command):
    """On its own, or within the web's for a small site."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PORTVAKT_RADIUS__PORT": str(port),
                   "PORTVAKT_RADIUS__ACCOUNTING_PORT": str(free_port()), "PORTVAKT_RADIUS__SERVE": "true",
                   "PORTVAKT_LISTEN__PORT": str(free_port())}  # fmt: skip
    with (configured.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "idp", command],
            cwd=configured.folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            with RawNas(port, secret=SECRET.encode()) as nas:
                until = time.monotonic() + 60
                reply = None
                while reply is None:
                    assert process.poll() is None, (configured.folder / "log").read_text()
                    assert time.monotonic() < until
                    try:
                        reply = nas.ask(nas.request("nobody", "wrong", signed=False), seconds=2)
                    except OSError:
                        time.sleep(0.2)
            assert reply.code == 3
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) in (0, -signal.SIGTERM)  # uvicorn ends by the signal it was sent
        finally:
            process.kill()
            process.wait()


def test_the_drill_and_the_glass(configured):
    configured.administrator()
    configured.portvakt("break-glass", "add", "glass-1")
    said = configured.portvakt("drill", "directory-down", "--names").out
    assert "vpn" in said
    assert "glass-1" in said
    assert configured.portvakt("drill", "directory-down", "--json").json["break_glass"] == ["glass-1"]
    assert "sealed" in configured.portvakt("break-glass", "list").out
    configured.portvakt("account", "enable", "glass-1", "--reason", "alone", code=1)
    assert "disabled" in configured.portvakt("account", "show", "glass-1").out
