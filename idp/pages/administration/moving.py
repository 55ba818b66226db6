"""A person without a directory changes unit, after a page that says what they gain and lose; plans are withdrawn."""

from dataclasses import dataclass
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import moving, planned_acts
from idp.domain.administration import Done, no, seen
from idp.domain.appointments import doer_in
from idp.domain.foresight import WORDS, Foreseen
from idp.domain.handles import PersonId
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.pages.administration.door import Door
from idp.pages.administration.people import PEOPLE
from idp.pages.administration.words import in_words
from idp.pages.visitor import Visitor

_LONGEST_ID = 64
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Moving:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(PEOPLE + "/{person}/unit", self.ask, methods=["GET"]),
            Route(PEOPLE + "/{person}/unit", self.do, methods=["POST"]),
            Route(PEOPLE + "/{person}/withdraw", self.withdraw, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the form."""
        identifier = _person(request)

        def known(uow: UnitOfWork, visitor: Visitor) -> bool:
            doer = doer_in(visitor.living, visitor.occasion)
            return seen(uow, doer, identifier, visitor.occasion) is not None and moving.is_ours(
                uow, identifier
            )

        result = await self.door.read(request, Act.CHANGE_UNIT, known)
        if isinstance(result, Response):
            return result
        if not result[1]:
            raise HTTPException(404)
        return self._page(request, result[0], {"unit": "", "reason": ""}, (), None)

    async def do(self, request: Request) -> Response:
        """Say what will happen, then do it."""
        form = await self.door.members.kit.form(request)
        typed = {"unit": form.text("unit", 64).strip(), "reason": form.text("reason", 1000)}
        confirmed, identifier = form.text("step", 10) == "confirm", _person(request)

        def run(uow: UnitOfWork, visitor: Visitor) -> Done | Refused | list[Foreseen]:
            doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
            if confirmed:
                return moving.change_unit(uow, doer, identifier, typed["unit"], typed["reason"], occasion)
            place = moving.movable(uow, doer, identifier, typed["unit"], typed["reason"], occasion)
            if isinstance(place, Refused):
                return place
            return moving.foresee_move(uow, identifier, place, occasion)

        result = await self.door.write(request, Act.CHANGE_UNIT, run)
        if isinstance(result, Response):
            return result
        visitor, outcome = result
        if isinstance(outcome, Done):
            return self.door.members.kit.see_other(f"{PEOPLE}/{identifier}")
        if isinstance(outcome, Refused):
            if outcome == no("unknown"):
                raise HTTPException(404)
            return self._page(request, visitor, typed, (), outcome)
        kit = self.door.members.kit
        translate = partial(kit.rendering.translate, kit.language(request))
        foreseen = tuple(translate(WORDS[one.code]).format(**one.values) for one in outcome)
        return self._page(request, visitor, typed, foreseen, None)

    async def withdraw(self, request: Request) -> Response:
        """Withdraw what was planned for an account of the person."""
        form = await self.door.members.kit.form(request)
        planned, identifier = form.text("planned", _LONGEST_ID), _person(request)

        def withdrawn(uow: UnitOfWork, visitor: Visitor) -> Done | Refused:
            doer = doer_in(visitor.living, visitor.occasion)
            return planned_acts.withdraw(uow, doer, planned, visitor.occasion)

        result = await self.door.write(request, Act.DISABLE, withdrawn)
        if isinstance(result, Response):
            return result
        if result[1] == no("unknown"):
            raise HTTPException(404)
        return self.door.members.kit.see_other(f"{PEOPLE}/{identifier}")

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        typed: dict[str, str],
        foreseen: tuple[str, ...],
        refused: Refused | None,
    ) -> Response:
        return self.door.page(
            request,
            "administration/unit.html",
            visitor,
            status=_UNPROCESSABLE if refused else 200,
            current=PEOPLE,
            typed=typed,
            foreseen=foreseen,
            problem=in_words(self.door.members.kit, request, refused) if refused else "",
            person=f"{PEOPLE}/{_person(request)}",
        )


def _person(request: Request) -> PersonId:
    return PersonId(request.path_params["person"][:_LONGEST_ID])
