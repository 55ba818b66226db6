"""One's own sessions: where one is signed in, and a way to end each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.handles import SessionId
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason, Session
from idp.domain.sign_out import end_all_sessions, end_session
from idp.pages.devices import Device, device_of
from idp.pages.visitor import Members, Visitor

PATH = "/sessions"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session as the page shows it."""

    id: SessionId
    device: Device
    address: str
    since: datetime
    seen: datetime
    here: bool


def session_rows(sessions: Sequence[Session], here: SessionId | None) -> list[SessionRow]:
    """Return the rows of `sessions`; `here` is the one of the browser that asks."""
    return [
        SessionRow(
            session.id,
            device_of(session.user_agent),
            session.address,
            session.created_at,
            session.seen_at,
            session.id == here,
        )
        for session in sessions
    ]


def _mine(uow: UnitOfWork, visitor: Visitor) -> Sequence[Session]:
    return uow.sessions.of_account(visitor.living.account.id, visitor.occasion.now)


def _end_others(uow: UnitOfWork, visitor: Visitor) -> int:
    living = visitor.living
    return end_all_sessions(
        uow, living.account.id, EndReason.ENDED_BY_PERSON, visitor.occasion, keep=living.session.id
    )


@dataclass(frozen=True, slots=True)
class MySessions:
    """The page of one's own sessions."""

    members: Members

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(f"{PATH}/end", self.end, methods=["POST"]),
            Route(f"{PATH}/end-others", self.end_others, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """List the living sessions."""
        found = await self.members.read(request, _mine)
        if found is None:
            return await self.members.to_sign_in(request, PATH)
        visitor, sessions = found
        rows = session_rows(sessions, visitor.living.session.id)
        return self.members.page(request, "portal/my_sessions.html", visitor, current=PATH, sessions=rows)

    async def end(self, request: Request) -> Response:
        """End one of them."""
        form = await self.members.kit.form(request)
        session_id = SessionId(form.text("session", 64))

        def ended(uow: UnitOfWork, visitor: Visitor) -> bool:
            account = visitor.living.account.id
            return end_session(uow, session_id, account, EndReason.ENDED_BY_PERSON, visitor.occasion)

        await self.members.write(request, ended)
        return self.members.kit.see_other(PATH)

    async def end_others(self, request: Request) -> Response:
        """End all but this one."""
        await self.members.kit.form(request)
        await self.members.write(request, _end_others)
        return self.members.kit.see_other(PATH)
