"""Certificates in metadata: containers of keys. Self-signed, expired or unknown ones are as good as others."""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as BadBase64

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from idp.saml.metadata.service import Certificate

_LEAST_RSA_BITS = 2048
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


def read_certificate(text: str) -> Certificate | None:
    """Return a certificate in base64 or PEM; None if its key is not one that we use (statement M8)."""
    try:
        if "BEGIN CERTIFICATE" in text:
            found = x509.load_pem_x509_certificate(text.encode("ascii"))
        else:
            found = x509.load_der_x509_certificate(b64decode("".join(text.split()), validate=True))
        key = found.public_key()
    except (ValueError, BadBase64, x509.InvalidVersion, TypeError):
        return None
    if isinstance(key, rsa.RSAPublicKey):
        kind, usable = "RSA", key.key_size >= _LEAST_RSA_BITS
    elif isinstance(key, ec.EllipticCurvePublicKey):
        kind, usable = "EC", key.curve.name in _CURVES
    else:
        return None
    if not usable:
        return None
    der = found.public_bytes(Encoding.DER)
    return Certificate(
        base64=b64encode(der).decode("ascii"),
        expires_at=found.not_valid_after_utc,
        kind=kind,
        bits=key.key_size,
        fingerprint=hashlib.sha256(der).hexdigest(),
    )
