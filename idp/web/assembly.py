"""From settings to the kit, and from routes to the application: what `app.py` calls."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.domain.events import RequestRefused
from idp.domain.floods import record_refusal
from idp.domain.ports import Database, UnitOfWork
from idp.domain.return_path import checked_return_path
from idp.web import cookies
from idp.web.administration import Section
from idp.web.arrival import arrival_of
from idp.web.csrf import Csrf
from idp.web.errors import FormRefused, Problem
from idp.web.headers import standing_headers
from idp.web.hosts import AllowedHosts, checked_origin
from idp.web.kit import Kit, Threads
from idp.web.languages import LANGUAGES
from idp.web.middleware import Guard
from idp.web.paths import Paths
from idp.web.problems import API_ROOT, problem_response
from idp.web.proxies import TrustedProxies
from idp.web.rendering import Rendering
from idp.web.static_files import StaticFiles

_log = structlog.get_logger("portvakt.web")

_LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What an administrator sets.

    Attributes:
        issuer: the public origin, such as https://id.example.se.
        organisation: the name that pages carry.
        other_hosts: Host values besides the issuer's that are answered (a load balancer's probe).
        trusted_proxies: addresses and prefixes whose X-Forwarded-For counts.
        timezone: in which people read times.
        node: this server's name, in audit records.
        body_limit: bytes of a request's body.
        access_log: whether each request leaves a line in the log.
    """

    issuer: str
    organisation: str
    other_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    timezone: str = "Europe/Stockholm"
    node: str = ""
    body_limit: int = 64 * 1024
    access_log: bool = True


def _now() -> datetime:
    return datetime.now(UTC)


def make_kit(
    settings: WebSettings,
    database: Database,
    mac: Callable[[bytes, str], bytes],
    clock: Callable[[], datetime] = _now,
    sections: Sequence[Section] = (),
) -> Kit:
    """Return the kit; raises ValueError for a setting that cannot be.

    `mac` is the sealer's keyed hash, `sections` are the places of the administration, of every room.
    """
    static = StaticFiles.load()
    issuer = checked_origin(settings.issuer)
    return Kit(
        issuer=issuer,
        database=database,
        static=static,
        rendering=Rendering.load(settings.organisation, ZoneInfo(settings.timezone), static.urls),
        csrf=Csrf(issuer, mac(b"forms", "csrf")),
        clock=clock,
        threads=Threads.of(),
        node=settings.node,
        sections=tuple(sections),
    )


def make_application(
    kit: Kit,
    settings: WebSettings,
    routes: Sequence[BaseRoute],
    lifespan: Callable[[Any], AbstractAsyncContextManager[None]] | None = None,
) -> ASGIApp:
    """Return the guarded application of all rooms' `routes`."""
    router = Paths(
        [*routes, Route("/language", _language_endpoint(kit), methods=["POST"]), kit.static.route()],
        redirect_slashes=False,
        default=_not_found,
        lifespan=lifespan,
    )

    async def explain(request: Request, problem: Problem) -> Response:
        if problem.audited:
            await _keep_refusal(kit, request, problem)
        if request.scope["path"].startswith(API_ROOT):
            told = problem_response(
                problem.status, problem.code, problem.title, arrival_of(request.scope).reference
            )
            told.headers.update(problem.headers)
            return told
        back = "" if problem.audited else None
        response = kit.refusal(request, problem.status, problem.title, problem.text, back=back)
        response.headers.update(problem.headers)
        return response

    return Guard(
        app=router,
        hosts=AllowedHosts.of(kit.issuer, settings.other_hosts),
        proxies=TrustedProxies.of(settings.trusted_proxies),
        standing=standing_headers(https=kit.issuer.startswith("https:")),
        clock=kit.clock,
        explain=explain,
        body_limit=settings.body_limit,
        access_log=settings.access_log,
    )


async def _keep_refusal(kit: Kit, request: Request, problem: Problem) -> None:
    """Record a refusal that never reaches a use case (A1); a flood from one place is counted together."""
    occasion = kit.occasion(request)
    refused = RequestRefused(object=request.scope["path"][:_LONGEST_PATH], reason=problem.code)

    def keep(uow: UnitOfWork) -> None:
        record_refusal(uow, refused, f"{problem.code} {occasion.address}", occasion)

    try:
        await kit.write(keep)
    except Exception as error:  # noqa: BLE001 - the request is refused all the same, and gains nothing
        _log.error("a refusal was not recorded", code=problem.code, error=type(error).__qualname__)


async def _not_found(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(404)


def _language_endpoint(kit: Kit) -> Any:
    async def change_language(request: Request) -> Response:
        form = await kit.form(request)
        language = form.text("language")
        try:
            response = kit.see_other(checked_return_path(form.text("back")))
        except ValueError as error:
            raise FormRefused from error
        if language not in LANGUAGES:
            raise FormRefused
        response.raw_headers.append(
            (b"set-cookie", cookies.setting(cookies.LANGUAGE, language, lasting=True))
        )
        return response

    return change_language
