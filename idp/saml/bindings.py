"""How messages travel (SAML bindings): HTTP-Redirect with its signed query, HTTP-POST, SOAP. Decoding is bounded.

The Redirect binding's signature covers the query as it was sent, so the raw query is read here, part by part,
and odd spellings of it are refused instead of understood (statement M12, F70).
"""

import re
import zlib
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes

from lxml import etree

from idp.saml.documents import MESSAGE_LIMIT, Element, UnreadableDocument, parse_message
from idp.saml.vocabulary import POST, REDIRECT, SOAP, SOAP_BINDING

REQUEST, RESPONSE = "SAMLRequest", "SAMLResponse"
_LONGEST_RELAY_STATE = 80
_LONGEST_QUERY = 32 * 1024
_NAMES = (REQUEST, RESPONSE, "RelayState", "SigAlg", "Signature")
# What ordinary clients send beside it, and what means nothing here.
_VALUE = re.compile(r"[A-Za-z0-9\-._~%+!$'()*,;:@/?]*")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as it arrived.

    Attributes:
        parameter: SAMLRequest or SAMLResponse; "" for SOAP.
        relay_state: what is echoed and never followed (statement M11).
        signed_octets: what a Redirect signature covers, None if there is no signature beside the message.
    """

    binding: str
    parameter: str
    document: bytes = field(repr=False)
    relay_state: str = ""
    signature_algorithm: str = ""
    signature: bytes = field(default=b"", repr=False)
    signed_octets: bytes | None = field(default=None, repr=False)

    def parsed(self) -> Element:
        """Return the message's root; raises UnreadableDocument."""
        return parse_message(self.document)


def read_redirect(query: str) -> Incoming:
    """Read a raw query; raises UnreadableDocument."""
    if len(query) > _LONGEST_QUERY:
        raise UnreadableDocument("too_large")
    raw: dict[str, str] = {}
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if not equals or name in raw or not _VALUE.fullmatch(value):
            raise UnreadableDocument("query")
        if name not in _NAMES and (name.lower() in _LOWER_NAMES or "%" in name or "[" in name):
            raise UnreadableDocument("query")
        raw[name] = value
    parameter = _the_parameter(raw)
    document = _inflated(_decoded(_value(raw[parameter])))
    relay_state = checked_relay_state(_value(raw.get("RelayState", "")))
    if ("SigAlg" in raw) != ("Signature" in raw):
        raise UnreadableDocument("half_signed")
    if "Signature" not in raw:
        return Incoming(REDIRECT, parameter, document, relay_state)
    covered = [name for name in (parameter, "RelayState", "SigAlg") if name in raw]
    return Incoming(
        REDIRECT,
        parameter,
        document,
        relay_state,
        signature_algorithm=_value(raw["SigAlg"]),
        signature=_decoded(_value(raw["Signature"])),
        signed_octets="&".join(f"{name}={raw[name]}" for name in covered).encode("ascii"),
    )


def read_post(fields: Mapping[str, str]) -> Incoming:
    """Read a form; raises UnreadableDocument."""
    parameter = _the_parameter(fields)
    if len(fields[parameter]) > MESSAGE_LIMIT * 4 // 3 + 4096:
        raise UnreadableDocument("too_large")
    document = _decoded("".join(fields[parameter].split()))
    return Incoming(POST, parameter, document, checked_relay_state(fields.get("RelayState", "")))


def read_soap(body: bytes) -> tuple[Incoming, Element]:
    """Read a SOAP envelope with one message in its body; raises UnreadableDocument."""
    envelope = parse_message(body)
    children = [child for child in envelope if child.tag == f"{{{SOAP}}}Body"]
    if envelope.tag != f"{{{SOAP}}}Envelope" or len(children) != 1 or len(children[0]) != 1:
        raise UnreadableDocument("envelope")
    # A document of its own, with the namespaces that are in scope: a signature is looked up from its root.
    message = etree.tostring(children[0][0], with_tail=False)
    return Incoming(SOAP_BINDING, "", body), parse_message(message)


def checked_relay_state(text: str) -> str:
    """Return the RelayState; raises UnreadableDocument if it is longer than 80 bytes (bindings §3.4.3)."""
    if len(text.encode("utf-8", "surrogatepass")) > _LONGEST_RELAY_STATE or not text.isprintable():
        raise UnreadableDocument("relay_state")
    return text


def redirect_query(parameter: str, document: str, relay_state: str, algorithm: str) -> str:
    """Return the part of a Redirect query that its signature covers."""
    packer = zlib.compressobj(wbits=-15)
    packed = b64encode(packer.compress(document.encode("utf-8")) + packer.flush()).decode("ascii")
    parts = [(parameter, packed)]
    if relay_state:
        parts.append(("RelayState", relay_state))
    parts.append(("SigAlg", algorithm))
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in parts)


def envelope(message: str) -> bytes:
    """Return a message in a SOAP envelope."""
    return (f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{message}</soap:Body></soap:Envelope>').encode()


def _the_parameter(values: Mapping[str, str]) -> str:
    found = [name for name in (REQUEST, RESPONSE) if name in values]
    if len(found) != 1:
        raise UnreadableDocument("no_message")
    return found[0]


def _value(raw: str) -> str:
    try:
        return unquote_to_bytes(raw.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableDocument("query") from error


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise UnreadableDocument("base64") from error


def _inflated(packed: bytes) -> bytes:
    """Return the plaintext; a bomb is given up at the limit (statement M4)."""
    unpacker = zlib.decompressobj(wbits=-15)
    try:
        document = unpacker.decompress(packed, MESSAGE_LIMIT + 1)
    except zlib.error as error:
        raise UnreadableDocument("deflate") from error
    if len(document) > MESSAGE_LIMIT:
        raise UnreadableDocument("too_large")
    if not unpacker.eof or unpacker.unused_data:
        raise UnreadableDocument("deflate")
    return document


_LOWER_NAMES = frozenset(name.lower() for name in _NAMES)
