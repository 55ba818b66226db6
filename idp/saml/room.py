"""The room as `app.py` sees it: routes, what to do when a session has ended, and what runs on a clock.

Light on purpose: what needs pysaml2, lxml and xmlsec is in `engine.py`, which is loaded when a SAML system is
connected or the first message comes in.
"""

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.handles import ApplicationId, SessionId, new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.outbox import Delivery, Handler, Hopeless
from idp.domain.participants import SESSION_ENDED
from idp.domain.ports import Sealer, UnitOfWork
from idp.saml import vocabulary as words
from idp.saml.about import About
from idp.saml.administration.routes import ROUTES
from idp.saml.ports import Outgoing
from idp.saml.store.connection import connection_of
from idp.saml.store.pruning import prune
from idp.web.administration import Guard
from idp.web.kit import Kit

if TYPE_CHECKING:
    from idp.saml.engine import Engine


@dataclass(frozen=True, slots=True)
class Room:
    """What the room offers.

    Attributes:
        routes: to be mounted as they are.
        waiting_origins: where a sign-in to an application may be redirected to in the end, for the pages' policy.
        farewell: where a sign-out goes on in the browser after the session has ended.
        handlers: the outbox's topics that the room takes.
        refresh: fetches the metadata that is due, and keeps the engine warm where there are services. For a clock.
        warn_ahead: tells those who answer for them of certificates that are about to end. For a clock.
        engine: the room at work; the first call loads it.
        prune: removes what has had its time, some hundred rows at once; returns how many. For a clock.
    """

    routes: Sequence[Route]
    waiting_origins: Callable[[UnitOfWork, ApplicationId], Sequence[str]]
    farewell: Callable[[UnitOfWork, SessionId, str, Occasion], str]
    handlers: Mapping[str, Handler]
    prune: Callable[[datetime], int]
    refresh: Callable[[datetime], None]
    warn_ahead: Callable[[datetime], None]
    engine: Callable[[], "Engine"]


class LaterEngine:
    """The engine, loaded once, by whoever needs it first."""

    def __init__(self, kit: Kit, sealer: Sealer, outgoing: Outgoing, about: About) -> None:
        self._kit, self._sealer, self._outgoing, self._about = kit, sealer, outgoing, about
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    def get(self) -> "Engine":
        """Return the engine; the first call takes a while and must not be made on the event loop."""
        with self._lock:
            if self._engine is None:
                from idp.saml.engine import start  # noqa: PLC0415 - loaded when it is first needed: see the module

                occasion = Occasion(
                    self._kit.clock(), new_id(), Actor(ActorKind.JOB, "saml"), node=self._kit.node
                )
                self._engine = start(self._kit, self._sealer, self._outgoing, self._about, occasion)
            return self._engine

    def endpoint(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that answers by the engine's endpoint of this name."""

        async def answer(request: Request) -> Response:
            engine = self._engine
            if engine is None:
                engine = await self._kit.run_waiting(self.get)
            return await engine.endpoints[name](request)

        return answer

    def waiting_origins(self, uow: UnitOfWork, application: ApplicationId) -> Sequence[str]:
        """Return where a sign-in to an application may end; nothing for another protocol's."""
        found = uow.catalogue.applications.get(application)
        if found is None or found.protocol != words.PROTOCOL:
            return ()
        return self.get().waiting_origins(uow, application)

    def farewell(self, uow: UnitOfWork, session_id: SessionId, then: str, occasion: Occasion) -> str:
        """Return where a sign-out goes on in the browser, `then` if no SAML system took part."""
        if all(one.protocol != words.PROTOCOL for one in uow.sessions.participants(session_id)):
            return then
        return self.get().farewell(uow, session_id, then, occasion)

    def tell(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Tell one service that a session has ended."""
        return self.get().back_channel(delivery, now)

    def refresh(self, now: datetime) -> None:
        """Fetch the metadata that is due."""
        if self._has_systems():
            self.get().refresh(now)

    def warn_ahead(self, now: datetime) -> None:
        """Tell of certificates that are about to end."""
        if self._has_systems():
            self.get().warn_ahead(now)

    def prune(self, now: datetime) -> int:
        """Remove what has had its time."""
        with self._kit.database.write() as uow:
            return prune(connection_of(uow), now)

    def _has_systems(self) -> bool:
        with self._kit.database.read() as uow:
            known = uow.catalogue.applications.values()
        return any(one.protocol == words.PROTOCOL for one in known)


def administration(kit: Kit, room: Room, outgoing: Outgoing, guard: Guard) -> list[Route]:
    """Return the routes of the administration's pages, behind the guard of the pages around them."""

    def endpoint(page: str, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            engine = await kit.run_waiting(room.engine)
            from idp.saml.administration import office  # noqa: PLC0415 - see the module

            pages = office.pages(kit, guard, engine.provider, outgoing)
            shown: Response = await getattr(pages[page], name)(request)
            return shown

        return answer

    return [Route(path, endpoint(page, name), methods=[method]) for path, method, page, name in ROUTES]


def build(kit: Kit, sealer: Sealer, outgoing: Outgoing, about: About) -> Room:
    """Put the room together."""
    engine = LaterEngine(kit, sealer, outgoing, about)
    return Room(
        routes=[
            Route(words.METADATA_PATH, engine.endpoint("metadata"), methods=["GET"]),
            Route(f"{words.METADATA_PATH}/{{name}}", engine.endpoint("metadata"), methods=["GET"]),
            Route(words.SSO_PATH, engine.endpoint("redirected"), methods=["GET"]),
            Route(words.SSO_PATH, engine.endpoint("posted"), methods=["POST"]),
            Route(words.CONTINUE_PATH, engine.endpoint("go_on"), methods=["GET"]),
            Route(words.CONTINUE_PATH, engine.endpoint("answer"), methods=["POST"]),
            Route(words.LOGOUT_PATH, engine.endpoint("logout_redirected"), methods=["GET"]),
            Route(words.LOGOUT_PATH, engine.endpoint("logout_posted"), methods=["POST"]),
            Route(words.CHAIN_PATH, engine.endpoint("logout_next"), methods=["GET"]),
            Route(f"{words.START_PATH}/{{name}}", engine.endpoint("start"), methods=["GET"]),
        ],
        waiting_origins=engine.waiting_origins,
        farewell=engine.farewell,
        handlers={f"{SESSION_ENDED}.{words.PROTOCOL}": engine.tell},
        prune=engine.prune,
        refresh=engine.refresh,
        warn_ahead=engine.warn_ahead,
        engine=engine.get,
    )
