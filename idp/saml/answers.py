"""Answers to a service: an assertion from the frozen context, or a status. What is told is kept for the person."""

from dataclasses import dataclass, replace
from datetime import datetime

import xmlsec

from idp.domain.assurance import fresh
from idp.domain.audit import record
from idp.domain.authentication import AuthenticationContext
from idp.domain.events import AssertionIssued
from idp.domain.handles import new_id
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import Participant, Session
from idp.saml import vocabulary as words
from idp.saml.attributes import FACTS, PAIRWISE_ID, ROLES_OF_SYSTEM, SIGN_MESSAGE_DIGEST, needs_membership
from idp.saml.bindings import RESPONSE
from idp.saml.contexts import Contexts
from idp.saml.errors import STATUS, UNKNOWN, Refused
from idp.saml.outcomes import Outcome, Post
from idp.saml.people import Person, Values, attribute_values
from idp.saml.provider import Provider
from idp.saml.requests import AuthnRequest
from idp.saml.responses import Assertion, Encryption, NameId, Response, write_response
from idp.saml.services import Service
from idp.saml.store.connection import connection_of
from idp.saml.store.participants import Known, Participants
from idp.saml.store.people import person_of

#: Formats whose value is the pairwise name.
_PAIRWISE = (words.PERSISTENT, words.UNSPECIFIED)


@dataclass(frozen=True, slots=True)
class Addressed:
    """Where an answer goes: a service, an address out of its metadata, and what ties it to the request."""

    service: Service
    url: str
    request_id: str
    relay_state: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a service would be told of one person: for the response, for a preview, for the test sign-in."""

    name_id: NameId
    attributes: dict[str, Values]


@dataclass(frozen=True, slots=True)
class Telling:
    """What an answer that lets somebody in is made of; proofs older than `fresh_since` are not told."""

    session: Session
    to: Addressed
    request: AuthnRequest
    context: AuthenticationContext
    contexts: Contexts
    acceptable: tuple[str, ...]
    fresh_since: datetime | None


def success(provider: Provider, uow: UnitOfWork, telling: Telling, occasion: Occasion) -> Outcome:
    """Return the response that lets the person in; never more than was proved is said."""
    to, request, contexts, since = telling.to, telling.request, telling.contexts, telling.fresh_since
    # Where freshness was asked for, only what is fresh is told: an old code with a new password is one factor.
    proofs = fresh(telling.context.proofs, since) if since else telling.context.proofs
    context = replace(telling.context, proofs=proofs)
    said = contexts.said(proofs, telling.acceptable)
    if not said:
        return refusal(provider, uow, to, Refused.CONTEXT, occasion)
    service, now = to.service, occasion.now
    connection = connection_of(uow)
    person = person_of(connection, context.account_id, now, memberships=needs_membership(service.attributes))
    session = telling.session
    participants = Participants(connection)
    known = participants.known(context.session_id, service.application.id)
    assurance = contexts.assurance_values(context.assurance)
    wanted = request.name_id_format
    told = tell(provider, uow, service, person, assurance, wanted, now, known) if person else None
    if told is None:
        return refusal(provider, uow, to, Refused.NAME_ID, occasion)
    name = told.name_id
    if known is not None and (known.name_id, known.name_id_format) == (name.value, name.format):
        index = known.session_index
    else:
        index = participants.join(context.session_id, service.application.id, name.value, name.format, now)
        uow.sessions.join(Participant(context.session_id, service.application.id, words.PROTOCOL, now))
    assertion = Assertion(
        id=f"_{new_id()}",
        name_id=told.name_id,
        context=said,
        authenticated_at=context.authenticated_at,
        session_index=index,
        session_ends=min(
            session.expires_at,
            max(now, context.authenticated_at + service.application.policy.session_lifetime),
        ),
        attributes=told.attributes,
        address=str(occasion.address or "") if service.tells_address and _open(person) else "",
    )
    if request.message is not None:
        # It was shown and accepted, or we would not be here (deployment profile §7.3).
        digest = {SIGN_MESSAGE_DIGEST: (request.message.digest,)}
        assertion = replace(assertion, attributes={**told.attributes, **digest})
    facts = {FACTS[name] for name in told.attributes}
    uow.releases.keep(context.account_id, service.application.id, facts, now)
    record(
        uow.audit,
        AssertionIssued(
            subject=context.account_id,
            object=service.application.id,
            context=said,
            session=context.session_id,
            attributes=sorted(assertion.attributes),
            requesters=list(request.requesters),
        ),
        occasion,
    )
    return _posted(provider, uow, to, replace(_message(provider, to, now), assertion=assertion))


def tell(
    provider: Provider,
    uow: UnitOfWork,
    service: Service,
    person: Person,
    assurance: Values,
    requested_format: str,
    now: datetime,
    known: Known | None = None,
) -> Told | None:
    """Return what a service is told of a person; None if it may not have the name identifier that it requests.

    `known` is how the service knows the session already: it meets the same person under the same name again.
    """
    name_format = service.name_id_format(requested_format)
    if name_format is None or (name_format == words.EMAIL_ADDRESS and not (person.mail and _open(person))):
        return None
    names = service.attributes
    pairwise = ""
    if known is not None and known.name_id_format in _PAIRWISE:
        pairwise = known.name_id
    elif PAIRWISE_ID in names or name_format in _PAIRWISE:
        pairwise = Participants(connection_of(uow)).pairwise_name(
            service.application.id, person.account_id, now
        )
    if ROLES_OF_SYSTEM in names:
        roles = uow.entitlements.roles_of(person.account_id, service.application.id, now)
        person = replace(person, roles=roles)
    attributes = attribute_values(person, provider.about.organisation, names, pairwise, assurance)
    name = _name_id(provider, service, name_format, pairwise, person)
    if name_format == words.TRANSIENT and known is not None and known.name_id_format == words.TRANSIENT:
        # One name for one session: a service that asks again within it meets the same stranger.
        name = replace(name, value=known.name_id)
    return Told(name, attributes)


def refusal(provider: Provider, uow: UnitOfWork, to: Addressed, refused: Refused, occasion: Occasion) -> Post:
    """Return the signed response that says no, in SAML's words."""
    message = replace(_message(provider, to, occasion.now), status=STATUS.get(refused, UNKNOWN))
    return replace(_posted(provider, uow, to, message), refused=refused)


