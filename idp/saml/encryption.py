"""XML encryption in this process (XML Encryption 1.1): AES-GCM or AES-CBC, the key under RSA-OAEP. Keys in memory.

RSA with PKCS #1 v1.5 padding is neither made nor opened (statement M8).
"""

from collections.abc import Sequence

import xmlsec
from lxml import etree

from idp.saml.documents import Element, parse_own
from idp.saml.vocabulary import (
    AES128_CBC,
    AES128_GCM,
    AES192_CBC,
    AES256_CBC,
    AES256_GCM,
    DATA_ENCRYPTION,
    DS,
    RSA_OAEP,
    SAML,
    XENC,
)

_BITS = {AES128_GCM: 128, AES256_GCM: 256, AES128_CBC: 128, AES192_CBC: 192, AES256_CBC: 256}
_DATA = f"{{{XENC}}}EncryptedData"
_KEY = f"{{{XENC}}}EncryptedKey"
_METHOD = f"{{{XENC}}}EncryptionMethod"


class NotEncrypted(ValueError):
    """Something that cannot be encrypted or opened; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def encrypt_assertion(response: Element, assertion: Element, key: xmlsec.Key, algorithm: str) -> None:
    """Put the assertion's EncryptedAssertion in its place: whole, never parts of it (saml2int, Sweden Connect)."""
    if algorithm not in DATA_ENCRYPTION:
        raise NotEncrypted("algorithm")
    holder = etree.SubElement(response, f"{{{SAML}}}EncryptedAssertion")
    response.replace(assertion, holder)
    # Canonical, so that the plaintext stands alone once it is opened: with every namespace that it uses.
    holder.append(encrypt(etree.tostring(assertion, method="c14n", exclusive=True), key, algorithm))


def encrypt(element: bytes, key: xmlsec.Key, algorithm: str) -> Element:
    """Return EncryptedData of a serialised element, with its own EncryptedKey."""
    manager = xmlsec.KeysManager()
    manager.add_key(key)
    context = xmlsec.EncryptionContext(manager)
    bits = _BITS[algorithm]
    context.key = xmlsec.Key.generate(xmlsec.constants.KeyDataAes, bits, xmlsec.constants.KeyDataTypeSession)
    try:
        return context.encrypt_binary(parse_own(_template(algorithm)), element)
    except xmlsec.Error as error:
        raise NotEncrypted("unusable_key") from error


def decrypt(holder: Element, keys: Sequence[xmlsec.Key]) -> Element:
    """Return the plaintext element of a holder's one EncryptedData; raises NotEncrypted."""
    found = holder.findall(_DATA)
    if len(found) != 1:
        raise NotEncrypted("encryption_shape")
    _check_algorithms(found[0], list(holder.iter(_KEY)))
    content = etree.tostring(holder)
    for key in keys:
        copy = parse_own(content)
        manager = xmlsec.KeysManager()
        manager.add_key(key)
        data = copy.find(_DATA)
        if data is None:
            continue
        try:
            return xmlsec.EncryptionContext(manager).decrypt(data)
        except (xmlsec.Error, etree.XMLSyntaxError):
            continue
    raise NotEncrypted("does_not_decrypt")


def _check_algorithms(data: Element, encrypted_keys: Sequence[Element]) -> None:
    method = data.find(_METHOD)
    if method is None or method.get("Algorithm") not in _BITS:
        raise NotEncrypted("algorithm")
    if len(encrypted_keys) != 1:
        raise NotEncrypted("encryption_shape")
    transport = encrypted_keys[0].find(_METHOD)
    if transport is None or transport.get("Algorithm") != RSA_OAEP:
        raise NotEncrypted("algorithm")


def _template(algorithm: str) -> bytes:
    return (
        f'<xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{algorithm}"/><ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey>'
        f'<xenc:EncryptionMethod Algorithm="{RSA_OAEP}"><ds:DigestMethod Algorithm="{DS}sha1"/>'
        "</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey>"
        "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>"
    ).encode("ascii")
