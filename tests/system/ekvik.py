"""The demo as tests use it: brought up as a newcomer would, on either database, and a browser to walk in."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]
UP_SECONDS = 240
#: What the product promises; the wait below is a little more generous than the clock of a busy machine.
PROMISE_SECONDS = 5.0


@dataclass
class Ekvik:
    """A running demo: its facts, and its commands."""

    facts: dict
    state: Path
    environment: dict

    def account(self, role: str, *, factor: bool | None = None) -> dict:
        """Somebody with this role, with or without a second factor."""
        return next(
            one
            for one in self.facts["accounts"]
            if one["role"] == role and (factor is None or (one["totp_secret"] is not None) is factor)
        )

    def system(self, name: str) -> str:
        return next(one["url"] for one in self.facts["relying_parties"] if one["name"] == name)

    def command(self, *arguments: str) -> str:
        """Run `portvakt …` on the demo's installation and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "idp", "--settings", str(self._settings()), *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _settings(self) -> Path:
        return next(self.state.rglob("portvakt.toml"))


@contextmanager
def running_ekvik(state: Path, settings: dict):
    """Bring the demo up in `state` with `settings` in its environment; stop it in the end."""
    environment = {**os.environ, **settings, "PORTVAKT_DEMO_STATE": str(state)}
    environment["PORTVAKT_DEMO_PORT"] = str(free_block())
    log = (state.parent / f"{state.name}.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.demonstration.run"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    try:
        yield Ekvik(_facts(process, state / "demo.json", log), state, environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        log.close()


def _facts(process: subprocess.Popen, file: Path, log) -> dict:
    until = time.monotonic() + UP_SECONDS
    while time.monotonic() < until:
        if file.exists():
            return json.loads(file.read_text(encoding="utf-8"))
        if process.poll() is not None:
            break
        time.sleep(0.2)
    log.seek(0)
    raise AssertionError(f"the demo did not come up:\n{log.read()}")


def free_block() -> int:
    """The first of eight ports that nobody listens on, on any address that the demo uses."""
    for first in range(18000 + os.getpid() % 400 * 16, 32000, 16):
        if all(_is_free(address, first + n) for n in range(8) for address in ("127.0.0.1", "127.0.0.2")):
            return first
    raise AssertionError("no free ports")


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) != 0


class Visitor:
    """Somebody in a browser of their own."""

    def __init__(self, ekvik: Ekvik, page: Page, account: dict, *, scripted: bool = True) -> None:
        self.ekvik, self.page, self.account, self.scripted = ekvik, page, account, scripted

    def at_the_town_hall(self) -> "Visitor":
        """Switch the place on the demo's start page."""
        self._switch("town-hall")
        return self

    def _switch(self, place: str) -> None:
        first = int(self.ekvik.environment["PORTVAKT_DEMO_PORT"])
        self.page.goto(f"http://localhost:{first + 2}/")
        button = self.page.locator(f"button[name=place][value={place}]")
        if button.count():
            button.click()

    def open(self, system: str) -> Page:
        self.page.goto(self.ekvik.system(system))
        self._press_on()
        return self.page

    def _answer_waits(self) -> bool:
        """Whether the page holds an answer for a SAML system: a script sends it, or a person by its button."""
        return "/saml/sso" in self.page.url

    def _press_on(self) -> None:
        """Press the button of a page that a script would have sent."""
        if not self.scripted and self._answer_waits():
            self.page.locator("main form[method=post] button").click()

    def enter_password(self, password: str | None = None) -> None:
        self.page.fill("input[name=username]", self.account["login"])
        self.page.fill("input[name=password]", password or self.account["password"])
        self.page.locator("input[name=password]").press("Enter")

    def enter_code(self, secret: str | None = None) -> None:
        self.page.fill("input[name=code]", fresh_code(secret or self.account["totp_secret"]))
        self.page.locator("input[name=code]").press("Enter")

    def shown_secret(self) -> str:
        """The secret of the app being set up, as somebody reads it who cannot scan the QR code."""
        self.page.locator("main summary").click()
        return re.sub(r"\s", "", self.page.locator(".secret code").inner_text())

    def sign_in(self, system: str) -> None:
        """Open a system and prove whatever is asked."""
        self.open(system)
        self.enter_password()
        self.enter_code()
        self.expect_inside(system)

    def expect_inside(self, system: str) -> None:
        url = self.ekvik.system(system)
        expect(self.page).to_have_url(re.compile(re.escape(url)))
        expect(self.page.locator("body")).to_contain_text(self.account["name"])

    def expect_asked_to_sign_in(self) -> None:
        expect(self.page.locator("input[name=username]")).to_be_visible()

    def is_inside(self, system: str) -> bool:
        """Ask the system anew, as a person who clicks on it would."""
        self.page.goto(self.ekvik.system(system))
        # A session that still lives sends an answer on: then the system would let this browser in.
        return self._answer_waits() or self.page.url.startswith(self.ekvik.system(system))

    def seconds_until_refused(self, *systems: str) -> float:
        """How long any of the systems still lets this browser in."""
        began = time.monotonic()
        while any(self.is_inside(system) for system in systems):
            if time.monotonic() - began > 4 * PROMISE_SECONDS:
                break
            time.sleep(0.1)
        return time.monotonic() - began


_used: dict[str, str] = {}


def fresh_code(secret: str) -> str:
    """A code that this secret has not given before: waits for the next step if it has to."""
    totp = pyotp.TOTP(secret)
    while (code := totp.now()) == _used.get(secret):
        time.sleep(0.5)
    _used[secret] = code
    return code