def _open(person: Person | None) -> bool:
    return person is not None and person.protection.value == "none"


def _name_id(provider: Provider, service: Service, name_format: str, pairwise: str, person: Person) -> NameId:
    if name_format == words.EMAIL_ADDRESS:
        return NameId(person.mail or "", name_format)
    if name_format == words.TRANSIENT:
        return NameId(f"_{new_id()}", name_format, provider.entity_id, service.entity_id)
    if name_format == words.UNSPECIFIED:
        return NameId(pairwise, name_format)
    return NameId(pairwise, name_format, provider.entity_id, service.entity_id)


def _message(provider: Provider, to: Addressed, now: datetime) -> Response:
    return Response(
        id=f"_{new_id()}",
        issuer=provider.entity_id,
        destination=to.url,
        audience=to.service.entity_id,
        in_response_to=to.request_id,
        issued_at=now,
    )


def _posted(provider: Provider, uow: UnitOfWork, to: Addressed, response: Response) -> Post:
    service = to.service
    target = service.encrypts_to()
    encryption = None
    if target is not None and response.assertion is not None:
        key, algorithm = target
        encryption = Encryption(encryption_key(key.certificate.base64), algorithm)
    message = write_response(
        response,
        provider.signature_for(uow, service),
        sign_assertion=service.signs_assertions,
        encryption=encryption,
    )
    return Post(service, to.url, RESPONSE, message, to.relay_state)


def encryption_key(certificate: str) -> xmlsec.Key:
    """Return the public key of a certificate in base64."""
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n".encode("ascii")
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem, None)
