"""HOTP codes verified by the verification API over HTTP, against an endpoint that asks for one row."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyotp

from bench.figures.tokens import FLOOR
from bench.floors.servers import floor_server
from bench.http_client import Browser
from bench.installation import SECRET, Installation, Site
from bench.load import LoadFailed, Reading, drive, run
from bench.peers.privacyidea import NAME, privacyidea
from bench.peers.unavailable import PeerUnavailable
from bench.processes import ServerFailed
from bench.radius_site import give_buttons
from bench.rounds import in_turns, rates
from bench.rows import Absent, Goal, Line
from bench.workbench import Figure, Workbench
from mfa.one_time_passwords import base32

_HOLDERS = 400
_BASIC = "Basic " + base64.b64encode(f"mainframe:{SECRET}".encode()).decode()
_PEERS_HOLDERS = 64


@dataclass
class Holder:
    """Somebody with a button; each press is a code that is used once."""

    login: str
    codes: pyotp.HOTP
    browser: Browser
    counter: int = 0

    async def verify(self) -> None:
        """Have the next code verified."""
        code = self.codes.at(self.counter)
        self.counter += 1
        asked = {"login": self.login, "code": code}
        answer = await self.browser.post_json("/verification/v1/verify", asked, authorization=_BASIC)
        if answer.status != 200 or b'"accepted":true' not in answer.body:
            raise LoadFailed(f"{answer.status} {answer.text[:200]}")


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line."""
    bench.say("HOTP codes by the verification API")
    installation, seconds = bench.installation(), bench.options.seconds
    database = str(bench.folder / "one_select.db")
    with installation.serving() as site, floor_server("one_select", bench.folder, database) as floor:
        holders = _holders(installation, site)
        ours, theirs = in_turns(bench, lambda: _ours(holders, site, seconds), lambda: floor.reading(seconds))
    yield rates("verification", "HOTP by the verification API", FLOOR, ours, theirs, None)
    yield _beside_the_peer(bench, ours)


def _beside_the_peer(bench: Workbench, ours: Sequence[Reading]) -> Line:
    title = "HOTP checked over HTTP, beside privacyIDEA"
    if not bench.options.peers:
        return Absent("verification", title, "peers were left out (--peers measures them)")
    try:
        with privacyidea(bench, _PEERS_HOLDERS) as peer:
            theirs = [peer.reading(bench.options.seconds) for _ in ours]
    except (PeerUnavailable, ServerFailed, LoadFailed) as why:
        return Absent("verification", title, str(why))
    return rates("verification", title, NAME, ours, theirs, Goal(40, 100))


def _holders(installation: Installation, site: Site) -> list[Holder]:
    with installation.database() as database:
        given = give_buttons(database, installation.residents[:_HOLDERS])
    return [Holder(login, pyotp.HOTP(base32(seed)), Browser(site.issuer)) for login, seed in given]


def _ours(holders: Sequence[Holder], site: Site, seconds: float) -> Reading:
    async def measured() -> Reading:
        reading = await drive([holder.verify for holder in holders], seconds, [site.pid])
        for holder in holders:
            holder.browser.close()
        return reading

    return run(measured())


FIGURE = Figure("verification", measure)
