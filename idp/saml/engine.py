"""Everything of the room that needs pysaml2, lxml and xmlsec, put together; loaded when it is first needed.

Loading takes a fifth of a second and some twenty MiB, which an installation without SAML systems never pays.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.handles import ApplicationId, SessionId
from idp.domain.occasion import Occasion
from idp.domain.ports import Sealer, UnitOfWork
from idp.saml.about import About
from idp.saml.back_channel import BackChannelLogout
from idp.saml.expiring import warn_ahead
from idp.saml.keys import SamlKeys, ensure_first
from idp.saml.logout_chain import begin_chain, waiting_for_browser
from idp.saml.logout_pages import LogoutPages
from idp.saml.machine import Machine
from idp.saml.metadata.refresh import refresh_due
from idp.saml.pages import Pages, origin_of
from idp.saml.ports import Outgoing
from idp.saml.provider import Provider
from idp.saml.store.services import ServiceRegister
from idp.saml.vocabulary import CHAIN_PATH, POST
from idp.web.kit import Kit

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Engine:
    """The room at work."""

    provider: Provider
    endpoints: Mapping[str, Endpoint]
    back_channel: BackChannelLogout
    outgoing: Outgoing

    def refresh(self, now: datetime) -> None:
        """Fetch the metadata that is due."""
        refresh_due(self.provider, self.outgoing, now)

    def warn_ahead(self, now: datetime) -> None:
        """Tell those who answer for them of certificates that are about to end."""
        warn_ahead(self.provider, now)

    def waiting_origins(self, uow: UnitOfWork, application: ApplicationId) -> Sequence[str]:
        """Return where a sign-in to an application may end."""
        service = self.provider.services.of_application(uow, application)
        consumers = service.metadata.consumers if service else ()
        return sorted({origin_of(one.answer_to) for one in consumers if one.binding == POST})

    def farewell(self, uow: UnitOfWork, session_id: SessionId, then: str, occasion: Occasion) -> str:
        """Return where a sign-out goes on in the browser, for services that can be told in no other way."""
        pending = waiting_for_browser(self.provider, uow, session_id)
        if not pending:
            return then
        handle = begin_chain(uow, session_id, pending, occasion, then=then)
        return f"{CHAIN_PATH}?handle={handle}"


def start(kit: Kit, sealer: Sealer, outgoing: Outgoing, about: About, occasion: Occasion) -> Engine:
    """Put the room together, and make its first keys if there are none."""
    provider = Provider(kit.issuer, kit.database, sealer, SamlKeys(sealer), ServiceRegister(), about)
    ensure_first(kit.database, sealer, about.organisation.name or "Portvakt", occasion)
    pages, machine = Pages(kit, provider), Machine(kit, provider)
    logouts = LogoutPages(kit, provider, pages)
    return Engine(
        provider,
        {
            "redirected": pages.redirected,
            "posted": pages.posted,
            "go_on": pages.go_on,
            "answer": pages.answer,
            "start": pages.start,
            "metadata": machine.metadata,
            "logout_redirected": logouts.redirected,
            "logout_posted": logouts.posted,
            "logout_next": logouts.go_on,
        },
        BackChannelLogout(provider, outgoing),
        outgoing,
    )
