"""A sign-out that goes through the browser: from service to service, and at the end to a page or to who asked.

For services without a SOAP address. The state is a row; each answer is matched with the one request that waits, and
one that never comes is given up by the person's own press of a button.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from idp.domain.handles import SessionId, digest, new_handle
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.saml import vocabulary as words
from idp.saml.back_channel import name_of
from idp.saml.bindings import REQUEST, RESPONSE
from idp.saml.errors import SUCCESS, Status
from idp.saml.logout_messages import Unsigned, logout_request, logout_response, redirect, signed
from idp.saml.metadata.service import Endpoint
from idp.saml.outcomes import GoTo, Post
from idp.saml.provider import Provider
from idp.saml.services import Service
from idp.saml.store.connection import connection_of
from idp.saml.store.logouts import Logouts, Outcome, Told
from idp.saml.store.participants import Participants

CHAIN_LIFETIME = timedelta(minutes=10)
_BY_BROWSER = (words.REDIRECT, words.POST)
PARTIAL = Status(words.SUCCESS, words.PARTIAL_LOGOUT, "Some services could not be signed out of.")


@dataclass(frozen=True, slots=True)
class Finished:
    """The end: which services could not be reached, by application id, and where to go if not to our page.

    `session` is the session that ended, "" if none did.
    """

    missed: tuple[str, ...]
    then: str = ""
    session: str = ""


Step = GoTo | Post | Finished


def waiting_for_browser(provider: Provider, uow: UnitOfWork, session_id: SessionId) -> list[str]:
    """Return the applications of a session that can only be told through the browser."""
    found = []
    for one in Participants(connection_of(uow)).of_session(session_id):
        service = provider.services.of_application(uow, one.application_id)
        if one.left_at is not None or service is None:
            continue
        if service.metadata.logout(words.SOAP_BINDING) is None and service.metadata.logout(*_BY_BROWSER):
            found.append(str(one.application_id))
    return found


def begin_chain(
    uow: UnitOfWork,
    session_id: SessionId,
    pending: list[str],
    occasion: Occasion,
    requester: dict[str, str] | None = None,
    then: str = "",
) -> str:
    """Store a chain and return its handle."""
    handle = new_handle()
    state = {
        "session": session_id,
        "pending": pending,
        "waiting": None,
        "missed": [],
        "requester": requester,
        "then": then,
    }
    Logouts(connection_of(uow)).begin(digest(handle), state, occasion.now + CHAIN_LIFETIME)
    return handle


def next_step(
    provider: Provider,
    uow: UnitOfWork,
    handle: str,
    occasion: Occasion,
    answered: tuple[str, str, bool] | None = None,
) -> Step | None:
    """Go on with a chain; None if there is none.

    `answered` is the application, the request and whether it succeeded, out of a verified response; without it the
    service that is waited for counts as not reached.
    """
    logouts = Logouts(connection_of(uow))
    found = logouts.get(digest(handle), occasion.now)
    if found is None:
        return None
    state, version = found
    waiting = state["waiting"]
    if waiting is not None:
        reached = answered is not None and answered[:2] == (waiting["application"], waiting["request"])
        if answered is not None and not reached:
            return None  # an answer to something that nobody asked
        _settle(logouts, state, succeeded=answered is not None and answered[2], occasion=occasion)
    elif answered is not None:
        return None
    step = _ask_next(provider, uow, handle, state, occasion)
    return step if logouts.save(digest(handle), state, version) else None


def _settle(logouts: Logouts, state: dict[str, Any], *, succeeded: bool, occasion: Occasion) -> None:
    application = state["waiting"]["application"]
    outcome = Outcome.DELIVERED if succeeded else Outcome.MISSED
    detail = "through the browser" if succeeded else "did not come back through the browser"
    logouts.keep(Told(state["session"], application, outcome, detail, 1, occasion.now))
    if not succeeded:
        state["missed"].append(application)
    state["waiting"] = None


def _ask_next(
    provider: Provider, uow: UnitOfWork, handle: str, state: dict[str, Any], occasion: Occasion
) -> Step:
    held = {
        one.application_id: one
        for one in Participants(connection_of(uow)).of_session(SessionId(state["session"]))
    }
    while state["pending"]:
        application = state["pending"].pop(0)
        service = provider.services.of_application(uow, application)
        endpoint = service.metadata.logout(*_BY_BROWSER) if service else None
        participant = held.get(application)
        if service is None or endpoint is None or participant is None:
            continue
        message = logout_request(
            provider.entity_id,
            endpoint.location,
            name_of(provider, service, participant),
            participant.session_index,
            occasion.now,
        )
        state["waiting"] = {"application": application, "request": message.id}
        return sent(provider, uow, service, endpoint, endpoint.location, message, REQUEST, handle)
    return _end(provider, uow, state, occasion)


def _end(provider: Provider, uow: UnitOfWork, state: dict[str, Any], occasion: Occasion) -> Step:
    missed = tuple(state["missed"])
    requester = state["requester"]
    end = Finished(missed, state["then"], state["session"])
    service = provider.services.of_application(uow, requester["application"]) if requester else None
    if service is None:
        return end
    return respond(provider, uow, service, requester, PARTIAL if missed else SUCCESS, occasion) or end


def respond(
    provider: Provider,
    uow: UnitOfWork,
    service: Service,
    requester: dict[str, str],
    status: Status,
    occasion: Occasion,
) -> GoTo | Post | None:
    """Return the response to the service that asked, None if its metadata has no address for it."""
    bindings = (requester["binding"], *_BY_BROWSER)
    endpoint = service.metadata.logout(*bindings)
    if endpoint is None or endpoint.binding not in _BY_BROWSER:
        return None
    message = logout_response(
        provider.entity_id, endpoint.answer_to, requester["request"], status, occasion.now
    )
    relay_state = requester["relay_state"]
    return sent(provider, uow, service, endpoint, endpoint.answer_to, message, RESPONSE, relay_state)


def sent(
    provider: Provider,
    uow: UnitOfWork,
    service: Service,
    endpoint: Endpoint,
    location: str,
    message: Unsigned,
    parameter: str,
    relay_state: str,
) -> GoTo | Post:
    """Return how a message travels through the browser."""
    signature = provider.signature_for(uow, service)
    if endpoint.binding == words.POST:
        return Post(service, location, parameter, signed(message, signature), relay_state)
    return GoTo(redirect(message, signature, location, parameter, relay_state))
