"""Systems: which there are, and one whole: owner, policy, who can use it and why, sign-ins over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_address

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import reach
from idp.domain.administration_ports import HeldRole
from idp.domain.application import Application
from idp.domain.appointments import doer_in
from idp.domain.handles import ApplicationId
from idp.domain.occasion import IpAddress
from idp.domain.participants import Ending, Endings, EndingState
from idp.domain.ports import UnitOfWork
from idp.domain.reach import Standing
from idp.domain.register import DayCount
from idp.domain.roles import Act, Allowed, Doer, System, application_scope, holds_somewhere, may_act
from idp.pages.administration.chart import day_chart
from idp.pages.administration.door import Door
from idp.pages.visitor import Visitor
from idp.web.administration import PATH, ProtocolPages
from idp.web.listing import Column, Listing
from idp.web.marking import mark

HERE = f"{PATH}/systems"
_LONGEST_ID = 64
_DAYS = 30
SYSTEMS: Listing[Application] = Listing(
    (
        Column("name", mark("Short name"), lambda one: one.name),
        Column("title", mark("Title"), lambda one: one.title),
        Column("protocol", mark("Protocol"), lambda one: one.protocol),
        Column("owner", mark("Owner"), lambda one: one.owner),
        Column("url", mark("Address"), lambda one: one.url),
        Column("state", mark("State"), lambda one: "open" if one.enabled else "closed"),
    )
)
WHO_CAN: Listing[Standing] = Listing(
    (
        Column("login", mark("User name"), lambda one: one.known.facts.account.login),
        Column("name", mark("Name"), lambda one: one.known.name),
        Column("way", mark("State"), lambda one: one.way.value),
        Column("why", mark("Why"), lambda one: one.reasons[0].code),
    )
)
_ENDINGS_READ, _ENDINGS_SHOWN = 200, 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about a system: a person, from where, on which day."""

    login: str = ""
    source: str = ""
    day: str = ""

    @property
    def address(self) -> IpAddress | None:
        """The address typed; None if it is none."""
        try:
            return ip_address(self.source)
        except ValueError:
            return None

    def at(self, now: datetime) -> datetime:
        """Return the end of the day asked for, or now."""
        try:
            typed = datetime.fromisoformat(self.day) if self.day else None
        except ValueError:
            typed = None
        return min(datetime.combine(typed, time.max, UTC), now) if typed else now


@dataclass(frozen=True, slots=True)
class SystemView:
    """Everything that a system's page shows. `known` is False if nothing was kept for the day asked for.

    `not_signed_out` are sign-outs that the system could not be told of.
    """

    application: Application
    owners: Sequence[HeldRole]
    standings: Sequence[Standing]
    answer: Standing | None
    signins: Sequence[DayCount]
    asked: Asked
    known: bool
    not_signed_out: Sequence[Ending]


@dataclass(frozen=True, slots=True)
class Systems:
    """The pages.

    `protocols` say where systems are connected, and where a protocol's part of one is shown; `endings` how it went to
    tell a system that sessions have ended.
    """

    door: Door
    protocols: Sequence[ProtocolPages] = ()
    endings: Sequence[Endings] = ()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(HERE, self.list, methods=["GET"]),
            Route(HERE + "/{system}", self.show, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        """List the systems that the reader's roles reach."""

        def seen(uow: UnitOfWork, visitor: Visitor) -> list[Application]:
            doer, now = doer_in(visitor.living, visitor.occasion), visitor.occasion.now
            found = sorted(uow.catalogue.applications.values(), key=lambda one: one.title.casefold())
            return [one for one in found if _sees(doer, one, now)]

        result = await self.door.read(request, Act.SEE_APPLICATION, seen)
        if isinstance(result, Response):
            return result
        visitor, found = result
        if request.query_params.get("format") == "csv":
            return SYSTEMS.file("systems.csv", found, request.query_params)
        return self.door.page(
            request,
            "administration/systems.html",
            visitor,
            current=HERE,
            shown=SYSTEMS.shown(found, request.query_params),
            here=HERE,
            connecting=self.protocols if _holds(visitor, Act.CONNECT_APPLICATION) else (),
        )

    async def show(self, request: Request) -> Response:
        """Show one system."""
        query = request.query_params
        asked = Asked(query.get("login", "")[:320], query.get("from", "")[:64], query.get("day", "")[:10])
        identifier = ApplicationId(request.path_params["system"][:_LONGEST_ID])

        def seen(uow: UnitOfWork, visitor: Visitor) -> SystemView | None:
            return self._view(uow, visitor, identifier, asked)

        result = await self.door.read(request, Act.SEE_APPLICATION, seen)
        if isinstance(result, Response):
            return result
        visitor, view = result
        if view is None:
            raise HTTPException(404)
        if query.get("format") == "csv":
            return WHO_CAN.file("who-can.csv", view.standings, query)
        return self.door.page(
            request,
            "administration/system.html",
            visitor,
            current=HERE,
            view=view,
            here=f"{HERE}/{identifier}",
            shown=WHO_CAN.shown(view.standings, query, ("day",)),
            chart=day_chart(view.signins, visitor.occasion.now.date()),
            connections=[
                (one.title, one.system_of(view.application))
                for one in self.protocols
                if one.protocol == view.application.protocol
            ],
            may_change=_holds(visitor, Act.CHANGE_APPLICATION),
        )

    def _view(
        self, uow: UnitOfWork, visitor: Visitor, identifier: ApplicationId, asked: Asked
    ) -> SystemView | None:
        now, doer = visitor.occasion.now, doer_in(visitor.living, visitor.occasion)
        application = uow.catalogue.applications.get(identifier)
        if application is None or not _sees(doer, application, now):
            return None
        at = asked.at(now)
        past = at < now
        catalogue = uow.archive.catalogue(at) if past else uow.catalogue
        then = catalogue.applications.get(identifier) if catalogue else None
        standings: list[Standing] = []
        answer = None
        if catalogue is not None and then is not None:
            standings = reach.who_can(uow.archive.everybody(at, past=past), then, catalogue, at)
            account = uow.accounts.by_login(asked.login) if asked.login else None
            known = uow.archive.everybody(at, past=past, account=account.id) if account else ()
            answer = reach.explained(known[0], then, catalogue, at, asked.address) if known else None
        scope = application_scope(identifier)
        return SystemView(
            application,
            [one for one in uow.roles.held(now) if one.grant.scope == scope],
            standings,
            answer,
            self.door.register(uow).signins(identifier, now - timedelta(days=_DAYS), now),
            asked,
            then is not None,
            self._failed(uow, identifier, now),
        )

    def _failed(self, uow: UnitOfWork, identifier: ApplicationId, now: datetime) -> Sequence[Ending]:
        """Return the newest sign-outs that the system has not taken."""
        found = [one for room in self.endings for one in room.of_application(uow, identifier, _ENDINGS_READ)]
        late = [
            one
            for one in found
            if one.state in (EndingState.FAILED, EndingState.MISSED) and one.last_at is not None
        ]
        since = now - timedelta(days=_DAYS)
        return [one for one in late if one.last_at is not None and one.last_at >= since][:_ENDINGS_SHOWN]


def _sees(doer: Doer, application: Application, now: datetime) -> bool:
    return isinstance(may_act(doer, Act.SEE_APPLICATION, System(application.id), now), Allowed)


def _holds(visitor: Visitor, act: Act) -> bool:
    return holds_somewhere(doer_in(visitor.living, visitor.occasion), act, visitor.occasion.now)
