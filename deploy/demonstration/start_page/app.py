"""The start page's two endpoints: show it, and choose a place.

Owns the cookie `demo_place`, which the front proxy reads. One-time codes are computed when the page
is made: it has no script to do it later.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.demonstration.front_proxy import COOKIE, OUTSIDE, PLACES
from deploy.demonstration.page_headers import PageHeaders
from deploy.demonstration.start_page.content import Content
from deploy.demonstration.wording import STOCKHOLM, Language, language_of

HERE = Path(__file__).parent
STEP = 30
LANGUAGE_COOKIE = "demo_language"


class StartPage:
    """The endpoints, with what they share."""

    def __init__(self, content: Content) -> None:
        self._content = content
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(default=True)
        )
        self._template = environment.get_template("start.html")

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", self.show),
            Route("/place", self.choose_place, methods=["POST"]),
            Route("/language", self.choose_language, methods=["POST"]),
            Mount("/looks", StaticFiles(directory=HERE.parent / "looks")),
        ]

    async def show(self, request: Request) -> Response:
        language = _language(request)
        place = request.cookies.get(COOKIE, OUTSIDE)
        now = datetime.now(UTC)
        changes = now - timedelta(seconds=now.timestamp() % STEP) + timedelta(seconds=STEP)
        text = self._template.render(
            content=self._content,
            language=language,
            sv=language == "sv",
            place=PLACES.get(place, PLACES[OUTSIDE]),
            codes={
                account.login: pyotp.TOTP(account.totp_secret, interval=STEP).at(now)
                for account in self._content.accounts
                if account.totp_secret
            },
            now=f"{now.astimezone(STOCKHOLM):%H:%M:%S}",
            changes=f"{changes.astimezone(STOCKHOLM):%H:%M:%S}",
        )
        return HTMLResponse(text, headers={"Cache-Control": "no-store"})

    async def choose_place(self, request: Request) -> Response:
        return await _choose(request, "place", COOKIE, PLACES)

    async def choose_language(self, request: Request) -> Response:
        return await _choose(request, "language", LANGUAGE_COOKIE, ("sv", "en"))


async def _choose(request: Request, name: str, cookie: str, known: object) -> Response:
    """Remember one of the known values, then show the page again."""
    async with request.form() as form:
        value = form.get(name)
    response = RedirectResponse("/", 303)
    if isinstance(value, str) and isinstance(known, dict | tuple) and value in known:
        response.set_cookie(cookie, value, samesite="lax", httponly=True, path="/")
    return response


def _language(request: Request) -> Language:
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return language_of(chosen if chosen in {"sv", "en"} else request.headers.get("accept-language", ""))


def create_app(content: Content) -> Starlette:
    return Starlette(routes=StartPage(content).routes(), middleware=[Middleware(PageHeaders)])
