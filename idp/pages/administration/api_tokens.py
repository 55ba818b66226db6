"""Tokens of the API: which there are, what each is for; made and withdrawn here. A token's text is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import api_tokens
from idp.domain.administration import Done, no
from idp.domain.api_tokens import LONGEST_LIFETIME, NEVER_BY_TOKEN, ApiToken, IssuedToken
from idp.domain.appointments import doer_in, scope_of
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Reach, Refused, Scope, application_scope, scopes_for
from idp.pages.administration.door import Door
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.web.administration import PATH
from idp.web.forms import Form
from idp.web.listing import Column, Listing
from idp.web.marking import mark

HERE = f"{PATH}/api-tokens"
ACTS = tuple(act.value for act in Act if act not in NEVER_BY_TOKEN)
_UNPROCESSABLE = 422
TOKENS: Listing[ApiToken] = Listing(
    (
        Column("name", mark("Name"), lambda one: one.name),
        Column("reaches", mark("Over"), lambda one: one.scope.key),
        Column("acts", mark("What it is for"), lambda one: " ".join(sorted(act.value for act in one.acts))),
        Column("created", mark("Made"), lambda one: one.created_at),
        Column("ends", mark("Ends"), lambda one: one.expires_at),
        Column("used", mark("Used"), lambda one: one.used_at),
    )
)
_FIELDS = ("name", "reach", "key", "days")


@dataclass(frozen=True, slots=True)
class ApiTokens:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(f"{HERE}/issue", self.issue, methods=["POST"]),
            Route(f"{HERE}/revoke", self.revoke, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """List the tokens that the reader's roles reach; as CSV if asked."""
        result = await self.door.read(request, Act.ISSUE_API_TOKEN, _seen)
        if isinstance(result, Response):
            return result
        if request.query_params.get("format") == "csv":
            return TOKENS.file("api-tokens.csv", result[1], request.query_params)
        return self._page(request, result[0], result[1])

    async def issue(self, request: Request) -> Response:
        """Make a token for just what was ticked, and show its text."""
        form = await self.door.members.kit.form(request)

        def made(uow: UnitOfWork, visitor: Visitor) -> tuple[IssuedToken | Refused, Sequence[ApiToken]]:
            return _issue(uow, visitor, form), _seen(uow, visitor)

        result = await self.door.write(request, Act.ISSUE_API_TOKEN, made)
        if isinstance(result, Response):
            return result
        visitor, (issued, held) = result
        if isinstance(issued, IssuedToken):
            return self._page(request, visitor, held, issued=issued)
        return await self._refused(request, visitor, held, issued, form)

    async def revoke(self, request: Request) -> Response:
        """Withdraw a token at once."""
        form = await self.door.members.kit.form(request)
        token, reason = form.text("token", 64), form.text("reason", 1000)

        def revoked(uow: UnitOfWork, visitor: Visitor) -> tuple[Done | Refused, Sequence[ApiToken]]:
            doer = doer_in(visitor.living, visitor.occasion)
            return api_tokens.revoke(uow, doer, token, reason, visitor.occasion), _seen(uow, visitor)

        result = await self.door.write(request, Act.ISSUE_API_TOKEN, revoked)
        if isinstance(result, Response):
            return result
        visitor, (done, held) = result
        if isinstance(done, Done):
            return self.door.members.kit.see_other(HERE)
        return await self._refused(request, visitor, held, done, None)

    async def _refused(
        self,
        request: Request,
        visitor: Visitor,
        held: Sequence[ApiToken],
        refused: Refused,
        form: Form | None,
    ) -> Response:
        if refused.reasons[0].code == "fresh_proof":
            return await self.door.prove_again(request, HERE)
        problem = in_words(self.door.members.kit, request, refused)
        return self._page(request, visitor, held, problem=problem, form=form)

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        held: Sequence[ApiToken],
        *,
        issued: IssuedToken | None = None,
        problem: str = "",
        form: Form | None = None,
    ) -> Response:
        typed = {name: form.text(name) if form else "" for name in _FIELDS}
        ticked = {act for act in ACTS if form and form.text(f"act_{act}", 4) == "yes"}
        return self.door.page(
            request,
            "administration/api_tokens.html",
            visitor,
            status=_UNPROCESSABLE if problem else 200,
            current=HERE,
            here=HERE,
            shown=TOKENS.shown(held, request.query_params),
            issued=issued,
            problem=problem,
            typed=typed,
            ticked=ticked,
            acts=ACTS,
            most_days=LONGEST_LIFETIME.days,
        )


def _seen(uow: UnitOfWork, visitor: Visitor) -> Sequence[ApiToken]:
    doer, now = doer_in(visitor.living, visitor.occasion), visitor.occasion.now
    within = scopes_for(doer, Act.ISSUE_API_TOKEN, now)
    return [one for one in uow.api_tokens.all() if any(scope.covers(one.scope) for scope in within)]


def _issue(uow: UnitOfWork, visitor: Visitor, form: Form) -> IssuedToken | Refused:
    scope, days = _scope(uow, form), number_of(form.text("days", 4), 0)
    if scope is None:
        return no("unknown_scope")
    acts = [Act(act) for act in ACTS if form.text(f"act_{act}", 4) == "yes"]
    doer = doer_in(visitor.living, visitor.occasion)
    return api_tokens.issue(
        uow, doer, form.text("name", 300), scope, acts, timedelta(days=days), visitor.occasion
    )


def _scope(uow: UnitOfWork, form: Form) -> Scope | None:
    key = form.text("key", 64).strip()
    if form.text("reach", 16) == Reach.APPLICATION.value:
        found = uow.catalogue.application(key)
        return application_scope(found.id) if found else None
    return scope_of(form.text("reach", 16), key)
