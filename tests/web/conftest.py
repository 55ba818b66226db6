"""A small application on the kit, with the real store behind it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from idp.domain.errors import Overtaken, Unavailable
from idp.domain.handles import digest
from idp.keys import master_key
from idp.keys.sealing import MasterKeys
from idp.storage import schema
from idp.storage.engine import make_engine
from idp.storage.tables import audit_records
from idp.storage.unit_of_work import SqlDatabase
from idp.web.assembly import WebSettings, make_application, make_kit
from idp.web.kit import Kit

ISSUER = "https://id.sundby.example"
HOST = "id.sundby.example"
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass
class Site:
    """The application, what it is made of, and a clock to turn."""

    kit: Kit
    database: SqlDatabase
    app: ASGIApp = None  # type: ignore[assignment]
    now: datetime = START
    seen: list[object] = field(default_factory=list)

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def client(self, peer: str = "192.0.2.7", **options: object) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(peer, 40000))
        return httpx.AsyncClient(transport=transport, base_url=ISSUER, **options)

    def refusals(self) -> list[tuple[str, str]]:
        with self.database.read() as uow:
            rows = uow.connection.execute(
                select(audit_records.c.reason, audit_records.c.request_id).order_by(audit_records.c.id)
            )
            return [tuple(row) for row in rows]


def settings(**changes: object) -> WebSettings:
    return WebSettings(**{"issuer": ISSUER, "organisation": "Sundby <kommun>", "access_log": False} | changes)


@pytest.fixture
def build(tmp_path: Path):
    """Return a function that builds the site with other settings."""

    def make(**changes: object) -> Site:
        key_file = tmp_path / "master.key"
        master_key.create(key_file, START)
        sealer = MasterKeys(key_file)
        engine = make_engine(f"sqlite:///{tmp_path / 'web.db'}")
        schema.upgrade(engine)
        database = SqlDatabase(engine, sealer)
        chosen = settings(**changes)
        site: Site
        kit = make_kit(chosen, database, sealer.mac, lambda: site.now)
        site = Site(kit, database)
        site.app = make_application(kit, chosen, routes(site))
        return site

    return make


@pytest.fixture
def site(build) -> Site:
    return build()


def routes(site: Site) -> list[Route]:
    """What rooms do with the kit, one endpoint for each."""
    kit = site.kit

    async def page(request: Request) -> Response:
        text = request.query_params.get("text", "")
        return kit.page(request, "refusal.html", title=text, text=text, reference="r", reasons=[text])

    async def token(request: Request) -> Response:
        kit.browser(request)
        frame = kit._frame(request, "", None, "")
        return PlainTextResponse(frame.token(request.query_params["action"]))

    async def act(request: Request) -> Response:
        form = await kit.form(request)
        site.seen.append(form.text("value"))
        return kit.see_other("/page")

    async def occasion(request: Request) -> Response:
        seen = kit.occasion(request)
        site.seen.append(seen)
        return PlainTextResponse(str(seen.address))

    async def browser(request: Request) -> Response:
        same = kit.browser(request) == kit.browser(request)
        return PlainTextResponse(f"{same} {kit.browser(request).hex()}")

    async def session(request: Request) -> Response:
        response = PlainTextResponse("in")
        kit.begin_session(response, "A" * 43)
        assert digest("A" * 43)
        return response

    async def targets(request: Request) -> Response:
        return kit.page(
            request,
            "refusal.html",
            form_targets=["https://app.sundby.example"],
            title="",
            text="",
            reference="",
            reasons=[],
        )

    async def fail(request: Request) -> Response:
        raise {
            "fault": Overtaken("secret-canary"),
            "away": Unavailable("secret-canary"),
            "unknown": RuntimeError("secret-canary"),
        }[request.path_params["how"]]

    return [
        Route("/page", page),
        Route("/token", token),
        Route("/act", act, methods=["POST"]),
        Route("/other", act, methods=["POST"]),
        Route("/occasion", occasion),
        Route("/browser", browser),
        Route("/session", session),
        Route("/targets", targets),
        Route("/fail/{how}", fail),
    ]
