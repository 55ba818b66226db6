"""pysaml2's seam for signing, filled in this process: what its own assembly and verification run on without `xmlsec1`.

Implements pysaml2's `CryptoBackend` over `signatures.py` and `encryption.py`: keys are looked up by name in memory
and never written to a file, only allowed algorithms and shapes exist, and whatever goes wrong is a refusal (M15).
The room's own paths call those two directly; loading this costs pysaml2's cryptography.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import xmlsec
from lxml import etree
from saml2.sigver import CryptoBackend, DecryptError, EncryptError, SignatureError

from idp.saml.documents import Element, UnreadableDocument, parse_message, parse_own
from idp.saml.encryption import NotEncrypted, decrypt, encrypt
from idp.saml.signatures import BadSignature, VerifyingKey, verify
from idp.saml.vocabulary import AES128_CBC, AES128_GCM, AES192_CBC, AES256_CBC, AES256_GCM, DS, SAML, XENC

_KINDS = {
    "aes-128": AES128_CBC,
    "aes-192": AES192_CBC,
    "aes-256": AES256_CBC,
    "aes128-gcm": AES128_GCM,
    "aes256-gcm": AES256_GCM,
}


class InProcessBackend(CryptoBackend):  # type: ignore[misc]  # pysaml2 brings no types
    """The five methods; `keys` and `certificates` are what pysaml2 takes for file names."""

    def __init__(self, keys: Mapping[str, bytes], certificates: Mapping[str, str]) -> None:
        super().__init__()
        self._keys = {
            name: xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)
            for name, pem in keys.items()
        }
        self._certificates = dict(certificates)

    @property
    def version(self) -> str:
        """The library's version."""
        return version("xmlsec")

    def sign_statement(self, statement: Any, node_name: str, key_file: str, node_id: str | None) -> str:
        """Fill the signature of the element with this ID and return the document."""
        root = _own(str(statement))
        element = _element(root, node_name, node_id)
        signature = element.find(f"{{{DS}}}Signature")
        key = self._keys.get(key_file)
        if signature is None or key is None:
            raise SignatureError("nothing to sign, or no key of that name")
        xmlsec.tree.add_ids(root, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = key
        try:
            context.sign(signature)
        except xmlsec.Error as error:
            raise SignatureError("the signature was not made") from error
        return str(etree.tostring(root, encoding="unicode"))

    def validate_signature(
        self, enctext: Any, cert_file: str, cert_type: str, node_name: str, node_id: str | None
    ) -> bool:
        """Whether the element's signature is by this certificate's key; raises SignatureError if it is not."""
        del cert_type
        text = enctext.encode("utf-8") if isinstance(enctext, str) else enctext
        try:
            root = parse_message(text)
            element = _element(root, node_name, node_id)
            if element is not root:
                element = parse_own(etree.tostring(element, with_tail=False))
            verify(element, [VerifyingKey.of(self._certificates.get(cert_file, ""))])
        except (UnreadableDocument, BadSignature) as error:
            raise SignatureError(error.code) from error
        return True

    def encrypt(self, text: Any, recv_key: str, template: Any, key_type: str) -> bytes:
        """Return the text's element encrypted; the template says nothing that we take."""
        del template
        found = _encrypted(_own(str(text)), self._certificate(recv_key), key_type)
        return bytes(etree.tostring(found))

    def encrypt_assertion(
        self,
        statement: Any,
        enc_key: str,
        template: Any,
        key_type: str = "aes-256",
        node_xpath: str | None = None,
        node_id: str | None = None,
    ) -> str:
        """Put EncryptedData in place of the assertion in `EncryptedAssertion`."""
        del template, node_xpath, node_id
        root = _own(str(statement))
        holder = root.find(f".//{{{SAML}}}EncryptedAssertion")
        if holder is None or len(holder) != 1:
            raise EncryptError("there is no assertion to encrypt")
        holder.replace(holder[0], _encrypted(holder[0], self._certificate(enc_key), key_type))
        return str(etree.tostring(root, encoding="unicode"))

    def decrypt(self, enctext: Any, key_file: str) -> str:
        """Return the document with its EncryptedData opened."""
        key = self._keys.get(key_file)
        try:
            root = parse_message(enctext.encode("utf-8") if isinstance(enctext, str) else enctext)
            data = root.find(f".//{{{XENC}}}EncryptedData")
            holder = None if data is None else data.getparent()
            if holder is None or key is None:
                raise DecryptError("nothing to open, or no key of that name")
            holder.replace(data, decrypt(holder, [key]))
        except (UnreadableDocument, NotEncrypted) as error:
            raise DecryptError(error.code) from error
        return str(etree.tostring(root, encoding="unicode"))

    def _certificate(self, name: str) -> xmlsec.Key:
        try:
            return VerifyingKey.of(self._certificates.get(name, "")).key
        except BadSignature as error:
            raise EncryptError(error.code) from error


def _own(text: str) -> Element:
    return parse_own(text.encode("utf-8"))


def _element(root: Element, node_name: str, node_id: str | None) -> Element:
    """Return the one element of a name and ID; pysaml2 writes `namespace:LocalName`."""
    namespace, _, name = node_name.rpartition(":")
    found = [
        one for one in root.iter(f"{{{namespace}}}{name}") if node_id is None or one.get("ID") == node_id
    ]
    if not found or (node_id is not None and len(found) > 1):
        raise SignatureError("there is no such element, or more than one")
    return found[0]


def _encrypted(element: Element, key: xmlsec.Key, key_type: str) -> Element:
    try:
        return encrypt(etree.tostring(element, method="c14n", exclusive=True), key, _KINDS[key_type])
    except (KeyError, NotEncrypted) as error:
        raise EncryptError("no such encryption") from error
