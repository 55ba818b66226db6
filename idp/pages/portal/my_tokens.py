"""One's own hardware tokens: reporting one lost, and bringing one back in step. The list is on `my_security`."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import mfa
from idp.domain import own_tokens
from idp.domain.outcomes import Problem
from idp.domain.ports import UnitOfWork
from idp.domain.signin.factor_steps import PROBLEMS
from idp.pages.portal.my_security import PATH as SECURITY
from idp.pages.signin.problems import SENTENCES
from idp.pages.visitor import Members, Visitor

PATH = f"{SECURITY}/tokens"
_LONGEST_ID = 64
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class MyTokens:
    """The pages."""

    members: Members

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(f"{PATH}/lost", self.ask, methods=["GET"]),
            Route(f"{PATH}/lost", self.lost, methods=["POST"]),
            Route(f"{PATH}/resynchronise", self.show, methods=["GET"]),
            Route(f"{PATH}/resynchronise", self.resynchronise, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Ask whether a token really is lost: there is no way back but through a helper."""
        wanted = request.query_params.get("token", "")[:_LONGEST_ID]
        found = await self.members.read(request, lambda uow, visitor: own_tokens.mine(uow, visitor.living))
        if found is None:
            return await self.members.to_sign_in(request, SECURITY)
        visitor, tokens = found
        token = next((token for token in tokens if token.id == wanted), None)
        if token is None:
            return self.members.kit.see_other(SECURITY)
        return self.members.page(request, "portal/lost_token.html", visitor, current=SECURITY, token=token)

    async def lost(self, request: Request) -> Response:
        """Report one lost."""
        form = await self.members.kit.form(request)
        token = form.text("token", _LONGEST_ID)

        def reported(uow: UnitOfWork, visitor: Visitor) -> bool:
            return own_tokens.report_lost(uow, visitor.living, token, visitor.occasion)

        if await self.members.write(request, reported) is None:
            return await self.members.to_sign_in(request, SECURITY)
        return self.members.kit.see_other(SECURITY)

    async def show(self, request: Request) -> Response:
        """Show the form for two codes."""
        found = await self.members.read(request, lambda _uow, _visitor: None)
        if found is None:
            return await self.members.to_sign_in(request, SECURITY)
        return self._page(request, found[0], "", done=False)

    async def resynchronise(self, request: Request) -> Response:
        """Take two codes that follow on one another."""
        form = await self.members.kit.form(request)
        first, second = form.text("first"), form.text("second")

        def taken(uow: UnitOfWork, visitor: Visitor) -> mfa.Resynchronised | mfa.Rejected | mfa.Throttled:
            return own_tokens.resynchronise(uow, visitor.living, first, second, visitor.occasion)

        found = await self.members.write(request, taken)
        if found is None:
            return await self.members.to_sign_in(request, SECURITY)
        visitor, result = found
        done = isinstance(result, mfa.Resynchronised)
        return self._page(request, visitor, self._words(request, result), done=done)

    def _page(self, request: Request, visitor: Visitor, problem: str, *, done: bool) -> Response:
        return self.members.page(
            request,
            "portal/resynchronise.html",
            visitor,
            status=_UNPROCESSABLE if problem else 200,
            current=SECURITY,
            problem=problem,
            done=done,
        )

    def _words(self, request: Request, result: mfa.Resynchronised | mfa.Rejected | mfa.Throttled) -> str:
        rendering, language = self.members.kit.rendering, self.members.kit.language(request)
        if isinstance(result, mfa.Throttled):
            until = rendering.clock_time(language, result.until)
            return rendering.translate(language, SENTENCES[Problem.THROTTLED]).format(until=until)
        if isinstance(result, mfa.Resynchronised):
            return ""
        problem = PROBLEMS[result.reason]
        problem = Problem.NOT_CONSECUTIVE if problem is Problem.WRONG_CODE else problem
        return rendering.translate(language, SENTENCES[problem])
