"""One's own factors and local password. What changes a factor needs two fresh proofs (statements S18, W7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import mfa
from idp.domain import own_factors, own_password, own_tokens
from idp.domain.assurance import Assurance
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.outcomes import Problem
from idp.domain.own_factors import CoolingOff, NeedsFreshProof, NotNow
from idp.domain.ports import UnitOfWork
from idp.domain.signin import SignIn
from idp.pages.portal.my_devices import DeviceRow, device_rows
from idp.pages.qr import qr_svg
from idp.pages.signin.problems import SENTENCES
from idp.pages.signin.steps import grouped
from idp.pages.visitor import Members, Visitor

PATH = "/security"
LONGEST_ID = 64
_UNPROCESSABLE = 422

T = TypeVar("T")
Shown = TypeVar("Shown")

_PROBLEMS = {
    mfa.Reason.MALFORMED: Problem.MALFORMED_CODE,
    mfa.Reason.REPLAYED: Problem.CODE_USED,
    mfa.Reason.EXPIRED: Problem.CODE_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class MyFactors:
    """What the page shows: the factors, what keeps them from being changed now, and one's password.

    `least` is the password's least length; `may_skip_old`: whether the old one may be left out; `places`: where
    codes may be sent to.
    """

    factors: Sequence[mfa.Enrolled]
    closed: NotNow | None
    may_add: bool
    least: int
    may_skip_old: bool
    places: Sequence[mfa.Destination]
    tokens: Sequence[mfa.HardwareToken]
    devices: Sequence[DeviceRow]

    @property
    def may_change(self) -> bool:
        """Whether factors may be changed in this session now."""
        return self.closed is None

    @property
    def cooling_until(self) -> datetime | None:
        """Until when nothing may be changed after a reset."""
        return self.closed.until if isinstance(self.closed, CoolingOff) else None


@dataclass(frozen=True, slots=True)
class MySecurity:
    """The pages of one's own factors and password."""

    members: Members
    signin: SignIn

    def routes(self) -> list[Route]:
        """Return the routes."""
        forms = {
            "/confirm": self.confirm,
            "/authenticators": self.add,
            "/authenticators/code": self.code,
            "/authenticators/remove": self.remove,
            "/recovery-codes": self.recovery_codes,
            "/password": self.password,
        }
        return [
            Route(PATH, self.show, methods=["GET"]),
            *(Route(PATH + path, endpoint, methods=["POST"]) for path, endpoint in forms.items()),
        ]

    def _mine(self, uow: UnitOfWork, visitor: Visitor) -> MyFactors:
        living, occasion = visitor.living, visitor.occasion
        return MyFactors(
            own_factors.mine(uow, living),
            own_factors.closed(living, occasion),
            own_factors.closed_for_new(uow, living, occasion) is None,
            own_password.least(uow, living),
            own_password.may_skip_old(living, occasion),
            mfa.approved_destinations(uow.factors, living.account.id),
            own_tokens.mine(uow, living),
            device_rows(uow, living, occasion),
        )

    async def show(self, request: Request) -> Response:
        """List the factors."""
        return await self._list(request)

    async def confirm(self, request: Request) -> Response:
        """Prove two factors anew, then come back."""
        await self.members.kit.form(request)
        return await self._prove(request)

    async def add(self, request: Request) -> Response:
        """Show the key of one more authenticator app."""
        await self.members.kit.form(request)

        def begun(uow: UnitOfWork, visitor: Visitor) -> mfa.PendingTotp | NotNow:
            return own_factors.begin(uow, visitor.living, self.signin.issuer, visitor.occasion)

        return await self.changed(request, begun, self._key_page)

    async def code(self, request: Request) -> Response:
        """Take the first code of the new app; after a wrong one the same key is shown again."""
        form = await self.members.kit.form(request)
        pending, code = form.text("authenticator", LONGEST_ID), form.text("code")

        def confirmed(
            uow: UnitOfWork, visitor: Visitor
        ) -> tuple[mfa.Confirmed | mfa.Rejected | mfa.Throttled, mfa.PendingTotp | None] | NotNow:
            living, occasion = visitor.living, visitor.occasion
            result = own_factors.confirm(uow, living, pending, code, occasion)
            if isinstance(result, NotNow):
                return result
            return result, own_factors.resume(uow, living, pending, self.signin.issuer, occasion)

        return await self.changed(request, confirmed, self._after_code)

    async def remove(self, request: Request) -> Response:
        """Remove a factor."""
        form = await self.members.kit.form(request)
        factor = form.text("authenticator", LONGEST_ID)

        def removed(uow: UnitOfWork, visitor: Visitor) -> bool | NotNow:
            return own_factors.remove(uow, visitor.living, factor, visitor.occasion)

        return await self.changed(request, removed, lambda _request, _visitor, _: self._back())

    async def recovery_codes(self, request: Request) -> Response:
        """Make new recovery codes and show them, once."""
        await self.members.kit.form(request)

        def made(uow: UnitOfWork, visitor: Visitor) -> Sequence[str] | NotNow:
            return own_factors.new_recovery_codes(uow, visitor.living, visitor.occasion)

        return await self.changed(request, made, self._codes_page)

    async def password(self, request: Request) -> Response:
        """Change a password that is kept here."""
        kit = self.members.kit
        form = await kit.form(request)
        found = await self.members.read(request, self._mine)
        if found is None:
            return await self.members.to_sign_in(request, PATH)
        problem = await kit.run_waiting(
            own_password.change,
            kit.database,
            self.signin.passwords,
            found[0].living,
            form.text("password"),
            form.text("new-password"),
            form.text("new-password-again"),
            found[0].occasion,
        )
        return await self._list(request, password_problem=problem, password_changed=problem is None)

    async def show_with(self, request: Request, number_problem: str) -> Response:
        """List the factors, with what was wrong with a number; `number_problem` is a msgid."""
        return await self._list(request, number_problem=number_problem)

    async def _list(
        self,
        request: Request,
        password_problem: Problem | None = None,
        *,
        password_changed: bool = False,
        number_problem: str = "",
    ) -> Response:
        found = await self.members.read(request, self._mine)
        if found is None:
            return await self.members.to_sign_in(request, PATH)
        visitor, mine = found
        return self.members.page(
            request,
            "portal/my_security.html",
            visitor,
            status=_UNPROCESSABLE if password_problem or number_problem else 200,
            current=PATH,
            mine=mine,
            apps=[one for one in mine.factors if one.kind is mfa.FactorKind.TOTP and one.token_id is None],
            passkeys=[factor for factor in mine.factors if factor.kind is mfa.FactorKind.PASSKEY],
            passkeys_possible=self.signin.passkeys is not None,
            codes=next((one for one in mine.factors if one.kind is mfa.FactorKind.RECOVERY_CODE), None),
            local_password=own_password.is_mine_to_change(visitor.living),
            least=mine.least,
            problem=self._words(request, password_problem, mine.least),
            password_changed=password_changed,
            number_problem=self._translated(request, number_problem),
        )

    async def changed(
        self,
        request: Request,
        use_case: Callable[[UnitOfWork, Visitor], T | NotNow],
        show: Callable[[Request, Visitor, T], Shown],
    ) -> Response | Shown:
        """Run a change of factors; without fresh proofs, fetch them and come back to the list."""
        found = await self.members.write(request, use_case)
        if found is None:
            return await self.members.to_sign_in(request, PATH)
        visitor, result = found
        if isinstance(result, NeedsFreshProof):
            return await self._prove(request)
        if isinstance(result, CoolingOff):
            return self._back()  # the list says until when
        return show(request, visitor, result)

    async def _prove(self, request: Request) -> Response:
        requirement = AuthenticationRequirement(assurance=Assurance.TWO_FACTORS, max_age=own_factors.FRESH)
        return await self.members.to_sign_in(request, PATH, requirement)

    def _key_page(
        self, request: Request, visitor: Visitor, pending: mfa.PendingTotp, problem: Problem | None = None
    ) -> Response:
        return self.members.page(
            request,
            "portal/authenticator.html",
            visitor,
            status=_UNPROCESSABLE if problem else 200,
            current=PATH,
            authenticator=pending.authenticator_id,
            qr=qr_svg(pending.uri),
            uri=pending.uri,
            secret=grouped(pending.secret),
            problem=self._words(request, problem),
        )

    def _after_code(
        self,
        request: Request,
        visitor: Visitor,
        result: tuple[mfa.Confirmed | mfa.Rejected | mfa.Throttled, mfa.PendingTotp | None],
    ) -> Response:
        outcome, pending = result
        if isinstance(outcome, mfa.Confirmed) or pending is None:
            return self._back()
        reason = outcome.reason if isinstance(outcome, mfa.Rejected) else None
        problem = _PROBLEMS.get(reason, Problem.WRONG_CODE) if reason else Problem.WRONG_CODE
        return self._key_page(request, visitor, pending, problem)

    def _codes_page(self, request: Request, visitor: Visitor, codes: Sequence[str]) -> Response:
        return self.members.page(request, "portal/recovery_codes.html", visitor, current=PATH, codes=codes)

    def _back(self) -> Response:
        return self.members.kit.see_other(PATH)

    def _translated(self, request: Request, msgid: str) -> str:
        kit = self.members.kit
        return kit.rendering.translate(kit.language(request), msgid) if msgid else ""

    def _words(self, request: Request, problem: Problem | None, least: int = 0) -> str:
        if problem is None:
            return ""
        kit = self.members.kit
        words = kit.rendering.translate(kit.language(request), SENTENCES[problem])
        return words.format(least=least, until="", words="")
