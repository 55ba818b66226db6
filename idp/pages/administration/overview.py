"""The administration's first page: how much there is, how the synchronisations went, what could not be sent."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import overview
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act
from idp.pages.administration.chart import day_chart, factor_chart
from idp.pages.administration.door import Door
from idp.pages.visitor import Visitor
from idp.web.administration import PATH


@dataclass(frozen=True, slots=True)
class Overview:
    """The page."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(PATH, self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show it."""

        def seen(uow: UnitOfWork, visitor: Visitor) -> overview.Overview:
            return overview.overview(self.door.register(uow), visitor.occasion.now)

        found = await self.door.read(request, Act.SEE_OVERVIEW, seen)
        if isinstance(found, Response):
            return found
        visitor, shown = found
        today = visitor.occasion.now.date()
        return self.door.members.page(
            request,
            "administration/overview.html",
            visitor,
            current=PATH,
            seen=shown,
            chart=day_chart(shown.signins, today),
            factors=factor_chart(shown.trends.factors, today),
            runs=day_chart(shown.trends.runs, today),
            messages=day_chart(shown.trends.messages, today, 7),
        )
