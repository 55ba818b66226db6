"""An AuthnRequest as a frozen value: it exists only if it was read whole from the bytes that count."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from saml2 import samlp

from idp.saml import instants
from idp.saml.contexts import Comparison, RequestedContext
from idp.saml.documents import UnreadableDocument
from idp.saml.extensions import principal_of, sign_message_of
from idp.saml.sign_message import SignMessage

_LONGEST_ID = 256
_MOST_CONTEXTS = 32
_MOST_ENTITIES = 200


@dataclass(frozen=True, slots=True)
class AuthnRequest:
    """What a service asks for (core §3.4.1).

    Attributes:
        subject: the NameID that the request names, if any.
        providers: who may identify the person (`Scoping/IDPList`); none is anybody.
        requesters: on whose behalf the service asks (`Scoping/RequesterID`).
        principal: attributes by which the service knows the person: name and value.
        message: what the person is to sign.
    """

    id: str
    issuer: str
    issued_at: datetime
    destination: str = ""
    consumer_url: str = ""
    consumer_index: int | None = None
    binding: str = ""
    force: bool = False
    passive: bool = False
    name_id_format: str = ""
    name_qualifier: str = ""
    context: RequestedContext = field(default_factory=RequestedContext)
    subject: str = ""
    unsupported: bool = False
    providers: tuple[str, ...] = ()
    requesters: tuple[str, ...] = ()
    principal: tuple[tuple[str, str], ...] = ()
    message: SignMessage | None = None


def read_authn_request(document: bytes) -> AuthnRequest:
    """Return the request in `document`; raises UnreadableDocument. The document was parsed strictly before."""
    found = samlp.authn_request_from_string(document)
    if found is None or found.issuer is None:
        raise UnreadableDocument("not_a_request")
    policy, subject = found.name_id_policy, found.subject
    name_id = subject.name_id if subject is not None else None
    providers, requesters = _scoping(found.scoping)
    return AuthnRequest(
        id=identifier(found.id),
        issuer=text_of(found.issuer),
        issued_at=moment(found.issue_instant),
        destination=found.destination or "",
        consumer_url=found.assertion_consumer_service_url or "",
        consumer_index=index(found.assertion_consumer_service_index),
        binding=found.protocol_binding or "",
        force=flag(found.force_authn),
        passive=flag(found.is_passive),
        name_id_format=(policy.format or "") if policy else "",
        name_qualifier=(policy.sp_name_qualifier or "") if policy else "",
        context=_context(found.requested_authn_context),
        subject=text_of(name_id) if name_id is not None else "",
        unsupported=bool(subject is not None and (subject.encrypted_id or subject.base_id)),
        providers=providers,
        requesters=requesters,
        principal=principal_of(found.extensions),
        message=sign_message_of(found.extensions),
    )


def _scoping(found: samlp.Scoping | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who may identify the person and on whose behalf it is asked (core §3.4.1.2); we ask nobody further."""
    if found is None:
        return (), ()
    entries = found.idp_list.idp_entry if found.idp_list is not None else ()
    if len(entries) + len(found.requester_id) > _MOST_ENTITIES:
        raise UnreadableDocument("scoping")
    requesters = tuple(text_of(one)[:1024] for one in found.requester_id)
    return tuple(one.provider_id or "" for one in entries), requesters


def _context(found: samlp.RequestedAuthnContext | None) -> RequestedContext:
    if found is None:
        return RequestedContext()
    if found.authn_context_decl_ref:
        raise UnreadableDocument("declarations")
    classes = tuple(text_of(one) for one in found.authn_context_class_ref)
    if not classes or len(classes) > _MOST_CONTEXTS:
        raise UnreadableDocument("contexts")
    try:
        return RequestedContext(classes, Comparison(found.comparison or "exact"))
    except ValueError as error:
        raise UnreadableDocument("comparison") from error


def text_of(element: object) -> str:
    """Return an element's text without the space around it."""
    text = getattr(element, "text", None)
    return text.strip() if isinstance(text, str) else ""


def identifier(value: str | None) -> str:
    """Return a message's ID; raises UnreadableDocument if it has none or an endless one."""
    if not value or len(value) > _LONGEST_ID or value.split() != [value]:
        raise UnreadableDocument("id")
    return value


def moment(value: str | None) -> datetime:
    """Return a message's instant; raises UnreadableDocument."""
    found = instants.read(value or "")
    if found is None:
        raise UnreadableDocument("issue_instant")
    return found


def flag(value: str | None) -> bool:
    """Return an xs:boolean; raises UnreadableDocument for what is none."""
    return _one_of(value, {"true": True, "1": True, "false": False, "0": False, None: False})


def index(value: str | None) -> int | None:
    """Return an endpoint's index; raises UnreadableDocument."""
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and int(value) < 1 << 16):
        raise UnreadableDocument("index")
    return int(value)


def _one_of(value: str | None, known: dict[str | None, bool]) -> bool:
    try:
        return known[value.strip() if value is not None else None]
    except KeyError as error:
        raise UnreadableDocument("boolean") from error


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Return values in their order, each once."""
    return tuple(dict.fromkeys(values))
