"""The room as `app.py` sees it: routes, what to do when a session has ended, and what runs on a clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.routing import Route

from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.oidc.delivery import origin_of
from idp.oidc.endpoints import Endpoints
from idp.oidc.pages import Pages
from idp.oidc.ports import SigningKeys
from idp.oidc.provider import Provider
from idp.oidc.store.clients import ClientRegister
from idp.web.kit import Kit


@dataclass(frozen=True, slots=True)
class Room:
    """What the room offers.

    Attributes:
        routes: to be mounted as they are.
        waiting_origins: where a sign-in to an application may be redirected to in the end, for the pages' policy.
    """

    routes: Sequence[Route]
    waiting_origins: Callable[[UnitOfWork, ApplicationId], Sequence[str]]


def build(kit: Kit, keys: SigningKeys) -> Room:
    """Put the room together."""
    provider = Provider(kit.issuer, kit.database, keys, ClientRegister())

    def waiting_origins(uow: UnitOfWork, application: ApplicationId) -> Sequence[str]:
        client = provider.clients.of_application(uow, application)
        uris = client.registration.redirect_uris if client else ()
        return sorted({origin_of(uri) for uri in uris})

    return Room(
        routes=[*Endpoints(kit, provider).routes(), *Pages(kit, provider).routes()],
        waiting_origins=waiting_origins,
    )
