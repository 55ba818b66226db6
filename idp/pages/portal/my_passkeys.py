"""One's own passkeys: making one, and giving factors their names. They are listed with the other factors."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import mfa
from idp.domain import own_passkeys
from idp.domain.outcomes import Problem
from idp.domain.own_factors import NotNow
from idp.domain.passkeys import Passkeys
from idp.domain.ports import UnitOfWork
from idp.domain.signin.passkey_steps import PROBLEMS
from idp.pages.devices import name_of
from idp.pages.portal.my_security import LONGEST_ID, PATH, MySecurity
from idp.pages.signin.endpoints import LONGEST_CREDENTIAL
from idp.pages.signin.problems import SENTENCES
from idp.pages.visitor import Visitor

_UNPROCESSABLE = 422
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class _Making:
    """The browser's options for a new passkey, and what was wrong with the last try."""

    options: str
    name: str
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class MyPasskeys:
    """The forms about passkeys and names; `security` shows the list that all of them come back to."""

    security: MySecurity
    passkeys: Passkeys | None

    def routes(self) -> list[Route]:
        """Return the routes."""
        forms = {"/rename": self.rename}
        if self.passkeys is not None:
            forms |= {"/passkeys/new": self.new, "/passkeys": self.bind}
        return [Route(PATH + path, endpoint, methods=["POST"]) for path, endpoint in forms.items()]

    async def new(self, request: Request) -> Response:
        """Show the page that makes a passkey."""
        await self.security.members.kit.form(request)

        def begun(uow: UnitOfWork, visitor: Visitor) -> _Making | NotNow:
            return self._making(uow, visitor, name_of(visitor.occasion.user_agent))

        return await self.security.changed(request, begun, self._page)

    async def bind(self, request: Request) -> Response:
        """Take the passkey that the browser made."""
        form = await self.security.members.kit.form(request)
        document, name = form.text("credential", LONGEST_CREDENTIAL), form.text("name", _LONGEST_NAME)

        def bound(uow: UnitOfWork, visitor: Visitor) -> _Making | NotNow | None:
            if self.passkeys is None:
                return None
            shown = "".join(one for one in name if one.isprintable())[: mfa.LONGEST_NAME]
            result = own_passkeys.bind(uow, visitor.living, self.passkeys, document, shown, visitor.occasion)
            if not isinstance(result, mfa.Rejected):
                return result if isinstance(result, NotNow) else None
            problem = PROBLEMS.get(result.reason, Problem.WRONG_PASSKEY)
            return self._making(uow, visitor, shown, problem)

        return await self.security.changed(request, bound, self._page)

    async def rename(self, request: Request) -> Response:
        """Give a factor another name."""
        form = await self.security.members.kit.form(request)
        factor, name = form.text("authenticator", LONGEST_ID), form.text("name", _LONGEST_NAME)

        def renamed(uow: UnitOfWork, visitor: Visitor) -> bool:
            return own_passkeys.rename(uow, visitor.living, factor, name, visitor.occasion)

        return await self.security.changed(request, renamed, lambda _request, _visitor, _: self._back())

    def _making(
        self, uow: UnitOfWork, visitor: Visitor, name: str, problem: Problem | None = None
    ) -> _Making | NotNow:
        if self.passkeys is None:
            return _Making("", name, problem)
        options = own_passkeys.begin(uow, visitor.living, self.passkeys, visitor.name, visitor.occasion)
        return options if isinstance(options, NotNow) else _Making(options, name, problem)

    def _page(self, request: Request, visitor: Visitor, making: _Making | None) -> Response:
        if making is None:
            return self._back()
        kit = self.security.members.kit
        words = ""
        if making.problem is not None:
            words = kit.rendering.translate(kit.language(request), SENTENCES[making.problem])
        return self.security.members.page(
            request,
            "portal/passkey.html",
            visitor,
            status=_UNPROCESSABLE if making.problem else 200,
            script=True,
            current=PATH,
            passkey=making.options,
            name=making.name,
            problem=words,
        )

    def _back(self) -> Response:
        return self.security.members.kit.see_other(PATH)
