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
from idp.domain.roles import Act, Allowed, Organisation, Refused, holds_somewhere, may_act
from idp.pages.administration.door import Door
from idp.pages.administration.plan_words import plan_words
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.provisioning.overview import DirectoryOverview, overview_of
from idp.provisioning.runs import Run, RunOrder, RunQuery, RunState
from idp.provisioning.shown import ShownRun, decide, run_with_conflicts, runs
from idp.web.administration import PATH
from idp.web.listing import Column, Listing
from idp.web.marking import mark

HERE = f"{PATH}/synchronisation"
_LINES = 200
_MOST_IN_FILE = 10_000
RUNS: Listing[Run] = Listing(
    (
        Column(RunOrder.DIRECTORY.value, mark("Directory"), lambda one: one.source),
        Column(RunOrder.BEGAN.value, mark("Began"), lambda one: one.started_at),
        Column(RunOrder.ENDED.value, mark("Ended"), lambda one: one.ended_at),
        Column(RunOrder.OUTCOME.value, mark("Outcome"), lambda one: one.state.value),
    ),
    at_once=30,
)
#: In the file there is a column more: a sentence, by which nobody sorts.
_IN_FILE: Listing[Run] = Listing(
    (*RUNS.columns, Column("why", mark("Why"), lambda one: one.report.get("reason", "")))
)
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
        """Show how the directories are doing, and the runs; as CSV if asked."""
        query = request.query_params
        asked, in_file = RUNS.asked(query, ("state",)), query.get("format") == "csv"
        state = next((one for one in RunState if one.value == query.get("state")), None)
        skip, limit = (0, _MOST_IN_FILE) if in_file else (asked.skip, RUNS.at_once + 1)
        # The usual order is the newest first.
        order, descending = RunOrder(asked.sort or RunOrder.BEGAN), asked.descending or not asked.sort
        wanted = RunQuery(state, asked.words, order, descending, skip, limit)

        def seen(uow: UnitOfWork, visitor: Visitor) -> _Seen:
            now = visitor.occasion.now
            if not _sees(visitor):
                return _Seen((), ())
            return _Seen([(one, one.lag(now)) for one in overview_of(uow)], runs(uow, wanted))

        result = await self.door.read(request, Act.SEE_SYNCHRONISATION, seen)
        if isinstance(result, Response):
            return result
        visitor, found = result
        if in_file:
            return _IN_FILE.rows_file("synchronisations.csv", found.runs)
        return self.door.page(
            request,
            "administration/runs.html",
            visitor,
            current=HERE,
            directories=found.directories,
            shown=RUNS.cut(found.runs, asked),
            state=state,
            states=list(RunState),
            here=HERE,
            plan=plan_words(self.door.members.kit, request),
        )

    async def show(self, request: Request) -> Response:
        """Show one run."""
        first = number_of(request.query_params.get("from", "0"), 0)

        def seen(uow: UnitOfWork, visitor: Visitor) -> ShownRun | None:
            return run_with_conflicts(uow, self._run(request), first, _LINES) if _sees(visitor) else None

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
            return answer, run_with_conflicts(uow, run, 0, _LINES) if _sees(visitor) else None

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
        doer = doer_in(visitor.living, visitor.occasion)
        return self.door.page(
            request,
            "administration/run.html",
            visitor,
            status=422 if problem else 200,
            current=HERE,
            shown=shown,
            list=HERE,
            here=f"{HERE}/{shown.run.id}",
            may_undo=holds_somewhere(doer, Act.UNDO_RUN, visitor.occasion.now),
            plan=plan_words(self.door.members.kit, request),
            problem=problem,
        )

    def _run(self, request: Request) -> str:
        return str(request.path_params["run"])[:_LONGEST_ID]


def _sees(visitor: Visitor) -> bool:
    """Whether the visitor sees synchronisations: they are of everybody, not of one unit."""
    doer, now = doer_in(visitor.living, visitor.occasion), visitor.occasion.now
    return isinstance(may_act(doer, Act.SEE_SYNCHRONISATION, Organisation(), now), Allowed)
