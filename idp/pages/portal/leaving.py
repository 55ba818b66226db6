"""Signing out: of Portvakt, and of every system that takes part in the session."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.ports import UnitOfWork
from idp.domain.sign_out import sign_out
from idp.pages.ports import Farewell
from idp.pages.visitor import Members, Visitor
from idp.web import cookies

PATH = "/sign-out"


@dataclass(frozen=True, slots=True)
class Leaving:
    """The way out."""

    members: Members
    farewell: Farewell

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(PATH, self.ask, methods=["GET"]),
            Route(PATH, self.leave, methods=["POST"]),
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
        await self.members.kit.form(request)
        language = self.members.kit.language(request)

        def left(uow: UnitOfWork, visitor: Visitor) -> tuple[list[str], str]:
            living = visitor.living
            known = uow.catalogue.applications
            titles = {
                known[participant.application_id].title_in(language)
                for participant in uow.sessions.participants(living.session.id)
                if participant.application_id in known
            }
            sign_out(uow, living, visitor.occasion)
            goes_on = self.farewell(uow, living.session.id, "", visitor.occasion)
            return sorted(titles, key=str.casefold), goes_on

        found = await self.members.write(request, left)
        systems, goes_on = found[1] if found else ([], "")
        response = self._gone(request, systems)
        if goes_on:
            # Not by a redirect: that of a form is held to our own origin, and this ends at other systems.
            response.headers["refresh"] = f"0; url={goes_on}"
        self.members.kit.end_session(response)
        return response

    def _gone(self, request: Request, systems: list[str]) -> Response:
        return self.members.kit.page(request, "portal/signed_out.html", back="", systems=systems)
