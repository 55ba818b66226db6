"""privacyIDEA (PyPI): the Python neighbour that checks one-time passwords for others. SQLite, one worker, audited."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyotp

from bench.http_client import Browser
from bench.load import LoadFailed, Reading, drive, run
from bench.peers.environment import installed, run_in
from bench.peers.unavailable import PeerUnavailable
from bench.processes import free_port, serving
from bench.workbench import Workbench
from mfa.one_time_passwords import base32

NAME = "privacyIDEA"
# It still imports pkg_resources, which later versions of setuptools no longer have.
_PACKAGES = ("privacyidea==3.14", "gunicorn", "setuptools<81")
_PASSWORD = "for-the-bench-alone"
_SETTINGS = """\
import logging
SUPERUSER_REALM = ["super"]
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/privacyidea.sqlite"
SECRET_KEY = "for-the-bench-alone-0123456789"
PI_PEPPER = "bench-pepper"
PI_ENCFILE = "{folder}/enckey"
PI_AUDIT_KEY_PRIVATE = "{folder}/private.pem"
PI_AUDIT_KEY_PUBLIC = "{folder}/public.pem"
PI_LOGFILE = "{folder}/privacyidea.log"
PI_LOGLEVEL = logging.ERROR
"""
_PROGRAM = """\
from privacyidea.app import create_app
application = create_app(config_name="production", config_file="{folder}/pi.cfg", silent=True)
"""


@dataclass
class Holder:
    """Somebody with a counter-based token."""

    login: str
    codes: pyotp.HOTP
    browser: Browser
    counter: int = 0

    async def check(self) -> None:
        """Have the next code checked."""
        code = self.codes.at(self.counter)
        self.counter += 1
        answer = await self.browser.post("/validate/check", {"user": self.login, "pass": code})
        if answer.status != 200 or json.loads(answer.body)["result"].get("value") is not True:
            raise LoadFailed(f"{answer.status} {answer.text[:200]}")


@dataclass
class PrivacyIdea:
    """A running one; `holders` are enrolled when it is first driven, and go on where they were."""

    origin: str
    pid: int
    logins: Sequence[str]
    holders: Sequence[Holder] = ()

    def reading(self, seconds: float) -> Reading:
        """Drive checks for some seconds."""

        async def measured() -> Reading:
            if not self.holders:
                self.holders = await self._enrolled()
            reading = await drive([holder.check for holder in self.holders], seconds, [self.pid])
            for holder in self.holders:
                holder.browser.close()
            return reading

        return run(measured())

    async def _enrolled(self) -> Sequence[Holder]:
        browser = Browser(self.origin)
        token, holders = await _token(browser), []
        for login in self.logins:
            asked = {"type": "hotp", "genkey": "1", "user": login, "realm": "bench", "serial": login}
            done = await browser.post("/token/init", asked, Authorization=token)
            if done.status != 200:
                raise LoadFailed(f"{NAME}: {done.status} {done.text[:200]}")
            seed = bytes.fromhex(json.loads(done.body)["detail"]["otpkey"]["value"].removeprefix("seed://"))
            holders.append(Holder(login, pyotp.HOTP(base32(seed)), Browser(self.origin)))
        browser.close()
        return holders


@contextmanager
def privacyidea(bench: Workbench, count: int) -> Iterator[PrivacyIdea]:
    """Set it up anew with `count` people and run it; raises PeerUnavailable."""
    programs = installed(bench, "privacyidea", _PACKAGES, "pi-manage")
    folder, port = bench.folder / "privacyidea", free_port()
    folder.mkdir(exist_ok=True)
    for old in ("privacyidea.sqlite", "enckey", "private.pem", "public.pem"):
        (folder / old).unlink(missing_ok=True)
    (folder / "pi.cfg").write_text(_SETTINGS.format(folder=folder))
    (folder / "pi_wsgi.py").write_text(_PROGRAM.format(folder=folder))
    logins = [f"user{number}" for number in range(count)]
    lines = [f"{login}:x:{1000 + n}:1000:{login}:/home/{login}:/bin/sh\n" for n, login in enumerate(logins)]
    (folder / "passwd").write_text("".join(lines))
    bench.say(f"setting up {NAME}")
    environment = {"PRIVACYIDEA_CONFIGFILE": str(folder / "pi.cfg")}
    for arguments in (
        ("setup", "create_enckey"),
        ("setup", "create_audit_keys"),
        ("setup", "create_tables"),
        ("admin", "add", "admin", "-p", _PASSWORD),
    ):
        run_in([str(programs / "pi-manage"), *arguments], folder, environment)
    command = [str(programs / "gunicorn"), "-w", "1", "-b", f"127.0.0.1:{port}", "pi_wsgi:application"]
    log, origin = bench.folder / "privacyidea.log", f"http://127.0.0.1:{port}"
    with serving(command, port, log, folder=folder, environment=environment) as pid:
        run(_resolve(origin, str(folder / "passwd")))
        yield PrivacyIdea(origin, pid, logins)


async def _resolve(origin: str, passwords: str) -> None:
    browser = Browser(origin)
    token = await _token(browser)
    for path, fields in (
        ("/resolver/pw", {"type": "passwdresolver", "fileName": passwords}),
        ("/realm/bench", {"resolvers": "pw"}),
        ("/defaultrealm/bench", {}),
    ):
        done = await browser.post(path, fields, Authorization=token)
        if done.status != 200:
            raise PeerUnavailable(f"{path}: {done.status} {done.text[:200]}")
    browser.close()


async def _token(browser: Browser) -> str:
    said = await browser.post("/auth", {"username": "admin", "password": _PASSWORD})
    return str(json.loads(said.body)["result"]["value"]["token"])
