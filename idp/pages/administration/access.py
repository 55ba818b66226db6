"""Who may use a system, as its owner decides about single people, and the system's own roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import entitlements, reach
from idp.domain.administration import Done, no
from idp.domain.application import Application
from idp.domain.appointments import doer_in
from idp.domain.entitlements import MOST_AT_ONCE, DefinedRole, Entitlement, HeldEntitlement, Kind
from idp.domain.handles import AccountId, ApplicationId
from idp.domain.ports import UnitOfWork
from idp.domain.reach import Standing
from idp.domain.register import HistoryLine
from idp.domain.roles import Act, Allowed, Refused, System, may_act
from idp.pages.administration.door import Door
from idp.pages.administration.systems import HERE
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.web.errors import FormRefused
from idp.web.forms import Form
from idp.web.listing import Column, Listing
from idp.web.marking import mark

_LONGEST_ID = 64
_UNPROCESSABLE = 422
_REVIEWS = 3
DECIDED: Listing[HeldEntitlement] = Listing(
    (
        Column("login", mark("User name"), lambda one: one.login),
        Column("name", mark("Name"), lambda one: one.name),
        Column("decision", mark("Decision"), lambda one: one.entitlement.kind.value),
        Column("role", mark("Role"), lambda one: one.entitlement.role),
        Column("ends", mark("Ends"), lambda one: one.entitlement.ends),
        Column("given", mark("Given"), lambda one: one.given_at),
        Column("reason", mark("Reason"), lambda one: one.reason),
    )
)
#: What a form may ask for: the act whose holders may send it.
STEPS = {
    "give": None,
    "withdraw": None,
    "review": Act.DECIDE_ACCESS,
    "define": Act.DECIDE_ACCESS,
    "undefine": Act.DECIDE_ACCESS,
}


@dataclass(frozen=True, slots=True)
class AccessView:
    """Everything that the page shows."""

    application: Application
    held: Sequence[HeldEntitlement]
    defined: Sequence[DefinedRole]
    standings: Sequence[Standing]
    more: bool
    reviews: Sequence[HistoryLine]
    may_decide: bool
    may_assign: bool


@dataclass(frozen=True, slots=True)
class AccessPages:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = HERE + "/{system}/access"
        return [Route(path, self.show, methods=["GET"]), Route(path, self.do, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """Show what was decided, and who can use the system, a page at a time."""
        page = max(number_of(request.query_params.get("page", "1"), 1), 1)

        def seen(uow: UnitOfWork, visitor: Visitor) -> AccessView | None:
            return self._view(uow, visitor, _identifier(request), page)

        result = await self.door.read(request, Act.SEE_APPLICATION, seen)
        if isinstance(result, Response):
            return result
        visitor, view = result
        if view is not None and request.query_params.get("format") == "csv":
            return DECIDED.file("access.csv", view.held, request.query_params)
        return self._page(request, visitor, view, page=page)

    async def do(self, request: Request) -> Response:
        """Carry out one decision."""
        form = await self.door.members.kit.form(request)
        step, kind = form.text("step", 10), form.text("kind", 10)
        if step not in STEPS or (STEPS[step] is None and kind not in set(Kind)):
            raise FormRefused
        act = STEPS[step] or entitlements.ACT_OF[Kind(kind)]

        def done(uow: UnitOfWork, visitor: Visitor) -> tuple[Done | Refused, AccessView | None]:
            result = self._carry_out(uow, visitor, _identifier(request), form)
            return result, self._view(uow, visitor, _identifier(request), 1)

        result = await self.door.write(request, act, done)
        if isinstance(result, Response):
            return result
        visitor, (outcome, view) = result
        if isinstance(outcome, Done):
            return self.door.members.kit.see_other(f"{HERE}/{_identifier(request)}/access")
        return self._page(request, visitor, view, refused=outcome)

    def _carry_out(
        self, uow: UnitOfWork, visitor: Visitor, application: ApplicationId, form: Form
    ) -> Done | Refused:
        doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
        login, reason, role = form.text("login", 320), form.text("reason", 1000), form.text("role", 64)
        match form.text("step", 10):
            case "review":
                out = [name for number in range(MOST_AT_ONCE) if (name := form.text(f"out_{number}", 320))]
                return entitlements.review(uow, doer, application, out, reason, occasion)
            case "define":
                defined = DefinedRole(role.strip(), " ".join(form.text("title", 200).split()))
                return entitlements.define(uow, doer, application, defined, reason, occasion)
            case "undefine":
                return entitlements.undefine(uow, doer, application, role, reason, occasion)
        try:
            ends = self._end(form.text("ends", 10))
        except ValueError:
            return no("malformed")
        one = Entitlement(application, AccountId(""), Kind(form.text("kind", 10)), role, ends)
        deed = entitlements.give if form.text("step", 10) == "give" else entitlements.withdraw
        return deed(uow, doer, login, one, reason, occasion)

    def _end(self, typed: str) -> datetime | None:
        """Return the end of a day where the readers are."""
        day = datetime.fromisoformat(typed) if typed else None
        return datetime.combine(day, time.max, self.door.members.kit.rendering.timezone) if day else None

    def _view(
        self, uow: UnitOfWork, visitor: Visitor, identifier: ApplicationId, page: int
    ) -> AccessView | None:
        doer, now = doer_in(visitor.living, visitor.occasion), visitor.occasion.now
        application = entitlements.sees(uow, doer, identifier, visitor.occasion)
        if application is None:
            return None
        everybody = uow.archive.everybody(now, past=False)
        standings = reach.who_can(everybody, application, uow.catalogue, now)
        first = (page - 1) * MOST_AT_ONCE

        def may(act: Act) -> bool:
            return isinstance(may_act(doer, act, System(identifier), now), Allowed)

        return AccessView(
            application,
            uow.entitlements.of_application(identifier, now),
            uow.entitlements.defined(identifier),
            standings[first : first + MOST_AT_ONCE],
            len(standings) > first + MOST_AT_ONCE,
            self.door.register(uow).history((identifier,), _REVIEWS),
            may(Act.DECIDE_ACCESS),
            may(Act.ASSIGN_APPLICATION_ROLES),
        )

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        view: AccessView | None,
        *,
        refused: Refused | None = None,
        page: int = 1,
    ) -> Response:
        if view is None:
            raise HTTPException(404)
        return self.door.page(
            request,
            "administration/access.html",
            visitor,
            status=_UNPROCESSABLE if refused else 200,
            current=HERE,
            view=view,
            here=f"{HERE}/{view.application.id}/access",
            page=page,
            shown=DECIDED.shown(view.held, request.query_params),
            problem=in_words(self.door.members.kit, request, refused) if refused else "",
        )


def _identifier(request: Request) -> ApplicationId:
    return ApplicationId(request.path_params["system"][:_LONGEST_ID])
