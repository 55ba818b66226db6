"""A Response put together and signed (core §3.3.3, profiles §4.1.4): pure text and one call to the signer.

Written out instead of built from pysaml2's objects, which takes longer than signing; tests compare it with what
pysaml2 makes of the same facts. Everything that comes from outside is escaped at the one place where text goes in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

import xmlsec
from lxml import etree

from idp.saml.attributes import FRIENDLY
from idp.saml.documents import Element, parse_own
from idp.saml.encryption import encrypt_assertion
from idp.saml.errors import SUCCESS, Status
from idp.saml.instants import written
from idp.saml.people import Values
from idp.saml.signatures import sign, template
from idp.saml.vocabulary import BEARER, SAML, SAMLP, URI_NAME

#: How long an assertion may be used, and how far a partner's clock may be behind ours.
VALID_FOR = timedelta(minutes=5)
SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs and how."""

    key: xmlsec.Key
    certificate: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class Encryption:
    """To whom an assertion is encrypted and how."""

    key: xmlsec.Key
    algorithm: str


@dataclass(frozen=True, slots=True)
class NameId:
    """A name identifier; `qualifier` is the service that a pairwise one is made for."""

    value: str
    format: str
    issuer: str = ""
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What is asserted: who, proved when and how, until when, and the attributes."""

    id: str
    name_id: NameId
    context: str
    authenticated_at: datetime
    session_index: str
    session_ends: datetime
    attributes: Mapping[str, Values]
    address: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One message to one service's one address."""

    id: str
    issuer: str
    destination: str
    audience: str
    in_response_to: str
    issued_at: datetime
    status: Status = SUCCESS
    assertion: Assertion | None = None


def write_response(
    response: Response,
    signature: Signature,
    *,
    sign_assertion: bool = False,
    encryption: Encryption | None = None,
) -> bytes:
    """Return the signed message; the assertion in it is signed and encrypted first if that is asked for (M9)."""
    root = parse_own(_response(response, signature, sign_assertion=sign_assertion).encode("utf-8"))
    assertion = root.find(f"{{{SAML}}}Assertion")
    if assertion is not None and sign_assertion:
        sign(assertion, signature.key)
    if assertion is not None and encryption is not None:
        encrypt_assertion(root, assertion, encryption.key, encryption.algorithm)
    sign(root, signature.key)
    return serialised(root)


def serialised(root: Element) -> bytes:
    """Return a signed document as it is sent."""
    document: bytes = etree.tostring(root, encoding="UTF-8")
    return document


def _response(response: Response, signature: Signature, *, sign_assertion: bool) -> str:
    answering = f" InResponseTo={quoteattr(response.in_response_to)}" if response.in_response_to else ""
    body = (
        _assertion(response, response.assertion, signature, signed=sign_assertion)
        if response.assertion is not None
        else ""
    )
    return (
        f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="{response.id}" Version="2.0"'
        f' IssueInstant="{written(response.issued_at)}" Destination={quoteattr(response.destination)}{answering}>'
        f"<saml:Issuer>{escape(response.issuer)}</saml:Issuer>"
        f"{template(response.id, signature.algorithm, signature.certificate)}"
        f"{status_element(response.status)}{body}</samlp:Response>"
    )


def status_element(status: Status) -> str:
    """Return a Status with its second-level code and message, if it has any."""
    second = f'<samlp:StatusCode Value="{status.second}"/>' if status.second else ""
    message = f"<samlp:StatusMessage>{escape(status.message)}</samlp:StatusMessage>" if status.message else ""
    return (
        f'<samlp:Status><samlp:StatusCode Value="{status.top}">{second}</samlp:StatusCode>'
        f"{message}</samlp:Status>"
    )


def _assertion(response: Response, one: Assertion, signature: Signature, *, signed: bool) -> str:
    now, until = response.issued_at, written(response.issued_at + VALID_FOR)
    answering = f" InResponseTo={quoteattr(response.in_response_to)}" if response.in_response_to else ""
    address = f" Address={quoteattr(one.address)}" if one.address else ""
    signing = template(one.id, signature.algorithm, signature.certificate) if signed else ""
    return (
        f'<saml:Assertion ID="{one.id}" Version="2.0" IssueInstant="{written(now)}">'
        f"<saml:Issuer>{escape(response.issuer)}</saml:Issuer>{signing}<saml:Subject>"
        f"{name_id_element(one.name_id)}"
        f'<saml:SubjectConfirmation Method="{BEARER}"><saml:SubjectConfirmationData'
        f' NotOnOrAfter="{until}" Recipient={quoteattr(response.destination)}{answering}{address}/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{written(now - SKEW)}" NotOnOrAfter="{until}"><saml:AudienceRestriction>'
        f"<saml:Audience>{escape(response.audience)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{written(one.authenticated_at)}"'
        f' SessionIndex="{one.session_index}" SessionNotOnOrAfter="{written(one.session_ends)}">'
        f"<saml:AuthnContext><saml:AuthnContextClassRef>{escape(one.context)}</saml:AuthnContextClassRef>"
        f"</saml:AuthnContext></saml:AuthnStatement>{_attributes(one.attributes)}</saml:Assertion>"
    )


def name_id_element(name_id: NameId) -> str:
    """Return a NameID."""
    by = f" NameQualifier={quoteattr(name_id.issuer)}" if name_id.issuer else ""
    for_ = f" SPNameQualifier={quoteattr(name_id.qualifier)}" if name_id.qualifier else ""
    return f'<saml:NameID Format="{name_id.format}"{by}{for_}>{escape(name_id.value)}</saml:NameID>'


def _attributes(attributes: Mapping[str, Values]) -> str:
    if not attributes:
        return ""
    return (
        f"<saml:AttributeStatement>{''.join(map(_attribute, attributes.items()))}</saml:AttributeStatement>"
    )


def _attribute(named: tuple[str, Values]) -> str:
    name, values = named
    inside = "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
    return (
        f'<saml:Attribute Name="{name}" NameFormat="{URI_NAME}" FriendlyName="{FRIENDLY[name]}">'
        f"{inside}</saml:Attribute>"
    )
