"""The endpoints that programs call: thin, JSON in the protocol's own words, refusals included."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.errors import Unavailable
from idp.domain.occasion import Occasion
from idp.oidc import provider as paths
from idp.oidc import token_endpoints
from idp.oidc.cross_origin import cross_origin_headers, preflight
from idp.oidc.discovery import metadata
from idp.oidc.errors import SERVER_ERROR, WORDS, OAuthWords, Refused
from idp.oidc.provider import Provider
from idp.oidc.refusals import note_refusal
from idp.oidc.server import Answer, FormPost
from idp.oidc.userinfo import userinfo
from idp.web.arrival import header, header_values
from idp.web.errors import EdgeRefusal
from idp.web.forms import read_form
from idp.web.kit import Kit

_log = structlog.get_logger("portvakt.oidc")

_JSON = {"content-type": "application/json"}
_SHORTLY = {"cache-control": "public, max-age=300"}
_FOR_BROWSERS = (paths.TOKEN_PATH, paths.USERINFO_PATH, paths.REVOCATION_PATH)
_UNAVAILABLE = OAuthWords("temporarily_unavailable", "Try again in a while.", 503)

UseCase = Callable[[Provider, FormPost, Occasion], Answer]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints and what they need."""

    kit: Kit
    provider: Provider
    _metadata: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_metadata", json.dumps(metadata(self.provider.issuer)).encode())

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(paths.DISCOVERY_PATH, self.discovery, methods=["GET"]),
            Route("/.well-known/oauth-authorization-server", self.discovery, methods=["GET"]),
            Route(paths.JWKS_PATH, self.jwks, methods=["GET"]),
            Route(paths.TOKEN_PATH, self._posted(token_endpoints.token), methods=["POST"]),
            Route(paths.INTROSPECTION_PATH, self._posted(token_endpoints.introspect), methods=["POST"]),
            Route(paths.REVOCATION_PATH, self._posted(token_endpoints.revoke), methods=["POST"]),
            Route(paths.USERINFO_PATH, self.userinfo, methods=["GET", "POST"]),
            *(Route(path, self.preflight, methods=["OPTIONS"]) for path in _FOR_BROWSERS),
        ]

    async def discovery(self, _request: Request) -> Response:
        """Answer from memory."""
        return Response(self._metadata, headers={**_JSON, **_SHORTLY})

    async def jwks(self, _request: Request) -> Response:
        """Answer from memory."""
        body = json.dumps({"keys": list(self.provider.keys.public_jwks())})
        return Response(body, headers={"content-type": "application/jwk-set+json", **_SHORTLY})

    async def preflight(self, request: Request) -> Response:
        """Say to a browser whether a page of another origin may call."""
        return await preflight(self.kit, self.provider, request)

    async def userinfo(self, request: Request) -> Response:
        """Answer about the person; the token is taken from the header alone (RFC 6750 §2.1)."""
        authorization = _single(request, b"authorization")
        occasion = self.kit.occasion(request)
        return await self._safely(
            request, lambda: self.kit.run(userinfo, self.provider, authorization, occasion)
        )

    def _posted(self, use_case: UseCase) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            async def answer() -> Answer:
                form = await read_form(request)
                post = FormPost(
                    url=self.provider.issuer + request.scope["path"],
                    # RFC 6749 §3.2: a parameter without a value is as good as absent.
                    fields={name: value for name, value in form.fields.items() if value},
                    authorization=_single(request, b"authorization"),
                )
                return await self.kit.run(use_case, self.provider, post, self.kit.occasion(request))

            return await self._safely(request, answer)

        return endpoint

    async def _safely(self, request: Request, answer: Callable[[], Awaitable[Answer]]) -> Response:
        """Answer in JSON whatever happens; what is unknown is our fault and told without details."""
        occasion = self.kit.occasion(request)
        try:
            given = await answer()
        except EdgeRefusal as refusal:
            given = _told(WORDS[Refused.UNREADABLE], type(refusal).__name__)
        except Unavailable as error:
            cause = type(error.__cause__).__qualname__ if error.__cause__ else ""
            _log.error("request failed", reference=occasion.request_id, error="Unavailable", cause=cause)
            given = _told(_UNAVAILABLE, "")
        except Exception as error:  # noqa: BLE001 - the edge: nothing of it may reach the client
            _log.error("request failed", reference=occasion.request_id, error=type(error).__qualname__)
            given = _told(SERVER_ERROR, "", occasion.request_id)
        if given.refused:
            await self.kit.write(note_refusal, request.scope["path"], given.refused, given.client, occasion)
        headers = {**_lower(given.headers), **_JSON}
        if request.scope["path"] in _FOR_BROWSERS:
            headers |= await cross_origin_headers(self.kit, self.provider, request)
        return Response(json.dumps(given.body), given.status, headers)


def _single(request: Request, name: bytes) -> str:
    """Return a header that may be given once, "" if it is missing; two of them are refused."""
    values = header_values(request.scope, name)
    if len(values) > 1:
        return "refused "
    return header(request.scope, name)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _told(words: OAuthWords, refused: str, reference: str = "") -> Answer:
    description = f"{words.description} Reference: {reference}" if reference else words.description
    body = {"error": words.error, "error_description": description}
    return Answer(words.status, body, {}, refused)
