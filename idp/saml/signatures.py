"""XML signatures made and verified in this process (XML Signature, SAML core §5): keys stay in memory.

What was verified is what is read: `verify` answers with the very bytes that the signature covers, whose digest it
computed itself as well, and callers parse those and nothing else (statement M2). Only the shapes and algorithms
listed here exist; KeyInfo is taken out before a key is looked for, so that only keys of metadata count (M1).
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass, field

import xmlsec
from lxml import etree

from idp.saml.documents import Element
from idp.saml.vocabulary import (
    DIGESTS,
    DS,
    ECDSA_SHA256,
    ENVELOPED,
    EXC_C14N,
    RSA_SHA256,
    SHA256,
    SIGNATURE_ALGORITHMS,
)

_SIGNATURE = f"{{{DS}}}Signature"
_BEFORE_SIGNATURE = 1
_LONGEST_VALUE = 4096

_TRANSFORMS = {
    ECDSA_SHA256: xmlsec.constants.TransformEcdsaSha256,
    RSA_SHA256: xmlsec.constants.TransformRsaSha256,
    **{
        getattr(xmlsec.constants, f"Transform{kind}Sha{size}").href: getattr(
            xmlsec.constants, f"Transform{kind}Sha{size}"
        )
        for kind in ("Rsa", "Ecdsa")
        for size in (384, 512)
    },
}


class BadSignature(ValueError):
    """A signature that does not count; `code` says why, in one word for the audit log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A peer's public key out of its metadata's certificate; validity and issuer of the certificate do not count."""

    certificate: str
    key: xmlsec.Key = field(repr=False, compare=False)

    @classmethod
    def of(cls, certificate: str) -> "VerifyingKey":
        """Return the key of a certificate in base64; raises BadSignature if there is none in it."""
        try:
            key = xmlsec.Key.from_memory(
                b64decode(certificate, validate=True), xmlsec.constants.KeyDataFormatCertDer, None
            )
        except (xmlsec.Error, BadBase64, ValueError) as error:
            raise BadSignature("unusable_certificate") from error
        return cls(certificate, key)


def is_signed(root: Element) -> bool:
    """Whether there is a signature anywhere in the document."""
    return next(root.iter(_SIGNATURE), None) is not None


def verify(root: Element, keys: Sequence[VerifyingKey]) -> bytes:
    """Return the canonical bytes that the document's one signature covers: the root without the signature.

    Raises BadSignature. The tree is changed and is not to be used afterwards.
    """
    signature = _the_signature(root)
    digest_name, expected, prefixes = _checked_shape(root, signature)
    if not keys:
        raise BadSignature("no_key")
    for info in signature.findall(f"{{{DS}}}KeyInfo"):
        _take_out(info)
    xmlsec.tree.add_ids(root, ["ID"])
    if not any(_verifies(signature, one) for one in keys):
        raise BadSignature("does_not_verify")
    _take_out(signature)
    covered = canonical(root, prefixes)
    if not covered or not hmac.compare_digest(hashlib.new(digest_name, covered).digest(), expected):
        raise BadSignature("digest_differs")
    return covered


def canonical(element: Element, prefixes: Sequence[str] = ()) -> bytes:
    """Return the element's exclusive canonical form, without comments."""
    found: bytes = etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes)
    )
    return found


def template(identifier: str, algorithm: str, certificate: str, digest: str = SHA256) -> str:
    """Return a signature to be filled by `sign`: of the element with this ID, with the certificate beside it."""
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXC_C14N}"/><ds:SignatureMethod Algorithm="{algorithm}"/>'
        f'<ds:Reference URI="#{identifier}"><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"/>'
        f'<ds:Transform Algorithm="{EXC_C14N}"/></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/>'
        "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>"
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"
        "</ds:KeyInfo></ds:Signature>"
    )


def sign(element: Element, key: xmlsec.Key) -> None:
    """Fill the template that is a child of `element`."""
    signature = element.find(_SIGNATURE)
    if signature is None:
        raise ValueError("there is no template of a signature to fill")
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = key
    context.sign(signature)


