"""An organisation with a verification API, and a legacy system that asks it."""

import base64
import json
from dataclasses import dataclass

import httpx
import pytest

from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance
from idp.domain.handles import new_handle
from idp.verification import room
from idp.verification.asking_systems import AskingSettings
from idp.verification.endpoint import PATH
from idp.verification.store import write_secrets, write_settings
from idp.web.assembly import WebSettings, make_application, make_kit
from tests.support.place import Place, place  # noqa: F401  # the fixture

STAFF = Policy(audience=Audience(groups=frozenset({"social"})), assurance=Assurance.TWO_FACTORS)


@dataclass
class Asker:
    """One legacy system."""

    site: "Site"
    name: str
    secret: str
    application_id: str

    def ask(self, login: str, code: str, *, address: str = "198.51.100.7", **members: str) -> httpx.Response:
        body = json.dumps({"login": login, "code": code, **members})
        return self.send(body, address=address)

    def send(self, body: str | bytes, *, address: str = "198.51.100.7", **headers: str) -> httpx.Response:
        shown = base64.b64encode(f"{self.name}:{self.secret}".encode()).decode()
        sent = {"authorization": f"Basic {shown}", "content-type": "application/json"}
        return self.site.post(body, address, sent | {k.replace("_", "-"): v for k, v in headers.items()})


class Site:
    """The application, asked in this process."""

    def __init__(self, made: Place) -> None:
        self.place = made
        web = WebSettings(
            "https://id.ekvik.example", "Ekvik", trusted_proxies=("127.0.0.1",), node="test", access_log=False
        )
        kit = make_kit(web, made.database, made.sealer.mac, lambda: made.now)
        self.app = make_application(kit, web, list(room.build(kit)))

    def system(
        self, name: str = "mainframe", policy: Policy = STAFF, settings: AskingSettings | None = None
    ) -> Asker:
        application_id = self.place.application(name, policy)
        secret = new_handle()
        with self.place.database.write() as uow:
            write_settings(uow, application_id, settings or AskingSettings())
            write_secrets(uow, application_id, secret, None)
        return Asker(self, name, secret, application_id)

    def post(self, body: str | bytes, address: str, headers: dict[str, str]) -> httpx.Response:
        import anyio

        async def posted() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 1))
            async with httpx.AsyncClient(transport=transport, base_url="https://id.ekvik.example") as client:
                return await client.post(PATH, content=body, headers={"x-forwarded-for": address} | headers)

        return anyio.run(posted)


@pytest.fixture
def site(place):  # noqa: F811  # pytest's way
    return Site(place)
