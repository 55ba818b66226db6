"""A run of a synchronisation is taken back, whole or for one person: what that would do, a reason, and the act."""

from dataclasses import dataclass
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.administration import no
from idp.domain.appointments import doer_in
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.pages.administration.door import Door
from idp.pages.administration.plan_words import plan_words
from idp.pages.administration.synchronisation import HERE
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.provisioning.taking_back import Order, TakenBack, may_take_back, take_back
from idp.provisioning.undo_shown import ShownUndo, key_in_line, shown_undo

_LINES = 200
_LONGEST_ID = 64
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be taken back: a run, or what it did to the person of one of its lines (`line`, "" for all)."""

    run: str
    line: str = ""
    plan: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunUndo:
    """The pages. `mail_domain` stands in where a directory has none of its own."""

    door: Door
    mail_domain: str

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = HERE + "/{run}/undo"
        return [Route(path, self.ask, methods=["GET"]), Route(path, self.do, methods=["POST"])]

    async def ask(self, request: Request) -> Response:
        """Show what it would do, a page of the run's lines at a time."""
        query = request.query_params
        wanted = Wanted(_run(request), query.get("line", "")[:_LONGEST_ID])
        return await self._show(request, wanted, number_of(query.get("from", "0"), 0), None)

    async def do(self, request: Request) -> Response:
        """Take it back, if the plan still is the one that was read."""
        form = await self.door.members.kit.form(request)
        wanted = Wanted(
            _run(request),
            form.text("line", _LONGEST_ID),
            form.text("plan", _LONGEST_ID),
            form.text("reason", 1000),
        )
        result = await self.door.write(request, Act.UNDO_RUN, partial(self._take_back, wanted=wanted))
        if isinstance(result, Response):
            return result
        _, done = result
        if isinstance(done, TakenBack):
            return self.door.members.kit.see_other(f"{HERE}/{done.run}")
        return await self._show(request, wanted, 0, done)

    def _take_back(self, uow: UnitOfWork, visitor: Visitor, *, wanted: Wanted) -> TakenBack | Refused:
        doer = doer_in(visitor.living, visitor.occasion)
        person = _person(uow, wanted)
        if isinstance(person, Refused):
            return person
        order = Order(wanted.run, wanted.plan, wanted.reason, person)
        return take_back(uow, doer, order, visitor.occasion, self.mail_domain)

    async def _show(self, request: Request, wanted: Wanted, first: int, refused: Refused | None) -> Response:
        """Show the plan as it is now. Whether one may is asked first: reading a long plan holds up no writer."""
        asked = await self.door.write(request, Act.UNDO_RUN, partial(_may, run=wanted.run))
        if isinstance(asked, Response):
            return asked
        if asked[1] is not None:
            return await self._refused(request, wanted, asked[0], asked[1])
        result = await self.door.read(request, Act.UNDO_RUN, partial(self._seen, wanted=wanted, first=first))
        if isinstance(result, Response):
            return result
        visitor, shown = result
        if isinstance(shown, Refused):
            return await self._refused(request, wanted, visitor, shown)
        return self._page(request, visitor, wanted, shown, refused)

    def _seen(self, uow: UnitOfWork, visitor: Visitor, *, wanted: Wanted, first: int) -> ShownUndo | Refused:
        person = _person(uow, wanted)
        if isinstance(person, Refused):
            return person
        return shown_undo(uow, wanted.run, visitor.occasion, self.mail_domain, person, first, _LINES)

    async def _refused(
        self, request: Request, wanted: Wanted, visitor: Visitor, refused: Refused
    ) -> Response:
        if refused == no("unknown"):
            raise HTTPException(404)
        if refused == no("fresh_proof"):
            of_line = f"?line={wanted.line}" if wanted.line else ""
            return await self.door.prove_again(request, f"{HERE}/{wanted.run}/undo{of_line}")
        return self._page(request, visitor, wanted, None, refused)

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        wanted: Wanted,
        shown: ShownUndo | None,
        refused: Refused | None,
    ) -> Response:
        return self.door.page(
            request,
            "administration/run_undo.html",
            visitor,
            status=_UNPROCESSABLE if refused else 200,
            current=HERE,
            shown=shown,
            wanted=wanted,
            run=f"{HERE}/{wanted.run}",
            here=f"{HERE}/{wanted.run}/undo",
            plan=plan_words(self.door.members.kit, request),
            problem=in_words(self.door.members.kit, request, refused) if refused else "",
        )


def _may(uow: UnitOfWork, visitor: Visitor, *, run: str) -> Refused | None:
    return may_take_back(uow, doer_in(visitor.living, visitor.occasion), run, visitor.occasion)


def _person(uow: UnitOfWork, wanted: Wanted) -> str | Refused | None:
    """Return whom it is about, None for everybody."""
    if not wanted.line:
        return None
    number = number_of(wanted.line, -1)
    return key_in_line(uow, wanted.run, number) or no("unknown")


def _run(request: Request) -> str:
    return str(request.path_params["run"])[:_LONGEST_ID]
