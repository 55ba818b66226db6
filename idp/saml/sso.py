"""Web Browser SSO (profiles §4.1): take a request, ask sign-in, answer. Each use case is one unit of work.

It turns a request into the waist's requirement, asks `signin.answer`, and turns its answer into a response; it knows
no way to prove anything.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from idp.domain import signin
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import AccountId, digest, new_handle
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import LivingSession
from idp.saml import vocabulary as words
from idp.saml.answers import Addressed, refusal, success
from idp.saml.bindings import Incoming
from idp.saml.contexts import Contexts
from idp.saml.documents import UnreadableDocument
from idp.saml.errors import Refused
from idp.saml.outcomes import GoTo, Outcome, ShowRefusal, TurnAway
from idp.saml.provider import Provider
from idp.saml.receiving import NotTaken, Received, parsed, receive
from idp.saml.requests import AuthnRequest, read_authn_request
from idp.saml.services import Service
from idp.saml.store.connection import connection_of
from idp.saml.store.participants import Participants
from idp.saml.store.requests import PendingRequests
from idp.saml.waiting import kept_request, pending_request

_AUTHN_REQUEST = f"{{{words.SAMLP}}}AuthnRequest"


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser that asks; both None where cookies cannot be there (a form from another site)."""

    session: bytes | None
    browser: bytes | None


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Who comes to whom, while a unit of work lasts."""

    provider: Provider
    uow: UnitOfWork
    visitor: Visitor
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One step of one request."""

    arrival: _Arrival
    request: AuthnRequest
    to: Addressed
    key: bytes
    received_at: datetime
    handle: str = ""

    @property
    def provider(self) -> Provider:
        return self.arrival.provider

    @property
    def uow(self) -> UnitOfWork:
        return self.arrival.uow

    @property
    def visitor(self) -> Visitor:
        return self.arrival.visitor

    @property
    def occasion(self) -> Occasion:
        return self.arrival.occasion


def begin(provider: Provider, incoming: Incoming, visitor: Visitor, occasion: Occasion) -> Outcome:
    """Take a request as it comes in; without cookies it waits for the browser to come again with them."""
    root = parsed(incoming)
    if isinstance(root, NotTaken):
        return _shown(root)
    with provider.database.write() as uow:
        got = receive(provider, uow, incoming, root, _AUTHN_REQUEST, provider.sso_url, occasion.now)
        if isinstance(got, NotTaken):
            return _shown(got)
        taken = _taken(_Arrival(provider, uow, visitor, occasion), got, incoming.relay_state)
        if isinstance(taken, ShowRefusal):
            return taken
        if visitor.browser is None:
            return GoTo(continue_path(_let_wait(taken)))
        return _decide(taken)


def _taken(arrival: "_Arrival", got: Received, relay_state: str) -> "_Attempt | ShowRefusal":
    """Take a request once on all nodes, with an address that is proven."""
    name, now = got.service.application.name, arrival.occasion.now
    try:
        request = read_authn_request(got.document)
    except UnreadableDocument as error:
        return ShowRefusal(Refused.UNREADABLE, error.code, name)
    to = _addressed(got.service, request, relay_state)
    if isinstance(to, ShowRefusal):
        return to
    key = sha256(f"{request.issuer}\0{request.id}".encode()).digest()
    if not PendingRequests(connection_of(arrival.uow)).take(pending_request(request, to, key, now)):
        return ShowRefusal(Refused.REPLAYED, "", name)
    return _Attempt(arrival, request, to, key, now)


def begin_unasked(
    provider: Provider, name: str, relay_state: str, visitor: Visitor, occasion: Occasion
) -> Outcome:
    """Begin where no service asked (profiles §4.1.5), for services that an administrator lets be entered so."""
    with provider.database.write() as uow:
        application = uow.catalogue.application(name)
        service = provider.services.of_application(uow, application.id) if application else None
        if service is None or not service.application.enabled or not service.settings.idp_initiated:
            return ShowRefusal(Refused.NOT_ALLOWED, "", name[:64])
        request = AuthnRequest(id="", issuer=service.entity_id, issued_at=occasion.now)
        to = _addressed(service, request, relay_state)
        if isinstance(to, ShowRefusal):
            return to
        key = digest(new_handle())
        PendingRequests(connection_of(uow)).take(pending_request(request, to, key, occasion.now))
        arrival = _Arrival(provider, uow, visitor, occasion)
        return _decide(_Attempt(arrival, request, to, key, occasion.now))


