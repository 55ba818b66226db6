"""The review: what an auditor reads about accounts, systems, rights and keys, on one page and as a file.

The page says how many and names the first; one finding alone (`?finding=`) is a list to filter, sort and page.
"""

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
from idp.web.listing import Column, Listing
from idp.web.marking import mark

HERE = f"{PATH}/review"
_EMPTY = Finding(0, ())
_MOST_IN_FILE = 100_000
_PARTS = {
    "without_factor": mark("Accounts without a second factor"),
    "dormant": mark("Accounts that nobody has used for ninety days"),
    "without_owner": mark("Systems without an owner"),
    "unused": mark("Systems that nobody has used for ninety days"),
    "expiring": mark("Keys, tokens and roles that end within thirty days"),
    "changes": mark("Changes of systems and policies, ninety days"),
}
FINDING: Listing[tuple[str, str]] = Listing(
    (
        Column("name", mark("What or when"), lambda one: one[0]),
        Column("more", mark("Details"), lambda one: one[1]),
    )
)


@dataclass(frozen=True, slots=True)
class Review:
    """The page."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(HERE, self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show the report or one finding of it, or hand either out as CSV."""
        query = request.query_params
        part = next((one for one in _PARTS if one == query.get("finding")), "")
        in_file = query.get("format") == "csv"

        def seen(uow: UnitOfWork, visitor: Visitor) -> Posture:
            doer, now = doer_in(visitor.living, visitor.occasion), visitor.occasion.now
            # The report is of everything: a role over a unit does not open it.
            if not isinstance(may_act(doer, Act.SEE_AUDIT, Organisation(), now), Allowed):
                return Posture(*[_EMPTY] * len(_PARTS))
            register = self.door.register(uow)
            return (
                register.posture(now, DORMANT, _MOST_IN_FILE)
                if part or in_file
                else register.posture(now, DORMANT)
            )

        result = await self.door.read(request, Act.SEE_AUDIT, seen)
        if isinstance(result, Response):
            return result
        visitor, report = result
        if part:
            return self._finding(request, visitor, part, getattr(report, part))
        if in_file:
            return csv_response("review.csv", ("finding", "name", "more"), _rows(report))
        return self.door.page(
            request,
            "administration/review.html",
            visitor,
            current=HERE,
            findings=[(name, title, getattr(report, name)) for name, title in _PARTS.items()],
            here=HERE,
        )

    def _finding(self, request: Request, visitor: Visitor, part: str, found: Finding) -> Response:
        query = request.query_params
        if query.get("format") == "csv":
            return FINDING.file(f"review-{part.replace('_', '-')}.csv", found.lines, query)
        return self.door.page(
            request,
            "administration/finding.html",
            visitor,
            current=HERE,
            title=_PARTS[part],
            count=found.count,
            shown=FINDING.shown(found.lines, query, ("finding",)),
            here=HERE,
        )


def _rows(report: Posture) -> Iterator[tuple[str, str, str]]:
    for part in _PARTS:
        for name, more in getattr(report, part).lines:
            yield part, name, more
