"""A provider of OpenID Connect just large enough for the demo's two relying parties to be tested against.

It signs one person in without asking; the product's own tests put Portvakt in its place.
"""

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

EVENT = "http://schemas.openid.net/event/backchannel-logout"
PERSON: dict[str, Any] = {
    "sub": "f3b1c2",
    "name": "Åsa <b>Öberg</b>",
    "given_name": "Åsa",
    "preferred_username": "asaobe01",
    "email": "asa.oberg@ekvik.example",
    "unit_names": ["Barn och unga", "Kulturskolan"],
}


@dataclass
class StandIn:
    """The provider's state, which tests read and set."""

    issuer: str
    key: ECKey = field(
        default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
    )
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[dict[str, str]] = field(default_factory=list)
    sessions: int = 0

    def sign(self, claims: dict[str, Any], **header: str) -> str:
        return jwt.encode({"alg": "ES256", "kid": "k1", **header}, claims, self.key)

    def logout_token(self, client_id: str, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": client_id, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8),
            "events": {EVENT: {}}, "sub": PERSON["sub"], "sid": f"session-{self.sessions}", **changes,
        }  # fmt: skip
        return self.sign(
            {name: value for name, value in claims.items() if value is not None}, typ="logout+jwt"
        )

    async def metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/end-session",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True,
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.requests.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(form["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(
            b"="
        )
        if asked["code_challenge_method"] != "S256" or challenge.decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.sessions += 1
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": PERSON["sub"], "aud": asked["client_id"], "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "auth_time": now - 5, "acr": "https://refeds.org/profile/mfa",
            "amr": ["mfa", "otp", "pwd"], "sid": f"session-{self.sessions}",
        }  # fmt: skip
        return JSONResponse(
            {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": self.sign(claims)}
        )

    async def userinfo(self, _: Request) -> Response:
        return JSONResponse(PERSON)

    async def end_session(self, request: Request) -> Response:
        self.requests.append(dict(request.query_params))
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/userinfo", self.userinfo, methods=["GET", "POST"]),
                Route("/end-session", self.end_session),
            ]
        )


@contextmanager
def running_stand_in() -> Iterator[StandIn]:
    """The provider on a free port of the loopback address."""
    listener = socket.create_server(("127.0.0.1", 0))
    stand_in = StandIn(f"http://localhost:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(stand_in.app(), log_config=None))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield stand_in
    finally:
        server.should_exit = True
        thread.join(10)


class Browser(httpx.Client):
    """Follows redirects and keeps cookies, as a browser without scripts does."""

    def __init__(self, language: str = "sv") -> None:
        super().__init__(
            follow_redirects=True, headers={"Accept-Language": language, "Accept": "text/html"}, timeout=10
        )
