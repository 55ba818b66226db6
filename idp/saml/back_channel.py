"""Single Logout over SOAP (profiles §4.4): each service that took part in a session is told that it has ended.

The outbox brings one message for each service and tries again; the outcome is kept and shown. A service without a
SOAP address is told through the browser (`logout_chain.py`), or knows already because it asked.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from idp.domain.audit import record
from idp.domain.errors import Unavailable
from idp.domain.events import LogoutDelivered
from idp.domain.handles import AccountId, ApplicationId, SessionId, new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.outbox import Delivery, Hopeless
from idp.saml import vocabulary as words
from idp.saml.bindings import envelope, read_soap
from idp.saml.documents import UnreadableDocument
from idp.saml.logout_messages import logout_request, read_logout_response, signed
from idp.saml.ports import Outgoing
from idp.saml.provider import Provider
from idp.saml.responses import NameId, Signature
from idp.saml.services import Service
from idp.saml.signatures import BadSignature, verify
from idp.saml.store.connection import connection_of
from idp.saml.store.logouts import Logouts, Outcome, Told
from idp.saml.store.participants import Participants, SamlParticipant

_OK = 200


@dataclass(frozen=True, slots=True)
class _Ended:
    """A session that has ended, and the service to be told."""

    participant: SamlParticipant
    account_id: AccountId
    service: Service
    signature: Signature


@dataclass(frozen=True, slots=True)
class BackChannelLogout:
    """The handler of the outbox's topic `session.ended.saml`."""

    provider: Provider
    outgoing: Outgoing

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Tell one service; raises Unavailable to be tried again."""
        ended = self._ended(delivery)
        if ended is None or ended.participant.left_at is not None:
            return None
        endpoint = ended.service.metadata.logout(words.SOAP_BINDING)
        if endpoint is None:
            by_browser = ended.service.metadata.logout(words.REDIRECT, words.POST) is not None
            outcome = Outcome.BY_BROWSER if by_browser else Outcome.NOT_WANTED
            self._keep(delivery, ended, outcome, "the service has no SOAP address", now)
            return None
        message = logout_request(
            self.provider.entity_id,
            endpoint.location,
            name_of(self.provider, ended.service, ended.participant),
            ended.participant.session_index,
            now,
        )
        body = envelope(signed(message, ended.signature).decode("utf-8"))
        try:
            reply = self.outgoing.exchange(endpoint.location, body, "text/xml; charset=utf-8")
            detail = wrong_with(reply.status, reply.body, ended.service, message.id)
        except Unavailable as error:
            self._keep(delivery, ended, Outcome.FAILED, str(error), now)
            raise
        if detail:
            self._keep(delivery, ended, Outcome.FAILED, detail, now)
            raise Unavailable(f"{ended.service.application.name}: {detail}")
        self._keep(delivery, ended, Outcome.DELIVERED, "answered by SOAP", now)
        return None

    def _ended(self, delivery: Delivery) -> _Ended | None:
        session_id = SessionId(delivery.payload["session"])
        application_id = ApplicationId(delivery.payload["application"])
        with self.provider.database.read() as uow:
            session = uow.sessions.get(session_id)
            service = self.provider.services.of_application(uow, application_id)
            held = Participants(connection_of(uow)).of_session(session_id)
            participant = next((one for one in held if one.application_id == application_id), None)
            if session is None or service is None or participant is None:
                return None
            signature = self.provider.signature_for(uow, service)
        return _Ended(participant, session.account_id, service, signature)

    def _keep(self, delivery: Delivery, ended: _Ended, outcome: Outcome, detail: str, now: datetime) -> None:
        """Store and record how it went, in a transaction that waited for nobody."""
        participant = ended.participant
        told = Told(
            participant.session_id, participant.application_id, outcome, detail, delivery.attempt, now
        )
        occasion = Occasion(now, new_id(), Actor(ActorKind.JOB, delivery.topic))
        event = LogoutDelivered(
            subject=ended.account_id,
            object=ended.service.application.name,
            reason=detail[:200],
            outcome=outcome.value,
        )
        with self.provider.database.write() as uow:
            Logouts(connection_of(uow)).keep(told)
            record(uow.audit, event, occasion)


def name_of(provider: Provider, service: Service, participant: SamlParticipant) -> NameId:
    """Return the name under which a service knows the session, as the assertion had it."""
    name_id = NameId(participant.name_id, participant.name_id_format)
    if participant.name_id_format in (words.PERSISTENT, words.TRANSIENT):
        return replace(name_id, issuer=provider.entity_id, qualifier=service.entity_id)
    return name_id


def wrong_with(status: int, body: bytes, service: Service, request_id: str) -> str:
    """Return what is wrong with a SOAP answer, "" if the service says that it has signed the person out."""
    if status != _OK:
        return f"answered {status}"
    try:
        _, message = read_soap(body)
        response = read_logout_response(verify(message, service.metadata.verifying))
    except UnreadableDocument as error:
        return f"answered what we do not read: {error.code}"
    except BadSignature as error:
        return f"answered with a signature that does not count: {error.code}"
    if response.in_response_to != request_id:
        return "answered another request"
    return "" if response.succeeded else "could not sign the person out"