def sign_bytes(octets: bytes, key: xmlsec.Key, algorithm: str) -> str:
    """Return the base64 signature of a query string (bindings §3.4.4.1)."""
    context = xmlsec.SignatureContext()
    context.key = key
    return b64encode(context.sign_binary(octets, _TRANSFORMS[algorithm])).decode("ascii")


def verify_bytes(octets: bytes, signature: bytes, algorithm: str, keys: Sequence[VerifyingKey]) -> None:
    """Check the signature of a query string; raises BadSignature."""
    if algorithm not in SIGNATURE_ALGORITHMS:
        raise BadSignature("algorithm")
    if not keys:
        raise BadSignature("no_key")
    for one in keys:
        context = xmlsec.SignatureContext()
        context.key = one.key
        try:
            context.verify_binary(octets, _TRANSFORMS[algorithm], signature)
        except xmlsec.Error:
            continue
        return
    raise BadSignature("does_not_verify")


def _verifies(signature: Element, one: VerifyingKey) -> bool:
    context = xmlsec.SignatureContext()
    context.key = one.key
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _the_signature(root: Element) -> Element:
    found = list(root.iter(_SIGNATURE))
    if len(found) != 1:
        raise BadSignature("unsigned" if not found else "several_signatures")
    if found[0].getparent() is not root or root.index(found[0]) > _BEFORE_SIGNATURE:
        raise BadSignature("signature_misplaced")
    return found[0]


def _checked_shape(root: Element, signature: Element) -> tuple[str, bytes, Sequence[str]]:
    """Return the digest's name and value and the inclusive prefixes of a signature of the one shape allowed."""
    children = [child.tag for child in signature]
    allowed = [f"{{{DS}}}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    if children not in (allowed, allowed[:2]):
        raise BadSignature("signature_shape")
    info = signature[0]
    if [child.tag for child in info] != [
        f"{{{DS}}}{name}" for name in ("CanonicalizationMethod", "SignatureMethod", "Reference")
    ]:
        raise BadSignature("signature_shape")
    method, signed_by, reference = info
    if method.get("Algorithm") != EXC_C14N or len(method) > 1 or len(signed_by):
        raise BadSignature("signature_shape")
    if signed_by.get("Algorithm") not in SIGNATURE_ALGORITHMS:
        raise BadSignature("algorithm")
    identifier = root.get("ID") or ""
    if not identifier or reference.get("URI") != f"#{identifier}":
        raise BadSignature("reference")
    if [child.tag for child in reference] != [
        f"{{{DS}}}{name}" for name in ("Transforms", "DigestMethod", "DigestValue")
    ]:
        raise BadSignature("signature_shape")
    transforms, digest, value = reference
    prefixes = _checked_transforms(transforms)
    if digest.get("Algorithm") not in DIGESTS or len(digest):
        raise BadSignature("algorithm")
    _value_of(signature[1])
    return DIGESTS[digest.get("Algorithm") or ""], _value_of(value), prefixes


def _checked_transforms(transforms: Element) -> Sequence[str]:
    names = [one.get("Algorithm") for one in transforms]
    if names != [ENVELOPED, EXC_C14N] or len(transforms[0]):
        raise BadSignature("transform")
    inclusive = list(transforms[1])
    if not inclusive:
        return ()
    if len(inclusive) > 1 or inclusive[0].tag != f"{{{EXC_C14N}}}InclusiveNamespaces":
        raise BadSignature("transform")
    return [name for name in (inclusive[0].get("PrefixList") or "").split() if name != "#default"]


def _value_of(element: Element) -> bytes:
    """Return a base64 value that is plain text and nothing else (F61)."""
    text = element.text or ""
    if len(element) or len(text) > _LONGEST_VALUE:
        raise BadSignature("signature_shape")
    try:
        return b64decode("".join(text.split()), validate=True)
    except (BadBase64, ValueError) as error:
        raise BadSignature("signature_shape") from error


def _take_out(element: Element) -> None:
    """Remove an element and keep the text behind it, as the enveloped-signature transform does."""
    parent = element.getparent()
    if parent is None:
        raise BadSignature("signature_misplaced")
    before = element.getprevious()
    if element.tail:
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    element.tail = None
    parent.remove(element)
