"""The room as `app.py` sees it: routes, what to do when a session has ended, and what runs on a clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.routing import Route

from idp.domain.handles import ApplicationId
from idp.domain.outbox import Handler
from idp.domain.participants import SESSION_ENDED
from idp.domain.ports import UnitOfWork
from idp.oidc.administration.pages import Administration
from idp.oidc.backchannel_logout import BackchannelLogout
from idp.oidc.delivery import origin_of
from idp.oidc.endpoints import Endpoints
from idp.oidc.pages import Pages
from idp.oidc.ports import Farewell, Outgoing, SigningKeys, no_farewell
from idp.oidc.provider import Provider
from idp.oidc.store.clients import ClientRegister
from idp.oidc.store.connection import connection_of
from idp.oidc.store.pruning import prune
from idp.oidc.vocabulary import PROTOCOL
from idp.web.administration import Guard
from idp.web.kit import Kit


@dataclass(frozen=True, slots=True)
class Room:
    """What the room offers.

    Attributes:
        routes: to be mounted as they are.
        waiting_origins: where a sign-in to an application may be redirected to in the end, for the pages' policy.
        handlers: the outbox's topics that the room takes.
        administration: the pages about systems, behind the guard that is handed in.
        prune: removes what has had its time, some hundred rows at once; returns how many. For a clock.
    """

    routes: Sequence[Route]
    waiting_origins: Callable[[UnitOfWork, ApplicationId], Sequence[str]]
    handlers: Mapping[str, Handler]
    prune: Callable[[datetime], int]
    administration: Callable[[Guard], Sequence[Route]]


def build(kit: Kit, keys: SigningKeys, outgoing: Outgoing, farewell: Farewell = no_farewell) -> Room:
    """Put the room together."""
    provider = Provider(kit.issuer, kit.database, keys, ClientRegister(), farewell)

    def waiting_origins(uow: UnitOfWork, application: ApplicationId) -> Sequence[str]:
        client = provider.clients.of_application(uow, application)
        uris = client.registration.redirect_uris if client else ()
        return sorted({origin_of(uri) for uri in uris})

    def pruned(now: datetime) -> int:
        with provider.database.write() as uow:
            return prune(connection_of(uow), now)

    return Room(
        routes=[*Endpoints(kit, provider).routes(), *Pages(kit, provider).routes()],
        waiting_origins=waiting_origins,
        handlers={f"{SESSION_ENDED}.{PROTOCOL}": BackchannelLogout(provider, outgoing)},
        prune=pruned,
        administration=lambda guard: Administration(kit, guard, provider).routes(),
    )
