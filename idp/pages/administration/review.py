"""The review: what an auditor reads about accounts, systems, rights and keys, on one page and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.appointments import doer_in
from idp.domain.ports import UnitOfWork
from idp.domain.posture import DORMANT, Finding, Posture
from idp.domain.roles import Act, Allowed, Organisation, may_act
from idp.pages.administration.door import Door
from idp.pages.visitor import Visitor
from idp.web.administration import PATH
from idp.web.csv_export import csv_response

HERE = f"{PATH}/review"
_EMPTY = Finding(0, ())
_PARTS = ("without_factor", "dormant", "without_owner", "unused", "expiring", "changes")


@dataclass(frozen=True, slots=True)
class Review:
    """The page."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(HERE, self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show the report, or hand it out as CSV."""

        def seen(uow: UnitOfWork, visitor: Visitor) -> Posture:
            doer, now = doer_in(visitor.living, visitor.occasion), visitor.occasion.now
            # The report is of everything: a role over a unit does not open it.
            if not isinstance(may_act(doer, Act.SEE_AUDIT, Organisation(), now), Allowed):
                return Posture(*[_EMPTY] * len(_PARTS))
            return self.door.register(uow).posture(now, DORMANT)

        result = await self.door.read(request, Act.SEE_AUDIT, seen)
        if isinstance(result, Response):
            return result
        visitor, report = result
        if request.query_params.get("format") == "csv":
            return csv_response("review.csv", ("finding", "name", "more"), _rows(report))
        return self.door.page(
            request, "administration/review.html", visitor, current=HERE, report=report, here=HERE
        )


def _rows(report: Posture) -> Iterator[tuple[str, str, str]]:
    for part in _PARTS:
        for name, more in getattr(report, part).lines:
            yield part, name, more
