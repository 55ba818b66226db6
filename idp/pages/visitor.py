"""Pages for somebody who is signed in: who it is, and the way to sign-in for whoever is not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.domain.authentication import AuthenticationRequirement
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import LivingSession
from idp.domain.signin import note_use
from idp.web.kit import Kit, acting

T = TypeVar("T")

#: Reading a page writes nothing, but for this: a session in use is noted now and then.
_NOTED_AFTER = timedelta(minutes=2)

Begin = Callable[[Request, AuthenticationRequirement, str], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in. `name` is their own and shown to themselves, whatever hides it from others."""

    living: LivingSession
    name: str
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class Members:
    """Runs use cases for whoever is signed in. `begin` starts a sign-in and sends the browser to it."""

    kit: Kit
    begin: Begin

    async def read(
        self, request: Request, use_case: Callable[[UnitOfWork, Visitor], T]
    ) -> tuple[Visitor, T] | None:
        """Run a use case that changes nothing; None if nobody is signed in."""
        found = await self.kit.read(self._with_visitor, request, use_case)
        if found is not None:
            living, occasion = found[0].living, found[0].occasion
            if occasion.now - living.session.seen_at >= _NOTED_AFTER:
                await self.kit.write(note_use, living, occasion)
        return found

    async def write(
        self, request: Request, use_case: Callable[[UnitOfWork, Visitor], T]
    ) -> tuple[Visitor, T] | None:
        """Run a use case that may change something; None if nobody is signed in."""
        return await self.kit.write(self._with_visitor, request, use_case)

    async def to_sign_in(
        self,
        request: Request,
        return_path: str,
        requirement: AuthenticationRequirement | None = None,
    ) -> Response:
        """Send the browser to a sign-in that ends at `return_path`."""
        return await self.begin(request, requirement or AuthenticationRequirement(), return_path)

    def page(
        self,
        request: Request,
        template: str,
        visitor: Visitor,
        *,
        status: int = 200,
        script: bool = False,
        **view: object,
    ) -> HTMLResponse:
        """Render a page of a signed-in person."""
        return self.kit.page(
            request,
            template,
            status=status,
            script=script,
            living=visitor.living,
            person=visitor.name,
            values=view,
        )

    def _with_visitor(
        self, uow: UnitOfWork, request: Request, use_case: Callable[[UnitOfWork, Visitor], T]
    ) -> tuple[Visitor, T] | None:
        living = self.kit.living(uow, request)
        if living is None:
            return None
        person = uow.people.get(living.account.person_id)
        name = person.display_name if person else living.account.login
        visitor = Visitor(living, name, acting(self.kit.occasion(request), living))
        return visitor, use_case(uow, visitor)
