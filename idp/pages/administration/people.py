"""Finding people, and one person's page: facts, accounts, sessions, and what may be done to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import administration
from idp.domain.account import Account
from idp.domain.administration import Done, seen
from idp.domain.appointments import doer_in
from idp.domain.handles import AccountId, PersonId, SessionId
from idp.domain.person import Person
from idp.domain.ports import UnitOfWork
from idp.domain.register import EmploymentLine
from idp.domain.roles import Act, Allowed, Refused, Scope, may_act, scopes_for
from idp.domain.roles.words import sentences
from idp.pages.administration.door import PATH, Door
from idp.pages.portal.my_sessions import SessionRow, session_rows
from idp.pages.visitor import Visitor

PEOPLE = f"{PATH}/people"
_MOST = 50
_LONGEST_ID = 64
_LONGEST_WORDS = 100
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account with its living sessions."""

    account: Account
    sessions: Sequence[SessionRow]
    own: bool


@dataclass(frozen=True, slots=True)
class PersonView:
    """Everything that a person's page shows."""

    person: Person
    employments: Sequence[EmploymentLine]
    addresses: Sequence[str]
    accounts: Sequence[AccountView]
    can: frozenset[Act]


@dataclass(frozen=True, slots=True)
class People:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        acts = {"disable": self.disable, "enable": self.enable, "end-session": self.end_session}
        return [
            Route(PEOPLE, self.search, methods=["GET"]),
            Route(PEOPLE + "/{person}", self.show, methods=["GET"]),
            *(Route(f"{PEOPLE}/{{person}}/{act}", run, methods=["POST"]) for act, run in acts.items()),
        ]

    async def search(self, request: Request) -> Response:
        """Find people by a few letters."""
        words = request.query_params.get("words", "")[:_LONGEST_WORDS]
        found = await self.door.read(
            request,
            Act.SEE_PERSON,
            lambda uow, visitor: self.door.register(uow).search(
                words, _MOST, _seen_by(visitor), visitor.occasion.now
            ),
        )
        if isinstance(found, Response):
            return found
        visitor, lines = found
        return self.door.members.page(
            request,
            "administration/people.html",
            visitor,
            current=PEOPLE,
            words_typed=words,
            lines=lines,
            most=_MOST,
        )

    async def show(self, request: Request) -> Response:
        """Show one person."""
        return await self._person(request)

    async def disable(self, request: Request) -> Response:
        """Disable an account."""
        return await self._act_with_reason(request, Act.DISABLE, administration.disable)

    async def enable(self, request: Request) -> Response:
        """Enable an account."""
        return await self._act_with_reason(request, Act.ENABLE, administration.enable)

    async def end_session(self, request: Request) -> Response:
        """End one session."""
        form = await self.door.members.kit.form(request)
        account, session = AccountId(form.text("account", _LONGEST_ID)), form.text("session", _LONGEST_ID)

        def ended(uow: UnitOfWork, visitor: Visitor) -> Done | Refused:
            return administration.end_their_session(
                uow,
                doer_in(visitor.living, visitor.occasion),
                account,
                SessionId(session),
                visitor.occasion,
            )

        return await self._acted(request, await self.door.write(request, Act.END_SESSIONS, ended))

    async def _act_with_reason(
        self, request: Request, kind: Act, act: Callable[..., Done | Refused]
    ) -> Response:
        form = await self.door.members.kit.form(request)
        account, reason = AccountId(form.text("account", _LONGEST_ID)), form.text("reason")

        def acted(uow: UnitOfWork, visitor: Visitor) -> Done | Refused:
            doer = doer_in(visitor.living, visitor.occasion)
            return act(uow, doer, account, reason, visitor.occasion)

        return await self._acted(request, await self.door.write(request, kind, acted))

    async def _acted(self, request: Request, result: tuple[Visitor, Done | Refused] | Response) -> Response:
        if isinstance(result, Response):
            return result
        act = result[1]
        if isinstance(act, Done):
            return self.door.members.kit.see_other(f"{PEOPLE}/{request.path_params['person']}")
        return await self._person(request, act)

    async def _person(self, request: Request, act: Refused | None = None) -> Response:
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
        translate = partial(kit.rendering.translate, kit.language(request))
        problem = " ".join(sentences(act, translate)) if act else ""
        return self.door.members.page(
            request,
            "administration/person.html",
            visitor,
            status=_UNPROCESSABLE if act else 200,
            current=PEOPLE,
            view=view,
            here=f"{PEOPLE}/{identifier}",
            problem=problem,
        )

    def _view(self, uow: UnitOfWork, visitor: Visitor, identifier: PersonId) -> PersonView | None:
        person = uow.people.get(identifier)
        doer, now = doer_in(visitor.living, visitor.occasion), visitor.occasion.now
        somebody = seen(uow, doer, identifier, visitor.occasion)
        if person is None or somebody is None:
            return None
        can = frozenset(act for act in Act if isinstance(may_act(doer, act, somebody, now), Allowed))
        register = self.door.register(uow)
        return PersonView(
            person,
            register.employments_of(identifier),
            register.addresses_of(identifier),
            [
                AccountView(
                    account,
                    session_rows(uow.sessions.of_account(account.id, visitor.occasion.now), None),
                    account.id == visitor.living.account.id,
                )
                for account in register.accounts_of(identifier)
            ],
            can,
        )


def _seen_by(visitor: Visitor) -> tuple[Scope, ...]:
    return scopes_for(doer_in(visitor.living, visitor.occasion), Act.SEE_PERSON, visitor.occasion.now)
