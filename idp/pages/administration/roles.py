"""Roles: who holds which, over what and until when; given and taken here with a reason."""

from dataclasses import dataclass
from datetime import datetime, time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import appointments
from idp.domain.administration import no
from idp.domain.administration_ports import HeldRole
from idp.domain.appointments import doer_in, scope_of
from idp.domain.ports import UnitOfWork
from idp.domain.roles import WHOLE, Act, Grant, Reach, Refused, Role, Scope, application_scope, scopes_for
from idp.pages.administration.door import Door
from idp.pages.administration.words import in_words
from idp.pages.visitor import Visitor
from idp.web.administration import PATH
from idp.web.forms import Form
from idp.web.listing import Column, Listing
from idp.web.marking import mark

HERE = f"{PATH}/roles"
ROLES: Listing[HeldRole] = Listing(
    (
        Column("login", mark("User name"), lambda one: one.login),
        Column("name", mark("Name"), lambda one: one.name),
        Column("role", mark("Role"), lambda one: one.grant.role.value),
        Column("reaches", mark("Over"), lambda one: one.scope),
        Column("ends", mark("Ends"), lambda one: one.grant.ends),
        Column("given", mark("Given"), lambda one: one.given_at),
        Column("reason", mark("Reason"), lambda one: one.reason),
    )
)


@dataclass(frozen=True, slots=True)
class Roles:
    """The page."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(f"{HERE}/give", self.give, methods=["POST"]),
            Route(f"{HERE}/take", self.take, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """List the roles that the reader may see; as CSV if asked."""
        result = await self.door.read(request, Act.SEE_ROLES, _seen)
        if isinstance(result, Response):
            return result
        visitor, held = result
        if request.query_params.get("format") == "csv":
            return ROLES.file("roles.csv", held, request.query_params)
        return self._page(request, visitor, held, "", {})

    async def give(self, request: Request) -> Response:
        """Give a role."""
        return await self._change(request, Act.GIVE_ROLE)

    async def take(self, request: Request) -> Response:
        """Take a role."""
        return await self._change(request, Act.TAKE_ROLE)

    async def _change(self, request: Request, act: Act) -> Response:
        form = await self.door.members.kit.form(request)

        def changed(uow: UnitOfWork, visitor: Visitor) -> tuple[Refused | None, list[HeldRole]]:
            refused = self._carry_out(uow, visitor, form, act)
            return refused, _seen(uow, visitor)

        result = await self.door.write(request, act, changed)
        if isinstance(result, Response):
            return result
        visitor, (refused, held) = result
        if refused is None:
            return self.door.members.kit.see_other(HERE)
        if refused.reasons[0].code == "fresh_proof":
            return await self.door.prove_again(request, HERE)
        problem = in_words(self.door.members.kit, request, refused)
        return self._page(request, visitor, held, problem, dict(form.fields))

    def _carry_out(self, uow: UnitOfWork, visitor: Visitor, form: Form, act: Act) -> Refused | None:
        account, scope = uow.accounts.by_login(form.text("login", 320)), _scope(uow, form)
        role, ends = form.text("role", 32), form.text("ends", 10)
        if account is None or role not in set(Role) or scope is None:
            return no("unknown")
        try:
            day = datetime.fromisoformat(ends) if ends else None
        except ValueError:
            return no("malformed")
        end = datetime.combine(day, time.max, self.door.members.kit.rendering.timezone) if day else None
        doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
        change = appointments.give if act is Act.GIVE_ROLE else appointments.take
        return change(uow, doer, account, Grant(Role(role), scope, end), form.text("reason", 1000), occasion)

    def _page(
        self, request: Request, visitor: Visitor, held: list[HeldRole], problem: str, typed: dict[str, str]
    ) -> Response:
        return self.door.page(
            request, "administration/roles.html", visitor, status=422 if problem else 200, current=HERE,
            here=HERE, shown=ROLES.shown(held, request.query_params), problem=problem, typed=typed,
            roles=list(Role), reaches=list(Reach),
        )  # fmt: skip


def _seen(uow: UnitOfWork, visitor: Visitor) -> list[HeldRole]:
    now = visitor.occasion.now
    scopes = scopes_for(doer_in(visitor.living, visitor.occasion), Act.SEE_ROLES, now)
    found = []
    for one in uow.roles.held(now):
        scope = one.grant.scope
        if scope.reach is Reach.UNIT:
            place = uow.roles.place(scope.key)
            scope = Scope(Reach.UNIT, scope.key, place.above if place else frozenset())
        if any(mine.covers(scope) for mine in scopes):
            found.append(one)
    return found


def _scope(uow: UnitOfWork, form: Form) -> Scope | None:
    reach, key = form.text("reach", 16), form.text("key", 64).strip()
    if reach == Reach.APPLICATION:
        found = uow.catalogue.application(key) or next(
            (one for one in uow.catalogue.applications.values() if one.id == key), None
        )
        return application_scope(found.id) if found else None
    return WHOLE if reach == Reach.ORGANISATION else scope_of(reach, key)
