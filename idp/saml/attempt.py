"""One step of one sign-in request, while a unit of work lasts: who comes to whom, and what may happen once to it."""

from dataclasses import dataclass
from datetime import datetime

from idp.domain.handles import digest, new_handle
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.saml import vocabulary as words
from idp.saml.answers import Addressed, refusal
from idp.saml.errors import Refused
from idp.saml.outcomes import Outcome, ShowRefusal
from idp.saml.provider import Provider
from idp.saml.requests import AuthnRequest
from idp.saml.store.connection import connection_of
from idp.saml.store.requests import PendingRequests
from idp.saml.waiting import parameters_of


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser that asks; both None where cookies cannot be there (a form from another site)."""

    session: bytes | None
    browser: bytes | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes to whom."""

    provider: Provider
    uow: UnitOfWork
    visitor: Visitor
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class Attempt:
    """One step of one request. `handle` opens it again, "" while it has not waited; `agreed` is the person's word."""

    arrival: Arrival
    request: AuthnRequest
    to: Addressed
    key: bytes
    received_at: datetime
    handle: str = ""
    agreed: bool = False

    @property
    def provider(self) -> Provider:
        """The provider."""
        return self.arrival.provider

    @property
    def uow(self) -> UnitOfWork:
        """The unit of work."""
        return self.arrival.uow

    @property
    def visitor(self) -> Visitor:
        """The browser."""
        return self.arrival.visitor

    @property
    def occasion(self) -> Occasion:
        """When and from where."""
        return self.arrival.occasion

    @property
    def signing(self) -> bool:
        """Whether the person signs something by signing in (Sweden Connect, deployment profile §7.2)."""
        return self.request.message is not None or self.to.service.is_signature_service

    def let_wait(self) -> str:
        """Let the request wait behind a handle; return the handle, the same if it waits already."""
        if self.handle:
            return self.handle
        handle = new_handle()
        rows = PendingRequests(connection_of(self.uow))
        parameters = parameters_of(self.request, self.to)
        rows.let_wait(self.key, digest(handle), self.visitor.browser, parameters)
        return handle

    def claim(self) -> bool:
        """Take the one answer that the request gets; False if it was given.

        One that never waited has no handle by which anybody could ask for a second answer.
        """
        if not self.handle:
            return True
        return PendingRequests(connection_of(self.uow)).claim(self.key, self.occasion.now)

    def refuse(self, refused: Refused) -> Outcome:
        """Answer with a status that says no."""
        if not self.claim():
            return ShowRefusal(Refused.LOST_REQUEST)
        return refusal(self.provider, self.uow, self.to, refused, self.occasion)


def continue_path(handle: str) -> str:
    """Return the local path where the request with this handle goes on."""
    return f"{words.CONTINUE_PATH}?request={handle}"
