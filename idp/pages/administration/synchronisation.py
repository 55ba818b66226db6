"""Synchronisations: how each directory is doing, the runs, a plan in words, the decision about one that was stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.administration import Done
from idp.domain.appointments import doer_in
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.pages.administration.door import Door
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.provisioning.overview import DirectoryOverview, overview_of
from idp.provisioning.runs import Run
from idp.provisioning.shown import ShownRun, decide, run_with_lines, runs
from idp.web.administration import PATH

HERE = f"{PATH}/synchronisation"
_LINES = 200
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class _Seen:
    """Each directory with how far it lags behind, and the runs of all."""

    directories: Sequence[tuple[DirectoryOverview, timedelta | None]]
    runs: Sequence[Run]


@dataclass(frozen=True, slots=True)
class Synchronisation:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(HERE, self.list, methods=["GET"]),
            Route(HERE + "/{run}", self.show, methods=["GET"]),
            Route(HERE + "/{run}/decide", self.decide, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """Show how the directories are doing, and the latest runs."""

        def seen(uow: UnitOfWork, visitor: Visitor) -> _Seen:
            now = visitor.occasion.now
            return _Seen([(one, one.lag(now)) for one in overview_of(uow)], runs(uow))

        result = await self.door.read(request, Act.SEE_SYNCHRONISATION, seen)
        if isinstance(result, Response):
            return result
        visitor, found = result
        return self.door.page(
            request, "administration/runs.html", visitor, current=HERE, seen=found, here=HERE
        )

    async def show(self, request: Request) -> Response:
        """Show one run."""
        first = number_of(request.query_params.get("from", "0"), 0)

        def seen(uow: UnitOfWork, _visitor: Visitor) -> ShownRun | None:
            return run_with_lines(uow, self._run(request), first, _LINES)

        result = await self.door.read(request, Act.SEE_SYNCHRONISATION, seen)
        if isinstance(result, Response):
            return result
        visitor, shown = result
        return self._page(request, visitor, shown, "")

    async def decide(self, request: Request) -> Response:
        """Release or reject a plan."""
        form = await self.door.members.kit.form(request)
        reason, let_through = form.text("reason", 1000), form.text("decision") == "release"

        def decided(uow: UnitOfWork, visitor: Visitor) -> tuple[Done | Refused, ShownRun | None]:
            run, occasion = self._run(request), visitor.occasion
            doer = doer_in(visitor.living, occasion)
            answer = decide(uow, doer, run, reason, occasion, let_through=let_through)
            return answer, run_with_lines(uow, run, 0, _LINES)

        result = await self.door.write(request, Act.DECIDE_PLAN, decided)
        if isinstance(result, Response):
            return result
        visitor, (answer, shown) = result
        back = f"{HERE}/{self._run(request)}"
        if isinstance(answer, Done):
            return self.door.members.kit.see_other(back)
        if answer.reasons[0].code == "fresh_proof":
            return await self.door.prove_again(request, back)
        return self._page(request, visitor, shown, in_words(self.door.members.kit, request, answer))

    def _page(self, request: Request, visitor: Visitor, shown: ShownRun | None, problem: str) -> Response:
        if shown is None:
            raise HTTPException(404)
        return self.door.page(
            request,
            "administration/run.html",
            visitor,
            status=422 if problem else 200,
            current=HERE,
            shown=shown,
            here=f"{HERE}/{shown.run.id}",
            problem=problem,
        )

    def _run(self, request: Request) -> str:
        return str(request.path_params["run"])[:_LONGEST_ID]
