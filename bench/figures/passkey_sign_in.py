"""Sign-in with a passkey alone: the whole journey over HTTP, against python-fido2 and one conditional write."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.authenticator import Authenticator
from bench.figures.one_time_passwords import spent
from bench.floors.factor_kinds import passkey_of
from bench.http_client import Browser
from bench.installation import Installation, Site
from bench.load import LoadFailed, Reading, drive, run
from bench.relying_party import FormRule, Party, Visit, discover
from bench.rounds import in_turns, rates
from bench.rows import Line
from bench.workbench import Figure, Workbench
from mfa import Passkey
from mfa.passkeys import user_handle

_CONNECTIONS = 4
_HOLDERS = 200
_OPTIONS = re.compile(r'data-passkey="get" data-options="([^"]*)"')


@dataclass
class Holder:
    """Somebody whose device holds a passkey; each sign-in is in a browser that knows nothing."""

    party: Party
    device: Authenticator
    passkey: Passkey

    async def sign_in(self) -> None:
        """Sign in once, without name and password."""
        visit = Visit.of(self.party, Browser(self.party.origin))
        try:
            await visit.authorize([FormRule("credential", {}, self._answer)])
        finally:
            visit.close()

    def _answer(self, page: str) -> Mapping[str, str]:
        asked = _OPTIONS.search(page)
        if asked is None:
            raise LoadFailed("the page asks for no passkey")
        return {"credential": self.device.answer(html.unescape(asked[1]))}


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line."""
    bench.say("sign-in with a passkey alone")
    installation, seconds = bench.installation(), bench.options.seconds
    with installation.serving() as site:
        holders = _holders(installation, site)
        ours, theirs = in_turns(
            bench, lambda: _ours(holders, site, seconds), lambda: spent(bench, "passkey", "bare")
        )
        _take_back(installation, holders)
    yield rates(
        "passkey_sign_in",
        "sign-in, a passkey alone",
        "python-fido2, one conditional UPDATE",
        ours,
        theirs,
        None,
    )


def _holders(installation: Installation, site: Site) -> list[Holder]:
    found = run(discover(site.issuer, "strong", installation.client_secret))
    party = Party(found.origin, found.endpoints, found.client_id, found.secret, scope="openid")
    holders, now = [], datetime.now(UTC)
    with installation.database() as database, database.write() as uow:
        for resident in installation.residents[:_HOLDERS]:
            device = Authenticator(site.issuer, "localhost", user_handle(uow.factors, resident.account_id))
            passkey = passkey_of(device, resident.account_id, now)
            uow.factors.passkeys.add(passkey)
            holders.append(Holder(party, device, passkey))
    return holders


def _take_back(installation: Installation, holders: list[Holder]) -> None:
    """Other figures sign the same people in by codes, and a passkey would be offered first."""
    with installation.database() as database, database.write() as uow:
        for holder in holders:
            uow.factors.passkeys.remove(holder.passkey.subject, holder.passkey.id, datetime.now(UTC))


def _ours(holders: list[Holder], site: Site, seconds: float) -> Reading:
    return run(drive([holder.sign_in for holder in holders], seconds, [site.pid], connections=_CONNECTIONS))


FIGURE = Figure("passkey_sign_in", measure)
