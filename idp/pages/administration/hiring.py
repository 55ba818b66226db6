"""Hiring by hand: somebody whom no personnel system lists, with a sponsor and an end."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.administration import no
from idp.domain.appointments import doer_in
from idp.domain.hiring import Hired, Kind, Newcomer, check, hire
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.pages.administration.door import Door
from idp.pages.administration.people import PEOPLE
from idp.pages.administration.words import in_words
from idp.pages.visitor import Visitor
from idp.web.administration import PATH
from idp.web.forms import Form

HIRE = f"{PATH}/hire"
_UNPROCESSABLE = 422
_FIELDS = ("given_name", "surname", "kind", "unit", "title", "starts", "ends", "sponsor", "reason")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hiring:
    """The page."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(HIRE, self.ask, methods=["GET"]), Route(HIRE, self.do, methods=["POST"])]

    async def ask(self, request: Request) -> Response:
        """Show the form."""

        def nothing(_uow: UnitOfWork, visitor: Visitor) -> bool:
            return doer_in(visitor.living, visitor.occasion).proved_lately

        result = await self.door.read(request, Act.HIRE, nothing)
        if isinstance(result, Response):
            return result
        visitor, proved = result
        if not proved:
            return await self.door.prove_again(request, HIRE)
        return self._page(request, visitor, dict.fromkeys(_FIELDS, ""), "form", None)

    async def do(self, request: Request) -> Response:
        """Say what will be done, then do it."""
        form = await self.door.members.kit.form(request)
        typed = {name: form.text(name, 200) for name in _FIELDS}
        new, step = self._newcomer(form), form.text("step")

        def run(uow: UnitOfWork, visitor: Visitor) -> Hired | Refused | None:
            doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
            if new is None:
                return no("wrong_period")
            if step == "confirm":
                return hire(uow, doer, new, typed["reason"], occasion)
            return check(uow, doer, new, typed["reason"], occasion)

        result = await self.door.write(request, Act.HIRE, run)
        if isinstance(result, Response):
            return result
        visitor, done = result
        if isinstance(done, Refused) and done.reasons[0].code == "fresh_proof":
            return await self.door.prove_again(request, HIRE)
        if isinstance(done, Hired):
            person = f"{PEOPLE}/{done.account.person_id}"
            return self.door.page(
                request, "administration/hired.html", visitor, current=PEOPLE, hired=done, person=person
            )
        return self._page(request, visitor, typed, "form" if done else "preview", done)

    def _page(
        self, request: Request, visitor: Visitor, typed: dict[str, str], step: str, refused: Refused | None
    ) -> Response:
        problem = in_words(self.door.members.kit, request, refused) if refused else ""
        return self.door.page(
            request, "administration/hire.html", visitor, status=_UNPROCESSABLE if refused else 200,
            current=PEOPLE, typed=typed, step=step, problem=problem, kinds=[kind.value for kind in Kind],
        )  # fmt: skip

    def _newcomer(self, form: Form) -> Newcomer | None:
        starts, ends = self._day(form.text("starts", 10)), self._day(form.text("ends", 10))
        kind = form.text("kind", 20)
        if starts is None or ends is None or kind not in set(Kind):
            return None
        return Newcomer(
            form.text("given_name", 100),
            form.text("surname", 100),
            Kind(kind),
            form.text("unit", 64),
            form.text("title", 100),
            starts,
            ends + _DAY,
            form.text("sponsor", 320),
        )

    def _day(self, typed: str) -> datetime | None:
        """Return the beginning of a day where the readers are."""
        try:
            day = datetime.fromisoformat(typed)
        except ValueError:
            return None
        return datetime.combine(day, time.min, self.door.members.kit.rendering.timezone)
