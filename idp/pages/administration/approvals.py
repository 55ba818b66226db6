"""What waits for a second helper: approve it, reject it, or do what was approved. The use cases decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import second_helper
from idp.domain.administration import Done
from idp.domain.appointments import doer_in
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.domain.second_helper import Waiting
from idp.pages.administration.acts import APPROVALS, KINDS
from idp.pages.administration.door import Door
from idp.pages.administration.people import PEOPLE
from idp.pages.administration.words import in_words
from idp.pages.visitor import Visitor
from idp.web.marking import mark

_UNPROCESSABLE = 422
_LONGEST_ID = 64
_LONGEST_REASON = 1000
_TITLES = {kind.act: kind.title for kind in KINDS.values()} | {
    Act.HAND_OUT_TOKEN: mark("Hand out a password generator")
}
_NAMES = {kind.act: kind.name for kind in KINDS.values()}


@dataclass(frozen=True, slots=True)
class ApprovalPages:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(APPROVALS, self.show, methods=["GET"]),
            Route(APPROVALS + "/{approval}", self.decide, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """List what waits."""
        return await self._show(request, None)

    async def decide(self, request: Request) -> Response:
        """Approve or reject one."""
        form = await self.door.members.kit.form(request)
        identifier, reason = (
            request.path_params["approval"][:_LONGEST_ID],
            form.text("reason", _LONGEST_REASON),
        )
        run = second_helper.approve if form.text("decision") == "approve" else second_helper.reject

        def decided(uow: UnitOfWork, visitor: Visitor) -> Done | Refused:
            return run(uow, doer_in(visitor.living, visitor.occasion), identifier, reason, visitor.occasion)

        result = await self.door.write(request, Act.APPROVE, decided)
        if isinstance(result, Response):
            return result
        if not isinstance(result[1], Refused):
            return self.door.members.kit.see_other(APPROVALS)
        if result[1].reasons[0].code == "fresh_proof":
            return await self.door.prove_again(request, APPROVALS)
        return await self._show(request, result[1])

    async def _show(self, request: Request, refused: Refused | None) -> Response:
        def seen(uow: UnitOfWork, visitor: Visitor) -> Sequence[Waiting]:
            return second_helper.waiting(uow, doer_in(visitor.living, visitor.occasion), visitor.occasion)

        result = await self.door.read(request, Act.APPROVE, seen)
        if isinstance(result, Response):
            return result
        visitor, waiting = result
        return self.door.page(
            request,
            "administration/approvals.html",
            visitor,
            status=_UNPROCESSABLE if refused else 200,
            current=APPROVALS,
            waiting=waiting,
            titles=_TITLES,
            go_on={one.approval.id: _way_on(one) for one in waiting},
            problem=in_words(self.door.members.kit, request, refused) if refused else "",
            here=APPROVALS,
        )


def _way_on(one: Waiting) -> str:
    """Return where the first helper does what was approved, with everything filled in."""
    approval, person = one.approval, f"{PEOPLE}/{one.person}"
    if approval.act is Act.HAND_OUT_TOKEN:
        return f"{person}/ways-in"
    query = urlencode({"account": approval.account_id, **approval.details})
    return f"{person}/{_NAMES[approval.act]}?{query}"
