"""'Mina system': just what one may use, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.access import StepUp
from idp.domain.portal import PortalEntry, my_applications
from idp.domain.ports import UnitOfWork
from idp.pages.visitor import Members, Visitor


@dataclass(frozen=True, slots=True)
class SystemCard:
    """One system as the page shows it; `asks_more` says that a code will be asked for."""

    title: str
    description: str
    url: str
    asks_more: bool


def _entries(uow: UnitOfWork, visitor: Visitor) -> Sequence[PortalEntry]:
    return my_applications(uow, visitor.living, visitor.occasion)


@dataclass(frozen=True, slots=True)
class MySystems:
    """The portal's first page."""

    members: Members

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show the systems that the person may use from here."""
        found = await self.members.read(request, _entries)
        if found is None:
            return await self.members.to_sign_in(request, "/")
        visitor, entries = found
        language = self.members.kit.language(request)
        cards = [_card(entry, language) for entry in entries]
        return self.members.page(request, "portal/my_systems.html", visitor, current="/", systems=cards)


def _card(entry: PortalEntry, language: str) -> SystemCard:
    application = entry.application
    return SystemCard(
        application.title_in(language),
        application.description,
        application.url,
        isinstance(entry.decision, StepUp),
    )
