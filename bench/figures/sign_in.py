"""Sign-in with password hash and one-time code: the whole journey over HTTP, against raw Argon2id on the same core.

A system that asks for two factors sends the visitor: authorize, the password's page, the code's page, and back
with a code. Every sign-in is another person's, so that no one-time code is asked for twice.
"""

import base64
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pyotp

from bench.http_client import Browser
from bench.installation import Installation, Site
from bench.load import LoadFailed, Reading, drive, run
from bench.population import PASSWORD, Resident
from bench.processes import pinned
from bench.relying_party import FormRule, Party, Visit, discover
from bench.rounds import in_turns, rates
from bench.rows import Goal, Line
from bench.workbench import Figure, Workbench

_CONNECTIONS = 4
_STEP = 30


@dataclass
class Person:
    """Somebody who signs in again and again, each time with a browser that knows nothing and a code that is new.

    `steps`: the installation's, by login: whose code of which 30 seconds was used last, by whatever figure.
    """

    party: Party
    resident: Resident
    steps: dict[str, int]

    @property
    def last_step(self) -> int:
        return self.steps.get(self.resident.login, 0)

    async def sign_in(self) -> None:
        """Sign in once."""
        step = int(time.time()) // _STEP
        if step <= self.last_step:
            raise LoadFailed("everybody has signed in within one step of their one-time codes: add accounts")
        self.steps[self.resident.login] = step
        code = pyotp.TOTP(_base32(self.resident.seed)).at(step * _STEP)
        visit = Visit.of(self.party, Browser(self.party.origin))
        rules = [
            FormRule("password", {"username": self.resident.login, "password": PASSWORD}),
            FormRule("code", {"code": code}),
        ]
        try:
            await visit.authorize(rules)
        finally:
            visit.close()


def _base32(seed: bytes) -> str:
    return base64.b32encode(seed).decode()


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line."""
    bench.say("sign-in with password hash and one-time code")
    installation, seconds = bench.installation(), bench.options.seconds
    with installation.serving() as site:
        people = _people(installation, site)
        ours, theirs = in_turns(bench, lambda: _ours(people, site, seconds), lambda: argon2(seconds))
    yield rates(
        "sign_in",
        "sign-in, password hash and one-time code",
        "raw Argon2id verify",
        ours,
        theirs,
        Goal(0.85, 0.9),
    )


def _people(installation: Installation, site: Site) -> list[Person]:
    party = run(discover(site.issuer, "strong", installation.client_secret))
    strong = Party(party.origin, party.endpoints, party.client_id, party.secret, scope="openid")
    return [Person(strong, resident, installation.steps) for resident in installation.residents]


def _ours(people: list[Person], site: Site, seconds: float) -> Reading:
    # Those who signed in longest ago come first.
    people.sort(key=lambda person: person.last_step)
    units = [person.sign_in for person in people]
    return run(drive(units, seconds, [site.pid], connections=_CONNECTIONS))


def load_of_sign_ins(installation: Installation, site: Site, seconds: float) -> Reading:
    """Drive sign-ins, those who signed in longest ago first."""
    return _ours(_people(installation, site), site, seconds)


def argon2(seconds: float) -> Reading:
    """Verify one hash for some seconds and do nothing else."""
    command = pinned([sys.executable, "-m", "bench.floors.argon2_verify", str(seconds)])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    per_second, cpu_ms = (float(value) for value in done.stdout.split())
    return Reading(per_second, cpu_ms, 1000 / per_second, 1000 / per_second, 0.0)


FIGURE = Figure("sign_in", measure)
