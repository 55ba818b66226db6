"""The sample site with its API, and clients that hold tokens."""

from datetime import timedelta

import httpx
import pytest

from idp.domain import api_tokens
from idp.domain.roles import SERVER, WHOLE, Act, Scope
from tests.support.sample_site import OUTSIDE, SampleSite, make_site, populate
from tests.support.units import employ, plant


@pytest.fixture
def site(tmp_path) -> SampleSite:
    """Anna works at 111, Bo at 12; both have accounts."""
    built = make_site(tmp_path)
    populate(built)
    plant(built.database)
    employ(built.database, built.residents["annsve"], "111")
    employ(built.database, built.residents["bojoha"], "12")
    return built


@pytest.fixture
def token(site):
    """Return a function that makes a token."""

    def made(*acts: Act, scope: Scope = WHOLE, doer=SERVER, days: int = 30) -> str:
        with site.database.write() as uow:
            issued = api_tokens.issue(
                uow, doer, "test", scope, acts or (Act.SEE_PERSON,), timedelta(days=days), site.occasion()
            )
        assert isinstance(issued, api_tokens.IssuedToken), issued
        return issued.text

    return made


class Client:
    """A program with a token."""

    def __init__(self, site: SampleSite, text: str | None) -> None:
        transport = httpx.ASGITransport(site.app, client=("127.0.0.1", 40000))
        headers = {"x-forwarded-for": OUTSIDE} | ({"authorization": f"Bearer {text}"} if text else {})
        self.http = httpx.AsyncClient(transport=transport, base_url=site.issuer, headers=headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/api/v1{path}", headers=_named(headers))

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.http.post(f"/api/v1{path}", json=body, headers=_named(headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
def client(site, token):
    """Return a function that makes a client with a new token for these acts."""

    def made(*acts: Act, scope: Scope = WHOLE) -> Client:
        return Client(site, token(*acts, scope=scope))

    return made


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
