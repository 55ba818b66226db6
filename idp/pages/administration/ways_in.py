"""One person's ways in, for helpers: password generators to hand out and take back, and locks to open.

The page decides nothing: `token_desk` and `locks` ask the helper's role before each act, and each is recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import mfa
from idp.domain import locks, own_factors, token_desk
from idp.domain.account import Account
from idp.domain.administration import REQUIREMENT
from idp.domain.appointments import doer_of
from idp.domain.approvals import WAITS
from idp.domain.handles import AccountId, PersonId
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Allowed, Refused, may_act
from idp.pages.administration.acts import APPROVALS
from idp.pages.administration.door import Door
from idp.pages.administration.people import PEOPLE
from idp.pages.administration.token_words import resync_words, words_of
from idp.pages.administration.words import in_words
from idp.pages.locked import sentences
from idp.pages.visitor import Visitor
from mfa import HardwareToken, Lock
from mfa.token_stock import Moved, Refusal

_LONGEST_ID = 64
_LONGEST_SERIAL = 60
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class AccountWays:
    """One account: its tokens and its locks."""

    account: Account
    tokens: Sequence[HardwareToken]
    locks: Sequence[Lock]


@dataclass(frozen=True, slots=True)
class WaysView:
    """What the page shows."""

    name: str
    accounts: Sequence[AccountWays]
    can: frozenset[Act]


@dataclass(frozen=True, slots=True)
class NeedsFreshProof:
    """Sign in again with two factors first (statement C8)."""


Resync = mfa.Resynchronised | mfa.Rejected | mfa.Throttled
Done = Moved | Refusal | Refused | NeedsFreshProof | Sequence[Lock] | Resync


@dataclass(frozen=True, slots=True)
class WaysIn:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        at = PEOPLE + "/{person}/ways-in"
        acts = {
            "hand-out": self.hand_out,
            "hand-back": self.hand_back,
            "lost": self.lost,
            "resynchronise": self.resynchronise,
            "unlock": self.unlock,
        }
        return [
            Route(at, self.show, methods=["GET"]),
            *(Route(f"{at}/{act}", run, methods=["POST"]) for act, run in acts.items()),
        ]

    async def show(self, request: Request) -> Response:
        """Show one person's ways in."""
        return await self._page(request)

    async def hand_out(self, request: Request) -> Response:
        """Give a token to the person."""
        form = await self.door.members.kit.form(request)
        account, serial = AccountId(form.text("account", _LONGEST_ID)), form.text("serial", _LONGEST_SERIAL)

        def given(uow: UnitOfWork, visitor: Visitor) -> Done:
            return token_desk.hand_out(
                uow, doer_of(visitor.living.account), serial, account, visitor.occasion
            )

        return await self._done(request, Act.HAND_OUT_TOKEN, given)

    async def hand_back(self, request: Request) -> Response:
        """Take a token back."""
        return await self._take(request, token_desk.hand_back)

    async def lost(self, request: Request) -> Response:
        """Note that a token is lost."""
        return await self._take(request, token_desk.report_lost)

    async def resynchronise(self, request: Request) -> Response:
        """Bring a token back in step by two codes that its holder reads out."""
        form = await self.door.members.kit.form(request)
        account = AccountId(form.text("account", _LONGEST_ID))
        first, second = form.text("first"), form.text("second")

        def tried(uow: UnitOfWork, visitor: Visitor) -> Done:
            doer = doer_of(visitor.living.account)
            return token_desk.resynchronise(uow, doer, account, first, second, visitor.occasion)

        return await self._done(request, Act.HAND_OUT_TOKEN, tried)

    async def unlock(self, request: Request) -> Response:
        """Open what too many wrong tries have locked."""
        form = await self.door.members.kit.form(request)
        account = AccountId(form.text("account", _LONGEST_ID))

        def opened(uow: UnitOfWork, visitor: Visitor) -> Done:
            return locks.unlock_for(uow, doer_of(visitor.living.account), account, "", visitor.occasion)

        return await self._done(request, Act.UNLOCK, opened)

    async def _take(self, request: Request, act: Callable[..., Moved | Refusal | Refused]) -> Response:
        form = await self.door.members.kit.form(request)
        serial = form.text("serial", _LONGEST_SERIAL)

        def taken(uow: UnitOfWork, visitor: Visitor) -> Done:
            return act(uow, doer_of(visitor.living.account), serial, "", visitor.occasion)

        return await self._done(request, Act.HAND_OUT_TOKEN, taken)

    async def _done(
        self, request: Request, act: Act, use_case: Callable[[UnitOfWork, Visitor], Done]
    ) -> Response:
        def guarded(uow: UnitOfWork, visitor: Visitor) -> Done:
            if not own_factors.may_change(visitor.living, visitor.occasion):
                return NeedsFreshProof()
            return use_case(uow, visitor)

        found = await self.door.write(request, act, guarded)
        if isinstance(found, Response):
            return found
        kit, result = self.door.members.kit, found[1]
        here = f"{PEOPLE}/{request.path_params['person'][:_LONGEST_ID]}/ways-in"
        match result:
            case NeedsFreshProof():
                fresh = replace(REQUIREMENT, max_age=own_factors.FRESH)
                return await self.door.members.to_sign_in(request, here, fresh)
            case Refusal():
                return await self._page(request, words_of(kit, request, result))
            case Refused():
                return await self._said(request, result)
            case mfa.Rejected() | mfa.Throttled():
                return await self._page(request, resync_words(kit, request, result))
            case _:
                return kit.see_other(here)

    async def _said(self, request: Request, refused: Refused) -> Response:
        if refused.reasons[0].code in WAITS:
            return self.door.members.kit.see_other(APPROVALS)
        return await self._page(request, in_words(self.door.members.kit, request, refused))

    async def _page(self, request: Request, problem: str = "") -> Response:
        identifier = PersonId(request.path_params["person"][:_LONGEST_ID])
        found = await self.door.read(
            request, Act.SEE_PERSON, lambda uow, visitor: self._view(uow, visitor, identifier)
        )
        if isinstance(found, Response):
            return found
        visitor, view = found
        if view is None:
            raise HTTPException(404)
        kit = self.door.members.kit
        language = kit.language(request)
        return self.door.members.page(
            request,
            "administration/ways_in.html",
            visitor,
            status=_UNPROCESSABLE if problem else 200,
            current=PEOPLE,
            view=view,
            person_path=f"{PEOPLE}/{identifier}",
            here=f"{PEOPLE}/{identifier}/ways-in",
            problem=problem,
            locked={one.account.id: sentences(one.locks, kit.rendering, language) for one in view.accounts},
        )

    def _view(self, uow: UnitOfWork, visitor: Visitor, identifier: PersonId) -> WaysView | None:
        person, occasion = uow.people.get(identifier), visitor.occasion
        somebody = uow.roles.somebody(identifier, occasion.now)
        doer = doer_of(visitor.living.account)
        if person is None or somebody is None:
            return None
        if isinstance(may_act(doer, Act.SEE_PERSON, somebody, occasion.now), Refused):
            return None  # foreign people answer as unknown ones (C2)
        acts = (Act.HAND_OUT_TOKEN, Act.UNLOCK)
        can = frozenset(
            act for act in acts if isinstance(may_act(doer, act, somebody, occasion.now), Allowed)
        )
        accounts = [
            AccountWays(
                account,
                uow.factors.hardware_tokens.of_subject(account.id),
                locks.locks_of(uow, account.id, occasion),
            )
            for account in self.door.register(uow).accounts_of(identifier)
        ]
        return WaysView(person.shown_name, accounts, can)
