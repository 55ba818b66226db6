"""An installation with a directory and a system of every protocol, served by `portvakt serve` as an operator would.

What happens in the directory comes by following, and people come over real sockets.
"""

import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import tomli_w

import mfa
from bench.installation import Installation
from bench.processes import free_port
from deploy.municipality.slapd import BASE_DN, READER_DN, READER_PASSWORD, Slapd
from directory_sync.watched import WatchState
from idp.domain import api_tokens
from idp.domain.account import Account
from idp.domain.accounts import give_role
from idp.domain.appointments import doer_of
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.roles import WHOLE, Act, Role
from tests.directory_sync.town import MAPPING
from tests.saml.credentials import Credential
from tests.saml.service import Service
from tests.support.nas import SECRET as RADIUS_SECRET

OIDC_SECRET = "oidc-secret-0123456789abcdefghijklmnop"
CALLBACK = "https://intranet.example/callback"
ENTITY = "https://service.example/saml"


def configuration(url: str, metadata: Path, disconnect_port: int) -> str:
    """As `portvakt apply` takes it."""
    anybody = {"everyone": True, "assurance": "one_factor"}
    carefully = {"everyone": True, "assurance": "two_factors", "trusted_device": "30d"}
    timeouts = {"connect": 1, "operation": 2, "sign_in": 2, "reading": 20}
    client = {"client_secret": {"file": "secrets/oidc"}, "redirect_uris": [CALLBACK],
              "scopes": ["openid", "offline_access"], "refresh_lifetime": "30d", "first_party": True}  # fmt: skip
    return tomli_w.dumps(
        {
            "directories": {
                "town": {
                    "url": url, "base_dn": BASE_DN, "bind_dn": READER_DN, "mapping": MAPPING,
                    "bind_password": {"file": "secrets/directory"}, "mail_domain": "town.example",
                    "person_filter": "(objectClass=ekvikPerson)", "timeouts": timeouts,
                    "follow": {"enabled": True},
                }
            },
            "applications": {
                "intranet": {"title": "Intranet", "protocol": "oidc", "policy": anybody,
                             "oidc": {"client_id": "intranet", **client}},
                "ledger": {"title": "Ledger", "protocol": "oidc", "policy": carefully,
                           "oidc": {"client_id": "ledger", **client}},
                "eservice": {"title": "Services", "protocol": "saml", "policy": anybody,
                             "saml": {"metadata": {"file": str(metadata)}, "encrypt": False}},
                "vpn": {"title": "VPN", "protocol": "radius", "policy": anybody,
                        "radius": {"networks": ["127.0.0.1/32"], "shared_secret": {"file": "secrets/radius"},
                                   "disconnect_port": disconnect_port}},
            },
        }
    )  # fmt: skip


@dataclass
class WholeSite:
    """The running site. `now` and `issuer` are what the other sides of the protocols ask of a site."""

    installation: Installation
    radius_port: int
    accounting_port: int
    metrics_port: int
    service: Service

    @property
    def issuer(self) -> str:
        return self.installation.issuer

    def now(self) -> datetime:
        return datetime.now(UTC)

    def occasion(self) -> Occasion:
        return Occasion(self.now(), new_id(), Actor(ActorKind.COMMAND, "test"))

    def account(self, login: str) -> Account:
        with self.installation.database() as database, database.read() as uow:
            found = uow.accounts.by_login(login)
        assert found is not None, login
        return found

    def authenticator(self, account: Account) -> pyotp.TOTP:
        """Bind an authenticator app."""
        secret = pyotp.random_base32(32)
        bound_at = self.now() - timedelta(hours=1)
        with self.installation.database() as database, database.write() as uow:
            mfa.import_totp(uow.factors, account.id, pyotp.TOTP(secret).byte_secret(), "phone", bound_at)
        return pyotp.TOTP(secret)

    def api_token(self, account: Account) -> str:
        """Make the person an administrator with a token of the API."""
        with self.installation.database() as database, database.write() as uow:
            give_role(uow, account.id, Role.ADMINISTRATOR, self.occasion())
            doer = doer_of(uow.accounts.get(account.id))
            made = api_tokens.issue(
                uow, doer, "program", WHOLE, {Act.SEE_OVERVIEW}, timedelta(days=1), self.occasion()
            )
        assert isinstance(made, api_tokens.IssuedToken), made
        return made.text

    def trusts_a_device(self, account: Account) -> bool:
        with self.installation.database() as database, database.read() as uow:
            return bool(uow.devices.of_account(account.id, self.now()))

    def watched_is(self, state: WatchState) -> bool:
        with self.installation.database() as database, database.read() as uow:
            found = uow.provisioning.watches.get("town")
        return found is not None and found[0].state is state


@contextmanager
def serving_everything(
    folder: Path, server: Slapd, database_url: str, disconnect_port: int
) -> Iterator[WholeSite]:
    """Install, configure, serve; the directory has been read and is followed when the block begins."""
    folder.mkdir()
    service = Service(None, Credential.make(folder, "RSA"), ENTITY, "eservice")  # type: ignore[arg-type]
    metadata = folder / "service.xml"
    metadata.write_text(service.metadata(), encoding="utf-8")
    secrets = {"directory": READER_PASSWORD, "oidc": OIDC_SECRET, "radius": RADIUS_SECRET}
    made = Installation.empty(
        folder / "portvakt", configuration(server.url, metadata, disconnect_port), secrets, database_url
    )
    ports = free_port(), free_port(), free_port()
    settings = tomllib.loads(made.settings.read_text(encoding="utf-8"))
    settings["radius"] = {"serve": True, "port": ports[0], "accounting_port": ports[1]}
    settings["metrics"] = {"port": ports[2]}
    made.settings.write_text(tomli_w.dumps(settings), encoding="utf-8")
    with made.serving():
        site = WholeSite(made, *ports, service)
        service.site = site  # type: ignore[assignment]
        until = time.monotonic() + 60
        while not site.watched_is(WatchState.FOLLOWING):
            assert time.monotonic() < until, (made.folder / f"serve-{made.port}.log").read_text()[-3000:]
            threading.Event().wait(0.05)
        yield site
