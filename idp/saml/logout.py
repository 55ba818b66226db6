"""Single Logout as services ask for it and answer it (profiles §4.4): signed and fresh, or it does nothing (M13).

A request ends the whole session: everything that takes part is told, whatever protocol it speaks.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from idp.domain.handles import SessionId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason
from idp.domain.sign_out import end_session
from idp.saml import vocabulary as words
from idp.saml.bindings import REQUEST, Incoming
from idp.saml.documents import Element, UnreadableDocument
from idp.saml.errors import SUCCESS, Refused, Status
from idp.saml.logout_chain import Finished, Step, begin_chain, next_step, respond, waiting_for_browser
from idp.saml.logout_messages import (
    LogoutRequest,
    logout_response,
    read_logout_request,
    read_logout_response,
    signed,
)
from idp.saml.outcomes import ShowRefusal
from idp.saml.provider import Provider
from idp.saml.receiving import NotTaken, Received, parsed, receive
from idp.saml.services import Service
from idp.saml.store.connection import connection_of
from idp.saml.store.participants import Participants
from idp.saml.store.requests import take_message

_REMEMBERED = timedelta(hours=1)
_REQUEST_TAG, _RESPONSE_TAG = f"{{{words.SAMLP}}}LogoutRequest", f"{{{words.SAMLP}}}LogoutResponse"
NOBODY = Status(words.REQUESTER, words.UNKNOWN_PRINCIPAL, "Nobody is signed in under this name.")


@dataclass(frozen=True, slots=True)
class Ended:
    """What a logout message led to in the browser, and whether this browser's cookie has no more use."""

    step: Step
    session_ended: bool


def take_logout(provider: Provider, incoming: Incoming, occasion: Occasion) -> Ended | ShowRefusal:
    """Take a logout request or response that came through the browser."""
    root = parsed(incoming)
    if isinstance(root, NotTaken):
        return ShowRefusal(root.refused, root.detail)
    with provider.database.write(brief=True) as uow:
        if incoming.parameter == REQUEST:
            return _requested(provider, uow, incoming, root, occasion)
        return _answered(provider, uow, incoming, root, occasion)


def take_soap(
    provider: Provider, incoming: Incoming, message: Element, occasion: Occasion
) -> bytes | ShowRefusal:
    """Take a logout request over SOAP; return the signed response."""
    with provider.database.write(brief=True) as uow:
        got = _received(provider, uow, incoming, message, _REQUEST_TAG, occasion)
        if isinstance(got, ShowRefusal):
            return got
        request = _fresh_request(provider, uow, got, occasion)
        if isinstance(request, ShowRefusal):
            return request
        ended = _end_sessions(uow, got.service, request, occasion)
        answer = logout_response(
            provider.entity_id, "", request.id, SUCCESS if ended else NOBODY, occasion.now
        )
        return signed(answer, provider.signature_for(uow, got.service))


def _requested(
    provider: Provider, uow: UnitOfWork, incoming: Incoming, root: Element, occasion: Occasion
) -> Ended | ShowRefusal:
    got = _received(provider, uow, incoming, root, _REQUEST_TAG, occasion)
    if isinstance(got, ShowRefusal):
        return got
    request = _fresh_request(provider, uow, got, occasion)
    if isinstance(request, ShowRefusal):
        return request
    ended = _end_sessions(uow, got.service, request, occasion)
    requester = {
        "application": str(got.service.application.id),
        "request": request.id,
        "relay_state": incoming.relay_state,
        "binding": incoming.binding,
    }
    pending = [
        application for session in ended for application in waiting_for_browser(provider, uow, session)
    ]
    if pending:
        handle = begin_chain(uow, ended[0], list(dict.fromkeys(pending)), occasion, requester)
        step = next_step(provider, uow, handle, occasion)
    else:
        status = SUCCESS if ended else NOBODY
        step = respond(provider, uow, got.service, requester, status, occasion)
    return Ended(step or Finished((), session=ended[0] if ended else ""), session_ended=bool(ended))


def _answered(
    provider: Provider, uow: UnitOfWork, incoming: Incoming, root: Element, occasion: Occasion
) -> Ended | ShowRefusal:
    got = _received(provider, uow, incoming, root, _RESPONSE_TAG, occasion)
    if isinstance(got, ShowRefusal):
        return got
    name = got.service.application.name
    try:
        response = read_logout_response(got.document)
    except UnreadableDocument as error:
        return ShowRefusal(Refused.UNREADABLE, error.code, name)
    answer = (str(got.service.application.id), response.in_response_to, response.succeeded)
    step = next_step(provider, uow, incoming.relay_state, occasion, answer)
    if step is None:
        return ShowRefusal(Refused.LOST_REQUEST, "", name)
    return Ended(step, session_ended=True)


def _received(
    provider: Provider, uow: UnitOfWork, incoming: Incoming, root: Element, tag: str, occasion: Occasion
) -> Received | ShowRefusal:
    got = receive(provider, uow, incoming, root, tag, provider.logout_url, occasion.now, must_be_signed=True)
    return ShowRefusal(got.refused, got.detail, got.service) if isinstance(got, NotTaken) else got


def _fresh_request(
    provider: Provider, uow: UnitOfWork, got: Received, occasion: Occasion
) -> LogoutRequest | ShowRefusal:
    """Return the request if it is whole, not expired, and was never taken before on any node (M7, M13)."""
    del provider
    name, now = got.service.application.name, occasion.now
    try:
        request = read_logout_request(got.document)
    except UnreadableDocument as error:
        return ShowRefusal(Refused.UNREADABLE, error.code, name)
    if request.expires_at is not None and request.expires_at <= now:
        return ShowRefusal(Refused.TOO_OLD, "", name)
    key = sha256(f"logout\0{got.service.entity_id}\0{request.id}".encode()).digest()
    if not take_message(connection_of(uow), key, now + _REMEMBERED):
        return ShowRefusal(Refused.REPLAYED, "", name)
    return request


def _end_sessions(
    uow: UnitOfWork, service: Service, request: LogoutRequest, occasion: Occasion
) -> list[SessionId]:
    """End the sessions that the service means; it knows already, everything else is told."""
    participants = Participants(connection_of(uow))
    ended = []
    for one in participants.named(service.application.id, request.name_id):
        if request.indexes and one.session_index not in request.indexes:
            continue
        session = uow.sessions.get(one.session_id)
        if session is None:
            continue
        participants.leave(one.session_id, service.application.id, occasion.now)
        if end_session(uow, one.session_id, session.account_id, EndReason.SIGNED_OUT, occasion):
            ended.append(one.session_id)
    return ended