def resume(provider: Provider, handle: str, visitor: Visitor, occasion: Occasion) -> Outcome:
    """Go on with a request that waited, in the browser that it belongs to."""
    with provider.database.write() as uow:
        pending = (
            PendingRequests(connection_of(uow)).get(digest(handle), visitor.browser, occasion.now)
            if visitor.browser
            else None
        )
        service = (
            provider.services.of_application(uow, pending.application_id) if pending is not None else None
        )
        if pending is None or service is None or not service.application.enabled:
            return ShowRefusal(Refused.LOST_REQUEST)
        request, relay_state = kept_request(pending)
        # What is in metadata may have changed meanwhile: the address is proven anew.
        to = _addressed(service, request, relay_state)
        if isinstance(to, ShowRefusal):
            return to
        arrival = _Arrival(provider, uow, visitor, occasion)
        return _decide(_Attempt(arrival, request, to, pending.key, pending.received_at, handle))


def continue_path(handle: str) -> str:
    """Return the local path where the request with this handle goes on."""
    return f"{words.CONTINUE_PATH}?request={handle}"


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


def _let_wait(attempt: _Attempt) -> str:
    handle = new_handle()
    PendingRequests(connection_of(attempt.uow)).let_wait(attempt.key, digest(handle), attempt.visitor.browser)
    return handle


def _decide(attempt: _Attempt) -> Outcome:
    request, provider, uow = attempt.request, attempt.provider, attempt.uow
    now = attempt.occasion.now
    living = uow.sessions.living(attempt.visitor.session, now) if attempt.visitor.session else None
    contexts = _contexts(attempt, living)
    acceptable = contexts.acceptable(request.context)
    refused = _cannot_be_met(request, attempt.to.service, acceptable)
    subject = _subject(attempt) if request.subject and not refused else None
    if request.subject and subject is None and not refused:
        refused = Refused.SUBJECT
    if refused is not None:
        return _answered(attempt, refused)
    demand = contexts.demand(acceptable)
    requirement = AuthenticationRequirement(
        application=attempt.to.service.application.id,
        assurance=demand.assurance,
        fresh_since=attempt.received_at if request.force else None,
        interactive=not request.passive,
        subject=subject,
        one_of=demand.one_of,
        sent_codes=demand.sent_codes,
    )
    answer = signin.answer(uow, living, requirement, attempt.occasion)
    match answer:
        case signin.NeedsSignIn():
            return _sign_in(attempt, answer, living, requirement)
        case signin.AccessDenied():
            if not _claim(attempt):
                return ShowRefusal(Refused.LOST_REQUEST)
            back = refusal(provider, uow, attempt.to, Refused.ACCESS_DENIED, attempt.occasion)
            return back if request.passive else TurnAway(answer.reasons, back)
        case signin.Admitted():
            if not _claim(attempt):
                return ShowRefusal(Refused.LOST_REQUEST)
            since = requirement.fresh_since
            return success(
                provider, uow, attempt.to, request, answer.context, contexts, since, attempt.occasion
            )


def _contexts(attempt: _Attempt, living: LivingSession | None) -> Contexts:
    """Return the classes that may be said; levels depend on who is signed in, if anybody is yet."""
    levels = attempt.provider.about.levels
    if not levels:
        return Contexts()
    if living is None:
        return Contexts(levels, frozenset(level.group for level in levels))
    return Contexts(levels, attempt.uow.accounts.facts(living.account, attempt.occasion.now).groups)


def _cannot_be_met(request: AuthnRequest, service: Service, acceptable: tuple[str, ...]) -> Refused | None:
    if request.binding not in ("", words.POST):
        return Refused.BINDING
    if request.unsupported:
        return Refused.UNSUPPORTED
    if request.name_qualifier not in ("", service.entity_id):
        return Refused.NAME_ID  # affiliations are not kept here
    if service.name_id_format(request.name_id_format) is None:
        return Refused.NAME_ID
    return None if acceptable else Refused.CONTEXT


def _subject(attempt: _Attempt) -> AccountId | None:
    """Return the one account that the request names by its pairwise identifier."""
    return Participants(connection_of(attempt.uow)).account_named(
        attempt.to.service.application.id, attempt.request.subject
    )


def _sign_in(
    attempt: _Attempt,
    answer: signin.NeedsSignIn,
    living: LivingSession | None,
    requirement: AuthenticationRequirement,
) -> Outcome:
    other_person = answer.reasons[-1].code == "other_subject"
    if other_person and (attempt.request.passive or attempt.handle):
        return _answered(attempt, Refused.SUBJECT)
    if attempt.request.passive:
        return _answered(attempt, Refused.PASSIVE)
    handle = attempt.handle or _let_wait(attempt)
    browser = attempt.visitor.browser or b""
    journey = signin.start(attempt.uow, requirement, continue_path(handle), browser, living, attempt.occasion)
    return GoTo(f"/sign-in?journey={journey}")


def _answered(attempt: _Attempt, refused: Refused) -> Outcome:
    if not _claim(attempt):
        return ShowRefusal(Refused.LOST_REQUEST)
    return refusal(attempt.provider, attempt.uow, attempt.to, refused, attempt.occasion)


def _claim(attempt: _Attempt) -> bool:
    return PendingRequests(connection_of(attempt.uow)).claim(attempt.key, attempt.occasion.now)
