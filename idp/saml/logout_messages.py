"""LogoutRequest and LogoutResponse (core §3.7): read as frozen values, written and signed. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from saml2 import samlp

from idp.domain.handles import new_id
from idp.saml import instants
from idp.saml import vocabulary as words
from idp.saml.bindings import redirect_query
from idp.saml.documents import UnreadableDocument, parse_own
from idp.saml.errors import Status
from idp.saml.instants import written
from idp.saml.requests import identifier, text_of
from idp.saml.responses import NameId, Signature, name_id_element, serialised, status_element
from idp.saml.signatures import sign, sign_bytes, template

_VALID_FOR = timedelta(minutes=3)
_HEAD = f'xmlns:samlp="{words.SAMLP}" xmlns:saml="{words.SAML}" Version="2.0"'


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A service wants the sessions ended that it knows under a name; none of `indexes` is all of them."""

    id: str
    name_id: str
    indexes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogoutResponse:
    """What a service answered."""

    id: str
    in_response_to: str
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A message of ours before it is signed, by whichever binding it travels."""

    id: str
    head: str
    issuer: str
    body: str
    tag: str


def read_logout_request(document: bytes) -> LogoutRequest:
    """Return the request; raises UnreadableDocument."""
    found = samlp.logout_request_from_string(document)
    if found is None or found.name_id is None:
        raise UnreadableDocument("not_a_request")
    return LogoutRequest(
        id=identifier(found.id),
        name_id=text_of(found.name_id),
        indexes=tuple(text_of(one) for one in found.session_index),
        expires_at=instants.read(found.not_on_or_after) if found.not_on_or_after else None,
    )


def read_logout_response(document: bytes) -> LogoutResponse:
    """Return the response; raises UnreadableDocument."""
    found = samlp.logout_response_from_string(document)
    if found is None or found.status is None or found.status.status_code is None:
        raise UnreadableDocument("not_a_response")
    code = found.status.status_code
    partial = code.status_code is not None and code.status_code.value == words.PARTIAL_LOGOUT
    return LogoutResponse(
        id=identifier(found.id),
        in_response_to=found.in_response_to or "",
        succeeded=code.value == words.SUCCESS and not partial,
    )


def logout_request(
    issuer: str, destination: str, name_id: NameId, session_index: str, now: datetime
) -> Unsigned:
    """Return a request that ends one session at a service."""
    return Unsigned(
        id=f"_{new_id()}",
        head=(
            f'IssueInstant="{written(now)}" Destination={quoteattr(destination)}'
            f' NotOnOrAfter="{written(now + _VALID_FOR)}" Reason="{words.USER_REASON}"'
        ),
        issuer=issuer,
        body=f"{name_id_element(name_id)}<samlp:SessionIndex>{escape(session_index)}</samlp:SessionIndex>",
        tag="LogoutRequest",
    )


def logout_response(
    issuer: str, destination: str, in_response_to: str, status: Status, now: datetime
) -> Unsigned:
    """Return the answer to a service's request."""
    to = f" Destination={quoteattr(destination)}" if destination else ""
    return Unsigned(
        id=f"_{new_id()}",
        head=f'IssueInstant="{written(now)}"{to} InResponseTo={quoteattr(in_response_to)}',
        issuer=issuer,
        body=status_element(status),
        tag="LogoutResponse",
    )


def signed(message: Unsigned, signature: Signature) -> bytes:
    """Return the message with an enveloped signature, for HTTP-POST and SOAP."""
    inside = template(message.id, signature.algorithm, signature.certificate)
    root = parse_own(_text(message, inside).encode("utf-8"))
    sign(root, signature.key)
    return serialised(root)


def redirect(message: Unsigned, signature: Signature, location: str, parameter: str, relay_state: str) -> str:
    """Return the address that carries the message by HTTP-Redirect, signed beside it (bindings §3.4.4.1)."""
    query = redirect_query(parameter, _text(message, ""), relay_state, signature.algorithm)
    value = sign_bytes(query.encode("ascii"), signature.key, signature.algorithm)
    joint = "&" if "?" in location else "?"
    return f"{location}{joint}{query}&Signature={quote(value, safe='')}"


def _text(message: Unsigned, signature: str) -> str:
    return (
        f'<samlp:{message.tag} {_HEAD} ID="{message.id}" {message.head}>'
        f"<saml:Issuer>{escape(message.issuer)}</saml:Issuer>{signature}{message.body}</samlp:{message.tag}>"
    )
