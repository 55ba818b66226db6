"""Signing out: of Portvakt, and of every system that takes part in the session; and how far that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.handles import SessionId
from idp.domain.participants import Ending, Endings, EndingState, endings_of
from idp.domain.ports import UnitOfWork
from idp.domain.sign_out import sign_out
from idp.pages.ports import Farewell
from idp.pages.visitor import Members, Visitor
from idp.web import cookies
from idp.web.arrival import arrival_of
from idp.web.left import PATH as LEFT_PATH
from idp.web.left import left_path, session_left

PATH = "/sign-out"
#: The page looks again by itself while systems are being told, and no longer than this.
_LOOKS_AGAIN = timedelta(seconds=30)
_AGAIN_AFTER = 2
#: Afterwards nobody is at the browser any more who has to know.
_SHOWN_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Shown:
    """One system as the page shows it."""

    title: str
    state: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """The way out."""

    members: Members
    farewell: Farewell
    endings: Sequence[Endings] = ()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(PATH, self.ask, methods=["GET"]),
            Route(PATH, self.leave, methods=["POST"]),
            Route(LEFT_PATH, self.left, methods=["GET"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Ask whoever comes by a link: a GET changes nothing."""
        found = await self.members.read(request, lambda _uow, _visitor: None)
        if found is None:
            return self._gone(request, [])
        return self.members.page(request, "portal/sign_out.html", found[0], current=PATH)

    async def leave(self, request: Request) -> Response:
        """End the session, tell which systems are told, and take the cookie away."""
        if cookies.read_handle(request.scope, cookies.SESSION) is None:
            return self._gone(request, [])
        kit = self.members.kit
        await kit.form(request)
        language = kit.language(request)

        def gone(uow: UnitOfWork, visitor: Visitor) -> tuple[list[Shown], str]:
            session_id = visitor.living.session.id
            sign_out(uow, visitor.living, visitor.occasion)
            systems = _shown(uow, endings_of(uow, self.endings, session_id), language)
            then = left_path(kit, request, session_id) if systems else ""
            return systems, self.farewell(uow, session_id, then, visitor.occasion)

        found = await self.members.write(request, gone)
        systems, goes_on = found[1] if found else ([], "")
        # Not by a redirect: that of a form is held to our own origin, and this may end at other systems.
        response = self._gone(request, systems, goes_on)
        kit.end_session(response)
        return response

    async def left(self, request: Request) -> Response:
        """Show how far a sign-out is, to the browser that signed out."""
        kit, now = self.members.kit, arrival_of(request.scope).now
        session_id = session_left(kit, request)
        if session_id is None:
            return self._gone(request, [])
        systems, ended_at = await kit.read(self._how_far, session_id, kit.language(request))
        if ended_at is None or now - ended_at > _SHOWN_FOR:
            return self._gone(request, [])
        waits = any(one.state == EndingState.WAITING for one in systems) and now - ended_at < _LOOKS_AGAIN
        return self._gone(
            request, systems, left_path(kit, request, session_id) if waits else "", _AGAIN_AFTER
        )

    def _how_far(
        self, uow: UnitOfWork, session_id: SessionId, language: str
    ) -> tuple[list[Shown], datetime | None]:
        session = uow.sessions.get(session_id)
        found = endings_of(uow, self.endings, session_id)
        return _shown(uow, found, language), session.ended_at if session else None

    def _gone(self, request: Request, systems: list[Shown], goes_on: str = "", after: int = 1) -> Response:
        response = self.members.kit.page(
            request, "signed_out.html", back="", systems=systems, goes_on=goes_on
        )
        if goes_on:
            response.headers["refresh"] = f"{after}; url={goes_on}"
        return response


def _shown(uow: UnitOfWork, endings: Sequence[Ending], language: str) -> list[Shown]:
    known = uow.catalogue.applications
    found = [
        Shown(known[one.application_id].title_in(language), one.state.value)
        for one in endings
        if one.application_id in known
    ]
    return sorted(found, key=lambda one: one.title.casefold())
