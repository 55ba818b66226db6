"""The eight shapes of signature wrapping (XSW 1 to 8), for any signed message: requests, logouts, metadata.

Each takes a message that was signed and one that an attacker wrote, and puts both into one document in which the
signature still verifies over the first.
"""

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from idp.saml.documents import parse_own
from idp.saml.vocabulary import DS, SAMLP

_SIGNATURE = f"{{{DS}}}Signature"
_EXTENSIONS = f"{{{SAMLP}}}Extensions"
Shape = Callable[[object, object], object]


def _parts(signed: str, evil: str) -> tuple[object, object, object]:
    original, forged = parse_own(signed.encode()), parse_own(evil.encode())
    return original, forged, original.find(_SIGNATURE)


def xsw1(signed: str, evil: str) -> object:
    """The forged one outside, the signature its child, the original within the signature."""
    original, forged, signature = _parts(signed, evil)
    original.remove(signature)
    signature.append(original)
    forged.insert(1, signature)
    return forged


def xsw2(signed: str, evil: str) -> object:
    """The original beside a detached signature in the forged one."""
    original, forged, signature = _parts(signed, evil)
    original.remove(signature)
    forged.insert(1, signature)
    forged.append(original)
    return forged


def xsw3(signed: str, evil: str) -> object:
    """The forged one first, the signed one behind it, both in one root."""
    original, forged, _ = _parts(signed, evil)
    root = etree.Element(original.tag, dict(original.attrib), nsmap=original.nsmap)
    root.set("ID", "_root")
    root.append(deepcopy(original[0]))
    root.append(forged)
    root.append(original)
    return root


def xsw4(signed: str, evil: str) -> object:
    """The signed one inside the forged one."""
    original, forged, _ = _parts(signed, evil)
    forged.append(original)
    return forged


def xsw5(signed: str, evil: str) -> object:
    """The signature in the forged one, the original without it at the end."""
    original, forged, signature = _parts(signed, evil)
    original.remove(signature)
    forged.append(original)
    forged.insert(1, signature)
    return forged


def xsw6(signed: str, evil: str) -> object:
    """The original inside the signature's KeyInfo."""
    original, forged, signature = _parts(signed, evil)
    original.remove(signature)
    signature.find(f"{{{DS}}}KeyInfo").append(original)
    forged.insert(1, signature)
    return forged


def xsw7(signed: str, evil: str) -> object:
    """The signed one in Extensions of the forged one."""
    original, forged, _ = _parts(signed, evil)
    extensions = etree.SubElement(forged, _EXTENSIONS)
    extensions.append(original)
    return forged


def xsw8(signed: str, evil: str) -> object:
    """The original within an Object of the signature."""
    original, forged, signature = _parts(signed, evil)
    original.remove(signature)
    holder = etree.SubElement(signature, f"{{{DS}}}Object")
    holder.append(original)
    forged.insert(1, signature)
    return forged


def duplicate_id(signed: str, evil: str) -> object:
    """Two elements with the signed one's ID."""
    original, forged, signature = _parts(signed, evil)
    forged.set("ID", original.get("ID"))
    original.remove(signature)
    forged.insert(1, signature)
    etree.SubElement(forged, _EXTENSIONS).append(original)
    return forged


SHAPES = (xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8, duplicate_id)
