"""Who sent a message, and whether it counts: signature, destination, age, version (statements M1, M5, M7, M8).

One path for every message that we take. It answers with the bytes that count: those that a signature covers, or the
whole of an unsigned message where the service may send one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.domain.ports import UnitOfWork
from idp.saml import instants
from idp.saml.bindings import Incoming
from idp.saml.documents import Element, UnreadableDocument
from idp.saml.errors import Refused
from idp.saml.provider import Provider
from idp.saml.services import Service
from idp.saml.signatures import BadSignature, canonical, is_signed, verify, verify_bytes
from idp.saml.vocabulary import ENTITY, REDIRECT, SAML, SOAP_BINDING

#: How far a partner's clock may be from ours.
ISSUED_WITHIN = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Received:
    """A message that counts: read `document` and nothing else."""

    service: Service
    document: bytes
    signed: bool


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A message that does not count, why, and the detail for the audit log."""

    refused: Refused
    detail: str = ""
    service: str = ""


def receive(
    provider: Provider,
    uow: UnitOfWork,
    incoming: Incoming,
    root: Element,
    tag: str,
    url: str,
    now: datetime,
    *,
    must_be_signed: bool = False,
) -> Received | NotTaken:
    """Judge a message that claims to be a `tag` sent to `url`."""
    if root.tag != tag:
        return NotTaken(Refused.UNREADABLE, "another message")
    service = provider.services.find(uow, _issuer(root))
    if service is None:
        return NotTaken(Refused.UNKNOWN_SERVICE, _issuer(root)[:100])
    name, addressed = service.application.name, bool(root.get("Destination"))
    wrong = Refused.METADATA_EXPIRED if service.expired(now) else _wrong_with_head(root, url, now)
    if wrong is not None:
        return NotTaken(wrong, "", name)
    try:
        signed, document = _covered(incoming, root, service)
    except BadSignature as error:
        return NotTaken(Refused.SIGNATURE, error.code, name)
    if not signed and (must_be_signed or service.wants_signed_requests):
        wrong = Refused.NOT_SIGNED
    if signed and not addressed and incoming.binding != SOAP_BINDING:
        wrong = Refused.DESTINATION
    return NotTaken(wrong, "", name) if wrong is not None else Received(service, document, signed)


def _covered(incoming: Incoming, root: Element, service: Service) -> tuple[bool, bytes]:
    """Return whether the message is signed, and the bytes to read; raises BadSignature."""
    keys = service.metadata.verifying
    if incoming.binding == REDIRECT:
        if is_signed(root):
            raise BadSignature("signature_misplaced")  # bindings §3.4.4.1: it stands beside the message there
        if incoming.signed_octets is None:
            return False, canonical(root)
        verify_bytes(incoming.signed_octets, incoming.signature, incoming.signature_algorithm, keys)
        return True, canonical(root)
    if is_signed(root):
        return True, verify(root, keys)
    return False, canonical(root)


def _issuer(root: Element) -> str:
    found = root.findall(f"{{{SAML}}}Issuer")
    if len(found) != 1 or len(found[0]) or found[0].get("Format", ENTITY) != ENTITY:
        return ""
    return (found[0].text or "").strip()


def _wrong_with_head(root: Element, url: str, now: datetime) -> Refused | None:
    if root.get("Version") != "2.0":
        return Refused.VERSION
    # Where it is given it must be ours; a signed message must give it (bindings §3.5.5.2), and others may as well.
    if root.get("Destination", url) != url:
        return Refused.DESTINATION
    issued_at = instants.read(root.get("IssueInstant") or "")
    if issued_at is None or abs(now - issued_at) > ISSUED_WITHIN:
        return Refused.TOO_OLD
    return None


def parsed(incoming: Incoming) -> Element | NotTaken:
    """Return the message's root, or why it is not read."""
    try:
        return incoming.parsed()
    except UnreadableDocument as error:
        return NotTaken(Refused.UNREADABLE, error.code)
