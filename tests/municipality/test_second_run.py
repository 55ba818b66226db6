"""The supervisor as a whole: a first run, a stop, a second run that finds everything done.

The story itself is walked through in Chromium by tests/system.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from deploy.demonstration.ports import Ports
from deploy.demonstration.server_account import forget
from deploy.municipality.slapd import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 240
FIRST_RUN_ONLY = ("Generating", "Setting up", "Applying", "Synchronising", "Giving")


class Demo:
    """One run of the supervisor."""

    def __init__(self, state: Path, ports: Ports, log: Path) -> None:
        self._log = log
        self.facts = state / "demo.json"
        environment = {
            **os.environ,
            "PORTVAKT_DEMO_STATE": str(state),
            "PORTVAKT_DEMO_PORT": str(ports.first),
        }
        with log.open("w") as output:
            self._process = subprocess.Popen(
                # As in the background of a script: there Ctrl-C's signal is ignored until somebody asks for it.
                ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-m", "deploy.demonstration.run"],
                cwd=ROOT, env=environment, stdout=output, stderr=output,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while not self.facts.exists() and self._process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        assert self.facts.exists(), self.said

    def stop(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        return self._process.wait(60)


def _free_block() -> Ports:
    """A block of free ports, tried until one is whole."""
    for _ in range(100):
        ports = Ports(min(free_port("127.0.0.1"), 65000))
        try:
            ports.check_free()
        except ValueError:
            continue
        return ports
    raise AssertionError("no free block of ports")


@pytest.mark.xdist_group("demo")
def test_a_second_run_does_nothing_twice_and_keeps_its_state(tmp_path: Path) -> None:
    state, ports = tmp_path / "demo", _free_block()
    try:
        first = Demo(state, ports, tmp_path / "first.log")
        first.wait()
        assert all(text in first.said for text in FIRST_RUN_ONLY)
        facts = first.facts.read_text(encoding="utf-8")
        discovery = httpx.get(f"{json.loads(facts)['issuer']}/.well-known/openid-configuration").json()
        assert discovery["issuer"] == ports.issuer
        assert first.stop(signal.SIGINT) == 0
        assert not first.facts.exists()
        ports.check_free()

        second = Demo(state, ports, tmp_path / "second.log")
        second.wait()
        assert not any(text in second.said for text in FIRST_RUN_ONLY)
        assert second.facts.read_text(encoding="utf-8") == facts
        assert second.stop(signal.SIGTERM) == 0
        ports.check_free()
    finally:
        forget(state)
