"""Browsers of other origins at the token endpoints: only origins that an administrator listed (statement B7).

The answers carry no cookies and take none, so credentials are never allowed.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.ports import UnitOfWork
from idp.oidc.provider import Provider
from idp.web.arrival import header
from idp.web.kit import Kit

_A_WHILE = "600"


async def cross_origin_headers(kit: Kit, provider: Provider, request: Request) -> dict[str, str]:
    """Return the headers that let a listed origin read the answer; none for any other."""
    origin = header(request.scope, b"origin")
    if not origin or origin == provider.issuer:
        return {}

    def listed(uow: UnitOfWork) -> bool:
        return origin in provider.clients.web_origins(uow)

    return {"access-control-allow-origin": origin, "vary": "origin"} if await kit.read(listed) else {}


async def preflight(kit: Kit, provider: Provider, request: Request) -> Response:
    """Answer a browser that asks whether it may send the request proper (Fetch §3.2.3)."""
    headers = await cross_origin_headers(kit, provider, request)
    if headers:
        headers |= {
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "authorization, content-type",
            "access-control-max-age": _A_WHILE,
        }
    return Response(status_code=204, headers=headers)
