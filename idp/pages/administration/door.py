"""Who comes into the administration: whoever has a role for what is asked and has proved two factors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.domain.administration import REQUIREMENT, Admission, admission
from idp.domain.assurance import Assurance
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.events import RequestRefused
from idp.domain.floods import record_refusal
from idp.domain.own_factors import FRESH
from idp.domain.ports import UnitOfWork
from idp.domain.register import Register
from idp.domain.roles import Act
from idp.pages.administration.words import helpers
from idp.pages.visitor import Members, Visitor
from idp.web.administration import PATH
from idp.web.kit import own_path
from idp.web.marking import mark

T = TypeVar("T")

_AGAIN = AuthenticationRequirement(assurance=Assurance.TWO_FACTORS, max_age=FRESH)


@dataclass(frozen=True, slots=True)
class Door:
    """Implements `web.administration.Guard`; the use case asks about its target.

    `register` answers their questions within a unit of work.
    """

    members: Members
    register: Callable[[UnitOfWork], Register]

    async def read(
        self, request: Request, act: Act, use_case: Callable[[UnitOfWork, Visitor], T]
    ) -> tuple[Visitor, T] | Response:
        """Run a use case that changes nothing, or answer why not."""
        found = await self.members.read(request, _guarded(act, use_case))
        return await self._admitted(request, found)

    async def write(
        self, request: Request, act: Act, use_case: Callable[[UnitOfWork, Visitor], T]
    ) -> tuple[Visitor, T] | Response:
        """Run a use case that may change something, or answer why not."""
        found = await self.members.write(request, _guarded(act, use_case))
        return await self._admitted(request, found)

    async def prove_again(self, request: Request, path: str) -> Response:
        """Send the browser to prove two factors anew, and back to `path`."""
        return await self.members.to_sign_in(request, path, _AGAIN)

    def page(
        self, request: Request, template: str, guest: Visitor, *, status: int = 200, **view: object
    ) -> HTMLResponse:
        """Render a page of the administration."""
        shown: dict[str, Any] = {**helpers(self.members.kit, request), **view}
        return self.members.page(request, template, guest, status=status, **shown)

    async def _admitted(
        self, request: Request, found: tuple[Visitor, tuple[Admission, list[T]]] | None
    ) -> tuple[Visitor, T] | Response:
        if found is None:
            return await self._to_sign_in(request)
        visitor, (admitted, results) = found
        if admitted is Admission.REFUSED:
            return await self._refused(request, visitor)
        if admitted is Admission.MORE_PROOF:
            return await self._to_sign_in(request)
        return visitor, results[0]

    async def _to_sign_in(self, request: Request) -> Response:
        return await self.members.to_sign_in(request, own_path(request) or PATH, REQUIREMENT)

    async def _refused(self, request: Request, visitor: Visitor) -> Response:
        kit, account = self.members.kit, visitor.living.account.id
        refused = RequestRefused(
            subject=account, object=request.scope["path"][:200], reason="not_administrator"
        )
        await kit.write(record_refusal, refused, f"not_administrator {account}", visitor.occasion)
        return kit.refusal(
            request,
            403,
            mark("The page is not for you"),
            mark("Your account does not have the role that is needed here."),
        )


def _guarded(
    act: Act,
    use_case: Callable[[UnitOfWork, Visitor], T],
) -> Callable[[UnitOfWork, Visitor], tuple[Admission, list[T]]]:
    """Return the use case behind the domain's answer: it runs for the admitted only."""

    def guarded(uow: UnitOfWork, visitor: Visitor) -> tuple[Admission, list[T]]:
        admitted = admission(visitor.living, act, visitor.occasion)
        return admitted, [use_case(uow, visitor)] if admitted is Admission.ADMITTED else []

    return guarded
