"""The room's pages in the administration: network access servers, the dry run, a person's connections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from ipaddress import ip_address

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.administration import seen
from idp.domain.application import Application
from idp.domain.appointments import doer_in
from idp.domain.handles import ApplicationId, PersonId
from idp.domain.occasion import IpAddress
from idp.domain.person import Person, Protection
from idp.domain.ports import UnitOfWork
from idp.domain.reasons import sentence
from idp.domain.roles import Act, Allowed, System, holds_somewhere, may_act
from idp.radius.dry_run import DryRun, dry_run_for
from idp.radius.nas import Nas
from idp.radius.ports import Door, Visitor
from idp.radius.shown import ConnectionRow, rows_of, shown_to
from idp.radius.store import connections
from idp.radius.store.access_servers import read_all, read_one
from idp.web.administration import Section
from idp.web.marking import mark

PATH = "/administration/network-access"
#: The place of the administration that this room offers.
SECTIONS = (Section(mark("Network access"), PATH, Act.SEE_APPLICATION),)
PERSON = "/administration/people"
_LONGEST = 320
_LONGEST_ID = 64
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class ServerLine:
    """One NAS in the list."""

    application: Application
    nas: Nas
    connected: int


@dataclass(frozen=True, slots=True)
class ServerView:
    """One NAS's page."""

    application: Application
    nas: Nas
    rows: Sequence[ConnectionRow]
    run: DryRun | None
    reasons: Sequence[str]
    may_change: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(PATH, self.servers, methods=["GET"]),
            Route(PATH + "/{application}", self.server, methods=["GET"]),
            Route(PERSON + "/{person}/connections", self.person, methods=["GET"]),
        ]

    async def servers(self, request: Request) -> Response:
        """List the network access servers, and say who had an address at a moment."""
        kit, asked = self.door.members.kit, request.query_params.get("address", "")[:_LONGEST_ID].strip()
        at = request.query_params.get("at", "")[:_LONGEST_ID].strip()

        def view(uow: UnitOfWork, visitor: Visitor) -> tuple[Sequence[ServerLine], Sequence[ConnectionRow]]:
            doer, occasion, address = (
                doer_in(visitor.living, visitor.occasion),
                visitor.occasion,
                _address(asked),
            )
            if address is None or not holds_somewhere(doer, Act.SEE_PERSON, occasion.now):
                return _lines(uow, visitor), ()
            moment = _moment(at, kit.rendering.timezone) or occasion.now
            had = shown_to(uow, doer, connections.with_address(uow, str(address), moment), occasion)
            return _lines(uow, visitor), rows_of(kit, request, uow, had, occasion)

        found = await self.door.read(request, Act.SEE_APPLICATION, view)
        if isinstance(found, Response):
            return found
        visitor, (lines, rows) = found
        doer, now = doer_in(visitor.living, visitor.occasion), visitor.occasion.now
        may_connect = holds_somewhere(doer, Act.CONNECT_APPLICATION, now)
        return self._page(
            request,
            "radius/servers.html",
            visitor,
            lines=lines,
            may_connect=may_connect,
            asked=asked,
            at=at,
            rows=rows,
            may_ask=holds_somewhere(doer, Act.SEE_PERSON, now),
        )

    async def server(self, request: Request) -> Response:
        """Show one, and what a person would be answered through it."""
        identifier = ApplicationId(request.path_params["application"][:_LONGEST_ID])
        asked = request.query_params.get("person", "")[:_LONGEST].strip()
        source = request.query_params.get("from", "")[:_LONGEST_ID].strip()
        kit = self.door.members.kit
        translate = partial(kit.rendering.translate, kit.language(request))

        def view(uow: UnitOfWork, visitor: Visitor) -> ServerView | None:
            nas, application = read_one(uow, identifier), uow.catalogue.applications.get(identifier)
            if nas is None or application is None or not _sees(visitor, application):
                return None
            doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
            found = dry_run_for(uow, doer, identifier, asked, _address(source), occasion) if asked else None
            run = found if isinstance(found, DryRun) else None
            reasons = [sentence(one, translate) for one in run.explanation.decision.reasons] if run else []
            held = shown_to(uow, doer, connections.of_application(uow, identifier, most=50), occasion)
            may = _may(visitor, Act.CHANGE_APPLICATION, identifier)
            return ServerView(application, nas, rows_of(kit, request, uow, held, occasion), run, reasons, may)

        found = await self.door.read(request, Act.SEE_APPLICATION, view)
        if isinstance(found, Response):
            return found
        if found[1] is None:
            raise HTTPException(404)
        unknown = bool(asked) and found[1].run is None
        status = _UNPROCESSABLE if unknown else 200
        return self._page(
            request, "radius/server.html", found[0], status=status, view=found[1], asked=asked, source=source,
            unknown=unknown, here=f"{PATH}/{identifier}",
        )  # fmt: skip

    async def person(self, request: Request) -> Response:
        """Show a person's connections."""
        identifier = PersonId(request.path_params["person"][:_LONGEST_ID])

        def view(uow: UnitOfWork, visitor: Visitor) -> tuple[Person, Sequence[ConnectionRow]] | None:
            person = uow.people.get(identifier)
            if person is None or not _sees_person(uow, visitor, identifier):
                return None
            if person.protection is not Protection.NONE:
                return None  # where they were is shown on their own page, to who has opened the record
            accounts = [one.id for one in self.door.register(uow).accounts_of(identifier)]
            held = connections.of_accounts(uow, accounts)
            return person, rows_of(self.door.members.kit, request, uow, held, visitor.occasion)

        found = await self.door.read(request, Act.SEE_PERSON, view)
        if isinstance(found, Response):
            return found
        if found[1] is None:
            raise HTTPException(404)
        person, rows = found[1]
        return self._page(
            request, "radius/person.html", found[0], who=person, rows=rows, back_to=f"{PERSON}/{identifier}"
        )

    # --- within ----------------------------------------------------------------------------------------

    def _page(
        self, request: Request, template: str, visitor: Visitor, *, status: int = 200, **view: object
    ) -> Response:
        return self.door.members.kit.page(
            request,
            template,
            status=status,
            living=visitor.living,
            person=visitor.name,
            values={**view, "current": PATH},
        )


def _lines(uow: UnitOfWork, visitor: Visitor) -> Sequence[ServerLine]:
    systems = uow.catalogue.applications
    lines = [
        ServerLine(systems[nas.application_id], nas, connections.count_open(uow, nas.application_id))
        for nas in read_all(uow)
        if nas.application_id in systems and _sees(visitor, systems[nas.application_id])
    ]
    return sorted(lines, key=lambda line: line.application.name)


def _sees(visitor: Visitor, application: Application) -> bool:
    return _may(visitor, Act.SEE_APPLICATION, application.id)


def _may(visitor: Visitor, act: Act, identifier: ApplicationId) -> bool:
    """Whether the visitor may, perhaps after proving who they are again."""
    answer = may_act(doer_in(visitor.living, visitor.occasion), act, System(identifier), visitor.occasion.now)
    return isinstance(answer, Allowed) or answer.reasons[0].code == "fresh_proof"


def _sees_person(uow: UnitOfWork, visitor: Visitor, person: PersonId) -> bool:
    return seen(uow, doer_in(visitor.living, visitor.occasion), person, visitor.occasion) is not None


def _moment(text: str, timezone: tzinfo) -> datetime | None:
    """Return a moment as a form gives it: on the organisation's clocks."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone)
    except ValueError:
        return None


def _address(text: str) -> IpAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
