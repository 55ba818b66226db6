"""`Kit`: what an endpoint needs besides its use case. Built once in `app.py`, the same for every room.

An endpoint parses, runs one use case in a worker thread, and renders:

    form = await kit.form(request)
    outcome = await kit.run(submit, signin, form.text("journey"), kit.browser(request), kit.occasion(request))
    return kit.page(request, "signin/code.html", step=outcome.step)
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from idp.domain.errors import Unavailable
from idp.domain.handles import digest, new_handle
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.ports import Database, UnitOfWork
from idp.domain.return_path import checked_return_path
from idp.domain.roles import Doer, holds_somewhere
from idp.domain.session import LivingSession
from idp.web import cookies
from idp.web.administration import Section
from idp.web.arrival import arrival_of, header
from idp.web.csrf import FIELD, Csrf
from idp.web.forms import Form, read_form
from idp.web.headers import content_security_policy
from idp.web.languages import language_of
from idp.web.rendering import Frame, Rendering
from idp.web.static_files import StaticFiles
from idp.web.uploads import read_upload

P = ParamSpec("P")
T = TypeVar("T")

#: In the scope: the browser cookie that this request was given, for the guard to set.
NEW_BROWSER = "portvakt.new_browser"
_LONGEST_USER_AGENT = 200


@dataclass(frozen=True, slots=True)
class Threads:
    """Worker threads, counted: `quick` for what waits for the database at most, `waiting` for the outside.

    They are apart so that a directory that hangs holds no page that does not ask it. `places` is how many may be
    in a waiting thread or in the queue before one: whoever comes beyond is sent away at once.
    """

    quick: ThreadPoolExecutor
    waiting: ThreadPoolExecutor
    places: threading.BoundedSemaphore

    @classmethod
    def of(cls, quick: int = 8, waiting: int = 64, queued: int = 128) -> "Threads":
        """Return pools of these sizes; a thread is made when it is first needed."""
        return cls(
            ThreadPoolExecutor(quick, "use-case"),
            ThreadPoolExecutor(waiting, "waiting"),
            threading.BoundedSemaphore(waiting + queued),
        )


def acting(occasion: Occasion, living: LivingSession | None) -> Occasion:
    """Return the occasion with the signed-in account as its actor."""
    if living is None:
        return occasion
    return replace(occasion, actor=Actor(ActorKind.ACCOUNT, living.account.id))


@dataclass(frozen=True, slots=True)
class Kit:
    """See the module. `issuer` is the public origin; every absolute URL begins with it (statement B8)."""

    issuer: str
    database: Database
    static: StaticFiles
    rendering: Rendering
    csrf: Csrf
    clock: Callable[[], datetime]
    threads: Threads
    node: str = ""
    sections: tuple[Section, ...] = ()

    # --- use cases -------------------------------------------------------------------------------------

    async def run(self, use_case: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a use case that asks the database at most, in a worker thread."""
        call = partial(use_case, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self.threads.quick, call)

    async def run_waiting(self, use_case: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a use case that may wait for something outside (a directory), in a thread of the other pool.

        Raises Unavailable where too many wait already: a queue without an end serves nobody in time.
        """
        places = self.threads.places
        if not places.acquire(blocking=False):
            raise Unavailable("too many wait for something outside")
        future = self.threads.waiting.submit(use_case, *args, **kwargs)
        future.add_done_callback(lambda _: places.release())
        return await asyncio.wrap_future(future)

    async def read(
        self, use_case: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `use_case(uow, …)` within a reading unit of work."""

        def within() -> T:
            with self.database.read() as uow:
                return use_case(uow, *args, **kwargs)

        return await self.run(within)

    async def write(
        self, use_case: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `use_case(uow, …)` within a writing unit of work, committed when it returns."""

        def within() -> T:
            with self.database.write() as uow:
                return use_case(uow, *args, **kwargs)

        return await self.run(within)

    # --- what a request tells --------------------------------------------------------------------------

    def occasion(self, request: Request) -> Occasion:
        """Return when, from where and under which number this request came."""
        arrival = arrival_of(request.scope)
        device = cookies.read_handle(request.scope, cookies.DEVICE)
        return Occasion(
            now=arrival.now,
            request_id=arrival.reference,
            address=arrival.address,
            user_agent=header(request.scope, b"user-agent")[:_LONGEST_USER_AGENT],
            node=self.node,
            device=digest(device) if device is not None else None,
        )

    def living(self, uow: UnitOfWork, request: Request) -> LivingSession | None:
        """Return the living session of the session cookie; called within a unit of work."""
        handle = cookies.read_handle(request.scope, cookies.SESSION)
        if handle is None:
            return None
        return uow.sessions.living(digest(handle), arrival_of(request.scope).now)

    def browser(self, request: Request) -> bytes:
        """Return the digest of this browser's cookie; a browser without one is given it with the answer."""
        return digest(self._browser_handle(request))

    def language(self, request: Request) -> str:
        """Return the language to answer in: "sv" or "en"."""
        return language_of(request.scope)

    async def form(self, request: Request) -> Form:
        """Return a form of one of our own pages; raises FormRefused or CrossSiteRefused (statement B1)."""
        form = await read_form(request)
        self.csrf.check(request.scope, form.text(FIELD))
        return form

    async def upload(self, request: Request, name: str) -> tuple[Form, bytes]:
        """Return a form of one of our own pages and the file in its field `name`; raises as `form` does."""
        form, content = await read_upload(request, name)
        self.csrf.check(request.scope, form.text(FIELD))
        return form, content

    # --- answers ---------------------------------------------------------------------------------------

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        back: str | None = None,
        form_targets: Iterable[str] = (),
        script: bool = False,
        living: LivingSession | None = None,
        person: str = "",
        values: Mapping[str, object] | None = None,
        **view: object,
    ) -> HTMLResponse:
        """Render a page.

        Args:
            request: the request that it answers.
            template: its name under `templates/`.
            status: the status code.
            back: the local path that shows this page again; None is the request's own, "" is none.
            form_targets: other origins that a form of this page may be redirected to in the end.
            script: whether the page loads a script of ours.
            living: the living session, for the way to the administration.
            person: the name of who is signed in.
            values: what the template shows, as a mapping.
            view: what the template shows besides.
        """
        shown = {**(values or {}), **view}
        html = self.rendering.page(template, self._frame(request, back, living, person), shown)
        response = HTMLResponse(html, status)
        targets = tuple(form_targets)
        if targets or script:
            response.headers["content-security-policy"] = content_security_policy(targets, script=script)
        return response

    def refusal(
        self,
        request: Request,
        status: int,
        title: str,
        text: str,
        *,
        reference: str = "",
        reasons: Iterable[str] = (),
        back: str | None = None,
    ) -> HTMLResponse:
        """Render a plain page that says no.

        Args:
            request: the request that it answers.
            status: the status code.
            title: a msgid.
            text: a msgid.
            reference: the number that leads to the audit record; "" is the request's own.
            reasons: finished sentences in the reader's language.
            back: as for `page`.
        """
        language = self.language(request)
        return self.page(
            request,
            "refusal.html",
            status=status,
            back=back,
            title=self.rendering.translate(language, title),
            text=self.rendering.translate(language, text),
            reference=reference or arrival_of(request.scope).reference,
            reasons=tuple(reasons),
        )

    def see_other(self, location: str) -> RedirectResponse:
        """Answer a form by 303, so that the next request is a GET (RFC 9700 §4.12)."""
        return RedirectResponse(location, 303)

    def begin_session(self, response: Response, handle: str) -> None:
        """Give the browser the handle of a new or raised session."""
        response.raw_headers.append((b"set-cookie", cookies.setting(cookies.SESSION, handle)))

    def trust_device(self, response: Response, handle: str, lasts: timedelta) -> None:
        """Give the browser the handle of a device that is trusted from now on."""
        response.raw_headers.append((b"set-cookie", cookies.setting(cookies.DEVICE, handle, lasts=lasts)))

    def end_session(self, response: Response) -> None:
        """Take the handle away; the row has ended before."""
        response.raw_headers.append((b"set-cookie", cookies.clearing(cookies.SESSION)))

    # --- within ----------------------------------------------------------------------------------------

    def _browser_handle(self, request: Request) -> str:
        held = cookies.read_handle(request.scope, cookies.BROWSER) or request.scope.get(NEW_BROWSER)
        if not isinstance(held, str):
            held = request.scope[NEW_BROWSER] = new_handle()
        return held

    def _frame(self, request: Request, back: str | None, living: LivingSession | None, person: str) -> Frame:
        def token(action: str) -> str:
            session = cookies.read_handle(request.scope, cookies.SESSION)
            return self.csrf.token(action, self._browser_handle(request), session)

        return Frame(
            language=language_of(request.scope),
            back=own_path(request) if back is None else back,
            token=token,
            reference=arrival_of(request.scope).reference,
            person=person,
            sections=self._sections(living, arrival_of(request.scope).now),
        )

    def _sections(self, living: LivingSession | None, now: datetime) -> tuple[tuple[str, str], ...]:
        """Return the places of the administration that the roles open; they open nothing by themselves."""
        doer = Doer(living.account.grants if living else ())
        return tuple((one.path, one.title) for one in self.sections if holds_somewhere(doer, one.act, now))


def own_path(request: Request) -> str:
    """Return the request's own path and query if it can be asked for again, else ""."""
    if request.scope["method"] not in ("GET", "HEAD"):
        return ""
    query = request.scope["query_string"].decode("latin-1")
    try:
        return checked_return_path(request.scope["path"] + (f"?{query}" if query else ""))
    except ValueError:
        return ""
