"""Finding people, and one person's page: facts, accounts, what they may use and why, history.

Hits are sorted by name, either way: an index has that order, so the first page comes at once among 100,000 people,
where any other would have to read every hit of a common letter. The file has the other columns to sort by.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.account import AccountState
from idp.domain.appointments import doer_in
from idp.domain.handles import PersonId
from idp.domain.ports import UnitOfWork
from idp.domain.register import PersonLine
from idp.domain.roles import Act, Refused, holds_somewhere, scopes_for
from idp.domain.whole_person import WholePerson, opened, whole
from idp.pages.administration.door import Door
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.web.administration import PATH, PersonPart
from idp.web.csv_export import csv_response

PEOPLE = f"{PATH}/people"
_MOST = 50
_LONGEST_ID = 64
_LONGEST_WORDS = 100
_MOST_PAGES = 200
_MOST_IN_FILE = 10_000
_UNPROCESSABLE = 422

#: A template, and the rows that it shows.
ShownPart = tuple[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class People:
    """The pages. `parts` are what protocols' rooms show of a person."""

    door: Door
    parts: Sequence[PersonPart] = ()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(PEOPLE, self.search, methods=["GET"]),
            Route(PEOPLE + "/{person}", self.show, methods=["GET"]),
            Route(PEOPLE + "/{person}/open", self.open, methods=["POST"]),
        ]

    async def search(self, request: Request) -> Response:
        """Find people by a few letters."""
        words = request.query_params.get("words", "")[:_LONGEST_WORDS]
        page = min(max(number_of(request.query_params.get("page", "1"), 1), 1), _MOST_PAGES)
        state = next((one for one in AccountState if one.value == request.query_params.get("state")), None)
        descending = request.query_params.get("order") == "down"
        in_file = request.query_params.get("format") == "csv"
        first, most = (0, _MOST_IN_FILE) if in_file else ((page - 1) * _MOST, _MOST + 1)

        def found(uow: UnitOfWork, visitor: Visitor) -> Sequence[PersonLine]:
            now = visitor.occasion.now
            within = scopes_for(doer_in(visitor.living, visitor.occasion), Act.SEE_PERSON, now)
            return self.door.register(uow).search(
                words, most, within, now, first, state, descending=descending
            )

        result = await self.door.read(request, Act.SEE_PERSON, found)
        if isinstance(result, Response):
            return result
        visitor, lines = result
        if in_file:
            rows = ((one.shown_name, one.login, one.state or "", one.person_id) for one in lines)
            return csv_response("people.csv", ("name", "login", "state", "person"), rows)
        return self.door.page(
            request,
            "administration/people.html",
            visitor,
            current=PEOPLE,
            script=True,
            words_typed=words,
            state=state,
            states=list(AccountState),
            descending=descending,
            lines=lines[:_MOST],
            page=page,
            more=len(lines) > _MOST,
            may_hire=holds_somewhere(
                doer_in(visitor.living, visitor.occasion), Act.HIRE, visitor.occasion.now
            ),
        )

    async def show(self, request: Request) -> Response:
        """Show one person."""
        identifier = self._person(request)

        def seen(uow: UnitOfWork, visitor: Visitor) -> tuple[WholePerson | None, Sequence[ShownPart]]:
            doer = doer_in(visitor.living, visitor.occasion)
            view = whole(uow, self.door.register(uow), doer, identifier, visitor.occasion)
            return view, self._parts(request, uow, view, visitor)

        result = await self.door.read(request, Act.SEE_PERSON, seen)
        if isinstance(result, Response):
            return result
        visitor, (view, parts) = result
        if view is None:
            raise HTTPException(404)
        return self._page(request, visitor, view, parts)

    async def open(self, request: Request) -> Response:
        """Open a protected record, with a reason."""
        identifier = self._person(request)
        form = await self.door.members.kit.form(request)
        reason = form.text("reason")

        def looked(
            uow: UnitOfWork, visitor: Visitor
        ) -> tuple[WholePerson | Refused, WholePerson | None, Sequence[ShownPart]]:
            doer, register = doer_in(visitor.living, visitor.occasion), self.door.register(uow)
            answer = opened(uow, register, doer, identifier, reason, visitor.occasion)
            parts = self._parts(request, uow, answer, visitor) if isinstance(answer, WholePerson) else ()
            return answer, whole(uow, register, doer, identifier, visitor.occasion), parts

        result = await self.door.write(request, Act.OPEN_PROTECTED, looked)
        if isinstance(result, Response):
            return result
        visitor, (answer, masked, parts) = result
        if isinstance(answer, WholePerson):
            return self._page(request, visitor, answer, parts)
        if answer.reasons[0].code == "fresh_proof":
            return await self.door.prove_again(request, f"{PEOPLE}/{identifier}")
        if masked is None:
            raise HTTPException(404)
        problem = in_words(self.door.members.kit, request, answer)
        return self._page(request, visitor, masked, problem=problem)

    def _parts(
        self, request: Request, uow: UnitOfWork, view: WholePerson | None, visitor: Visitor
    ) -> Sequence[ShownPart]:
        if view is None or view.masked:
            return ()
        accounts = [one.account.id for one in view.accounts]
        return [(one.template, one.read(request, uow, accounts, visitor.occasion)) for one in self.parts]

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        view: WholePerson,
        parts: Sequence[ShownPart] = (),
        problem: str = "",
    ) -> Response:
        return self.door.page(
            request,
            "administration/person.html",
            visitor,
            status=_UNPROCESSABLE if problem else 200,
            current=PEOPLE,
            view=view,
            here=f"{PEOPLE}/{view.id}",
            problem=problem,
            parts_shown=parts,
            own=visitor.living.account.person_id == view.id,
        )

    def _person(self, request: Request) -> PersonId:
        return PersonId(request.path_params["person"][:_LONGEST_ID])
