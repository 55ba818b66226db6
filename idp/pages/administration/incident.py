"""An incident as one file: time line, affected people and systems of a period, for the report to the authority."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.administration import no
from idp.domain.appointments import doer_in
from idp.domain.audit_reading import Chosen
from idp.domain.incident import Period, may_export_incident
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.pages.administration.door import Door
from idp.pages.administration.words import in_words
from idp.pages.visitor import Visitor
from idp.web.administration import PATH
from idp.web.forms import Form
from idp.web.incident_file import incident_sheets
from idp.web.zip_export import Sheet, zip_response

HERE = f"{PATH}/incident"
_LOG = f"{PATH}/log"
_FIELDS = ("since", "until", "login", "system", "reference", "reason")
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Incident:
    """The page."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(HERE, self.ask, methods=["GET"]), Route(HERE, self.export, methods=["POST"])]

    async def ask(self, request: Request) -> Response:
        """Show the form."""
        result = await self.door.read(request, Act.EXPORT_AUDIT, lambda _uow, _visitor: None)
        if isinstance(result, Response):
            return result
        return self._page(request, result[0], dict.fromkeys(_FIELDS, ""), None)

    async def export(self, request: Request) -> Response:
        """Record that it is exported, then send it as it is read."""
        form = await self.door.members.kit.form(request)
        typed = {name: form.text(name, 320) for name in _FIELDS}
        period = self._period(form)

        def asked(uow: UnitOfWork, visitor: Visitor) -> Chosen | Refused:
            doer = doer_in(visitor.living, visitor.occasion)
            if period is None:
                return no("malformed")
            return may_export_incident(uow, doer, period, typed["reason"], visitor.occasion)

        result = await self.door.write(request, Act.EXPORT_AUDIT, asked)
        if isinstance(result, Response):
            return result
        visitor, chosen = result
        if isinstance(chosen, Refused):
            if chosen.reasons[0].code == "fresh_proof":
                return await self.door.prove_again(request, HERE)
            return self._page(request, visitor, typed, chosen)
        return zip_response("incident.zip", self._sheets(chosen))

    def _sheets(self, chosen: Chosen) -> Iterator[Sheet]:
        """Read while the file is made: one consistent snapshot for all three lists."""
        with self.door.members.kit.database.read() as uow:
            yield from incident_sheets(self.door.register(uow), chosen)

    def _period(self, form: Form) -> Period | None:
        try:
            since, until = (self._moment(form.text(name, 20)) for name in ("since", "until"))
        except ValueError:
            return None
        return Period(
            since,
            until,
            form.text("login", 320).strip(),
            form.text("system", 64).strip(),
            form.text("reference", 64).strip(),
        )

    def _moment(self, typed: str) -> datetime:
        found = datetime.fromisoformat(typed)
        return found if found.tzinfo else found.replace(tzinfo=self.door.members.kit.rendering.timezone)

    def _page(
        self, request: Request, visitor: Visitor, typed: dict[str, str], refused: Refused | None
    ) -> Response:
        return self.door.page(
            request,
            "administration/incident.html",
            visitor,
            status=_UNPROCESSABLE if refused else 200,
            current=_LOG,
            here=HERE,
            log=_LOG,
            typed=typed,
            problem=in_words(self.door.members.kit, request, refused) if refused else "",
        )
