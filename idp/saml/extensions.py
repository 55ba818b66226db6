"""What Sweden Connect adds to an AuthnRequest: whom the service means, and what the person is to sign. Pure.

`PrincipalSelection` (Principal Selection in SAML Authentication Requests 1.0) and `SignMessage` (DSS Extension for
Federated Signing Services §3.1.2) travel in the request's Extensions. Anything else there is none of ours.
"""

from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Iterator

from saml2 import ExtensionElement, samlp

from idp.saml.documents import UnreadableDocument
from idp.saml.sign_message import LONGEST, SignMessage
from idp.saml.vocabulary import CSIG, PSC, URI_NAME

_MOST_VALUES = 16
_LONGEST_VALUE = 320
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def principal_of(extensions: samlp.Extensions | None) -> tuple[tuple[str, str], ...]:
    """Return the attributes by which the service knows the person: name and value; raises UnreadableDocument."""
    found = [
        (one.attributes.get("Name") or "", (one.text or "").strip())
        for selection in _named(extensions, PSC, "PrincipalSelection")
        for one in selection.children
        if (one.namespace, one.tag) == (PSC, "MatchValue")
        and one.attributes.get("NameFormat", URI_NAME) == URI_NAME
    ]
    if len(found) > _MOST_VALUES or any(len(value) > _LONGEST_VALUE for _, value in found):
        raise UnreadableDocument("principal_selection")
    return tuple((name, value) for name, value in found if name and value)


def sign_message_of(extensions: samlp.Extensions | None) -> SignMessage | None:
    """Return what the person is to sign; raises UnreadableDocument for more than one, or one of no known form."""
    found = list(_named(extensions, CSIG, "SignMessage"))
    if not found:
        return None
    if len(found) > 1 or len(found[0].children) != 1:
        raise UnreadableDocument("sign_message")
    message, inside = found[0], found[0].children[0]
    must_show = _BOOLEANS.get(message.attributes.get("MustShow", "false"))
    if must_show is None or inside.namespace != CSIG:
        raise UnreadableDocument("sign_message")
    return SignMessage(
        # We publish no key to encrypt to, so that nothing that is encrypted can be for us (§3.1.2, DisplayEntity).
        octets=_decoded(inside) if inside.tag == "Message" else b"",
        kind=message.attributes.get("MimeType", "text"),
        must_show=must_show,
        shown_by=message.attributes.get("DisplayEntity", ""),
    )


def _named(extensions: samlp.Extensions | None, namespace: str, tag: str) -> Iterator[ExtensionElement]:
    for one in extensions.extension_elements if extensions is not None else ():
        if (one.namespace, one.tag) == (namespace, tag):
            yield one


def _decoded(element: ExtensionElement) -> bytes:
    text = "".join((element.text or "").split())
    try:
        octets = b64decode(text, validate=True)
        octets.decode("utf-8")
    except (BadBase64, ValueError) as error:
        raise UnreadableDocument("sign_message") from error
    if element.children or not octets or len(octets) > LONGEST:
        raise UnreadableDocument("sign_message")
    return octets
