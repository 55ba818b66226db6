"""The audit log: read in pages, exported by period with or without names, one person's own extract, an incident.

It is sorted by time alone, either way round: of a million records any other order would have to read them all, and what
happened reads as a sequence. It is narrowed by period, kind and reference; its file takes a reason and is in the log
itself (A5).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.appointments import doer_in
from idp.domain.audit_reading import HEADS, Chosen, Masker, Masking, may_export, own_extract, row_of
from idp.domain.handles import PersonId
from idp.domain.ports import UnitOfWork
from idp.domain.register import HistoryLine
from idp.domain.roles import Act, Allowed, Organisation, Refused, may_act
from idp.pages.administration.door import Door
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.web.administration import PATH
from idp.web.csv_export import csv_response

HERE = f"{PATH}/log"
_AT_ONCE = 100
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Log:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(f"{HERE}/export", self.export, methods=["POST"]),
            Route(PATH + "/people/{person}/extract", self.extract, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show records, newest first."""
        query = request.query_params
        typed = {name: query.get(name, "")[:64] for name in ("since", "until", "type", "reference")}
        chosen = self._chosen(typed)
        oldest_first = query.get("order") == "oldest"
        beyond = number_of(query.get("beyond", "0"), 0)

        def seen(uow: UnitOfWork, visitor: Visitor) -> Sequence[HistoryLine]:
            doer = doer_in(visitor.living, visitor.occasion)
            # The log is of everything: whoever audits one unit reads people's histories instead.
            answer = may_act(doer, Act.SEE_AUDIT, Organisation(), visitor.occasion.now)
            if not isinstance(answer, Allowed):
                return ()
            return self.door.register(uow).log().page(chosen, beyond, _AT_ONCE + 1, oldest_first=oldest_first)

        result = await self.door.read(request, Act.SEE_AUDIT, seen)
        if isinstance(result, Response):
            return result
        visitor, lines = result
        return self._page(request, visitor, lines, typed, "", oldest_first=oldest_first)

    async def export(self, request: Request) -> Response:
        """Export a period as CSV; it takes a reason and is recorded."""
        form = await self.door.members.kit.form(request)
        typed = {name: form.text(name, 64) for name in ("since", "until", "type", "reference")}
        chosen, reason = self._chosen(typed), form.text("reason", 1000)
        masking = Masking.NONE if form.text("masking", 10) == "none" else Masking.PEOPLE

        def asked(uow: UnitOfWork, visitor: Visitor) -> Refused | None:
            doer = doer_in(visitor.living, visitor.occasion)
            return may_export(uow, doer, chosen, masking, reason, visitor.occasion)

        result = await self.door.write(request, Act.EXPORT_AUDIT, asked)
        if isinstance(result, Response):
            return result
        visitor, refused = result
        if refused is not None and refused.reasons[0].code == "fresh_proof":
            return await self.door.prove_again(request, HERE)
        if refused is not None:
            problem = in_words(self.door.members.kit, request, refused)
            return self._page(request, visitor, (), typed, problem)
        masker = Masker(masking)
        rows = (row_of(masker.shown(line)) for line in self._stream(chosen))
        return csv_response("audit.csv", HEADS, rows)

    async def extract(self, request: Request) -> Response:
        """Export everything about one person, who opened the record included; who of the staff is a number."""
        form = await self.door.members.kit.form(request)
        person = PersonId(request.path_params["person"][:64])
        reason = form.text("reason", 1000)

        def asked(uow: UnitOfWork, visitor: Visitor) -> Chosen | Refused:
            doer = doer_in(visitor.living, visitor.occasion)
            return own_extract(uow, self.door.register(uow), doer, person, reason, visitor.occasion)

        result = await self.door.write(request, Act.EXPORT_AUDIT, asked)
        if isinstance(result, Response):
            return result
        visitor, chosen = result
        if isinstance(chosen, Refused):
            if chosen.reasons[0].code == "fresh_proof":
                return await self.door.prove_again(request, f"{PATH}/people/{person}")
            problem = in_words(self.door.members.kit, request, chosen)
            return self._page(
                request, visitor, (), dict.fromkeys(("since", "until", "type", "reference"), ""), problem
            )
        masker = Masker(Masking.PEOPLE)
        rows = (row_of(masker.staff_hidden(line)) for line in self._stream(chosen))
        return csv_response("extract.csv", HEADS, rows)

    def _stream(self, chosen: Chosen) -> Iterator[HistoryLine]:
        """Read while the answer is sent: a batch at a time, in a transaction of its own."""
        with self.door.members.kit.database.read() as uow:
            yield from self.door.register(uow).log().stream(chosen)

    def _chosen(self, typed: dict[str, str]) -> Chosen:
        until = self._day(typed["until"])
        return Chosen(
            self._day(typed["since"]),
            until + _DAY if until else None,
            typed["type"].strip(),
            typed["reference"].strip(),
        )

    def _day(self, typed: str) -> datetime | None:
        try:
            day = datetime.fromisoformat(typed) if typed else None
        except ValueError:
            return None
        zone = self.door.members.kit.rendering.timezone
        return day.replace(hour=0, minute=0, second=0, tzinfo=zone) if day else None

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        lines: Sequence[HistoryLine],
        typed: dict[str, str],
        problem: str,
        *,
        oldest_first: bool = False,
    ) -> Response:
        return self.door.page(
            request,
            "administration/log.html",
            visitor,
            status=422 if problem else 200,
            current=HERE,
            here=HERE,
            lines=lines[:_AT_ONCE],
            more=len(lines) > _AT_ONCE,
            typed=typed,
            oldest_first=oldest_first,
            problem=problem,
        )
