"""Web Browser SSO (profiles §4.1): take a request, decide, answer. Each use case is one unit of work."""

from dataclasses import replace
from hashlib import sha256

from idp.domain.handles import digest, new_handle
from idp.domain.occasion import Occasion
from idp.saml import vocabulary as words
from idp.saml.answers import Addressed
from idp.saml.attempt import Arrival, Attempt, Visitor, continue_path
from idp.saml.bindings import Incoming
from idp.saml.deciding import decide
from idp.saml.documents import UnreadableDocument
from idp.saml.errors import Refused
from idp.saml.outcomes import GoTo, Outcome, ShowRefusal
from idp.saml.provider import Provider
from idp.saml.receiving import NotTaken, Received, parsed, receive
from idp.saml.requests import AuthnRequest, read_authn_request
from idp.saml.services import Service
from idp.saml.store.connection import connection_of
from idp.saml.store.requests import PendingRequests
from idp.saml.waiting import kept_request

_AUTHN_REQUEST = f"{{{words.SAMLP}}}AuthnRequest"


def begin(provider: Provider, incoming: Incoming, visitor: Visitor, occasion: Occasion) -> Outcome:
    """Take a request as it comes in; without cookies it waits for the browser to come again with them."""
    root = parsed(incoming)
    if isinstance(root, NotTaken):
        return _shown(root)
    with provider.database.write(brief=True) as uow:
        got = receive(provider, uow, incoming, root, _AUTHN_REQUEST, provider.sso_url, occasion.now)
        if isinstance(got, NotTaken):
            return _shown(got)
        taken = _taken(Arrival(provider, uow, visitor, occasion), got, incoming.relay_state)
        if isinstance(taken, ShowRefusal):
            return taken
        if visitor.browser is None:
            return GoTo(continue_path(taken.let_wait()))
        return decide(taken)


def begin_unasked(
    provider: Provider, name: str, relay_state: str, visitor: Visitor, occasion: Occasion
) -> Outcome:
    """Begin where no service asked (profiles §4.1.5), for services that an administrator lets be entered so."""
    with provider.database.write(brief=True) as uow:
        application = uow.catalogue.application(name)
        service = provider.services.of_application(uow, application.id) if application else None
        if service is None or not service.application.enabled or not service.settings.idp_initiated:
            return ShowRefusal(Refused.NOT_ALLOWED, "", name[:64])
        request = AuthnRequest(id="", issuer=service.entity_id, issued_at=occasion.now)
        to = _addressed(service, request, relay_state)
        if isinstance(to, ShowRefusal):
            return to
        key = digest(new_handle())
        PendingRequests(connection_of(uow)).take(key, service.application.id, occasion.now)
        arrival = Arrival(provider, uow, visitor, occasion)
        return decide(Attempt(arrival, request, to, key, occasion.now))


def resume(provider: Provider, handle: str, visitor: Visitor, occasion: Occasion) -> Outcome:
    """Go on with a request that waited, in the browser that it belongs to."""
    with provider.database.write(brief=True) as uow:
        attempt = _waiting(Arrival(provider, uow, visitor, occasion), handle)
        return decide(attempt) if isinstance(attempt, Attempt) else attempt


def take_answer(
    provider: Provider, handle: str, visitor: Visitor, occasion: Occasion, *, agreed: bool
) -> Outcome:
    """Take the person's answer to what was asked before a service is told anything."""
    with provider.database.write(brief=True) as uow:
        attempt = _waiting(Arrival(provider, uow, visitor, occasion), handle)
        if not isinstance(attempt, Attempt):
            return attempt
        return decide(replace(attempt, agreed=True)) if agreed else attempt.refuse(Refused.CANCELLED)


def _taken(arrival: Arrival, got: Received, relay_state: str) -> Attempt | ShowRefusal:
    """Take a request once on all nodes, with an address that is proven."""
    name, now = got.service.application.name, arrival.occasion.now
    try:
        request = read_authn_request(got.document)
    except UnreadableDocument as error:
        return ShowRefusal(Refused.UNREADABLE, error.code, name)
    if request.message is not None and not got.signed:
        # Nobody signs what a passer-by may have written (Sweden Connect, deployment profile §7.2).
        return ShowRefusal(Refused.NOT_SIGNED, "sign message", name)
    to = _addressed(got.service, request, relay_state)
    if isinstance(to, ShowRefusal):
        return to
    key = sha256(f"{request.issuer}\0{request.id}".encode()).digest()
    if not PendingRequests(connection_of(arrival.uow)).take(key, got.service.application.id, now):
        return ShowRefusal(Refused.REPLAYED, "", name)
    return Attempt(arrival, request, to, key, now)


def _waiting(arrival: Arrival, handle: str) -> Attempt | ShowRefusal:
    """Return a request that waits in this browser."""
    uow, browser = arrival.uow, arrival.visitor.browser
    rows = PendingRequests(connection_of(uow))
    pending = rows.get(digest(handle), browser, arrival.occasion.now) if browser else None
    service = arrival.provider.services.of_application(uow, pending.application_id) if pending else None
    if pending is None or service is None or not service.application.enabled:
        return ShowRefusal(Refused.LOST_REQUEST)
    request, relay_state = kept_request(pending)
    # What is in metadata may have changed meanwhile: the address is proven anew.
    to = _addressed(service, request, relay_state)
    if isinstance(to, ShowRefusal):
        return to
    return Attempt(arrival, request, to, pending.key, pending.received_at, handle)


def _shown(not_taken: NotTaken) -> ShowRefusal:
    return ShowRefusal(not_taken.refused, not_taken.detail, not_taken.service)


def _addressed(service: Service, request: AuthnRequest, relay_state: str) -> Addressed | ShowRefusal:
    """Return where the answer goes, proven against metadata (M6); nothing is ever sent anywhere else."""
    # A response is too long for a query: HTTP-POST is how it travels, whatever else is asked for.
    binding = words.POST
    endpoint = service.metadata.consumer(request.consumer_url, request.consumer_index, binding)
    if endpoint is None:
        return ShowRefusal(Refused.CONSUMER, "", service.application.name)
    return Addressed(service, endpoint.answer_to, request.id, relay_state)
