"""The e-service portal's pages and endpoints.

Owns the routes. Signing in is the provider's, sessions are the middleware's; what is shown is made
of the claims by `wording`.
"""

import logging
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.demonstration.eservice.logout_token import LogoutToken, LogoutTokenError
from deploy.demonstration.eservice.provider import Provider, SignInRefusedError
from deploy.demonstration.eservice.sessions import ServerSessions, Session
from deploy.demonstration.eservice.settings import EserviceSettings
from deploy.demonstration.eservice.store import SessionStore
from deploy.demonstration.page_headers import PageHeaders
from deploy.demonstration.wording import language_of, person_facts, proof_facts

HERE = Path(__file__).parent
LOOKS = HERE.parent / "looks"
LOG = logging.getLogger("eservice")


class Eservice:
    """The endpoints, with what they share."""

    def __init__(self, settings: EserviceSettings, store: SessionStore) -> None:
        self._settings = settings
        self._store = store
        self._provider = Provider(settings)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(default=True)
        )

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", self.home),
            Route("/sign-in", self.sign_in),
            Route("/callback", self.callback),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/signed-out", self.signed_out),
            Route("/backchannel-logout", self.backchannel_logout, methods=["POST"]),
            Mount("/looks", StaticFiles(directory=LOOKS)),
        ]

    def _page(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        text = self._templates.get_template(template).render(language=language, sv=language == "sv", **values)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})

    async def home(self, request: Request) -> Response:
        """The services one may use: nothing here is for the unknown."""
        claims = request.session.get("claims")
        if not isinstance(claims, dict):
            return RedirectResponse("/sign-in", 303)
        language = language_of(request.headers.get("accept-language", ""))
        return self._page(
            request,
            "home.html",
            name=claims.get("given_name") or claims.get("name") or claims.get("preferred_username"),
            person=person_facts(claims, language),
            proof=proof_facts(claims, language),
        )

    async def sign_in(self, request: Request) -> Response:
        return await self._provider.send_to_sign_in(
            request, language_of(request.headers.get("accept-language", ""))
        )

    async def callback(self, request: Request) -> Response:
        """The provider's answer; a session begins, under a new handle."""
        try:
            claims, id_token = await self._provider.receive_answer(request)
        except SignInRefusedError as refusal:
            LOG.warning("sign-in refused: %s", refusal)
            return self._page(request, "refused.html", 403)
        session = request.scope["session"]
        session.clear()
        session.update(claims=dict(claims), id_token=id_token)
        if isinstance(session, Session):
            session.renew = True
        return RedirectResponse("/", 303)

    async def sign_out(self, request: Request) -> Response:
        """End the session here, then at the provider, which ends it everywhere."""
        id_token = request.session.get("id_token")
        request.session.clear()
        address = await self._provider.sign_out_address(id_token if isinstance(id_token, str) else None)
        return RedirectResponse(address or "/signed-out", 303)

    async def signed_out(self, request: Request) -> Response:
        return self._page(request, "signed_out.html")

    async def backchannel_logout(self, request: Request) -> Response:
        """Back-Channel Logout 1.0 §2.5 to §2.8: 200 when done, 400 when the token is not valid."""
        async with request.form() as form:
            token = form.get("logout_token")
        no_store = {"Cache-Control": "no-store"}
        try:
            valid = await self._use_logout_token(token if isinstance(token, str) else "")
        except LogoutTokenError as refusal:
            LOG.warning("logout token refused: %s", refusal)
            return JSONResponse(
                {"error": "invalid_request", "error_description": str(refusal)}, 400, no_store
            )
        ended = self._store.end_all_of(provider_session=valid.provider_session, subject=valid.subject)
        LOG.info("signed out from afar: %d sessions", ended)
        return Response(status_code=200, headers=no_store)

    async def _use_logout_token(self, token: str) -> LogoutToken:
        """Return what a valid token says, once."""
        now = datetime.now(UTC)
        valid = await self._provider.validate_logout_token(token, now)
        if not self._store.use_token(valid.jti, valid.expires, now):
            raise LogoutTokenError("used before")
        return valid


def create_app(settings: EserviceSettings, store: SessionStore) -> Starlette:
    return Starlette(
        routes=Eservice(settings, store).routes(),
        middleware=[
            Middleware(PageHeaders, form_action=settings.issuer),
            Middleware(ServerSessions, store=store),
        ],
    )
