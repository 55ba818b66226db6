"""An authenticator in software: one credential that answers request options (WebAuthn Level 3 §6.3.3), ES256."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT_AND_VERIFIED = 0x05
#: A COSE_Key of P-256 for ES256 (RFC 9053 §7.1.1) up to x, and between x and y.
_COSE, _THEN_Y = bytes.fromhex("a5010203262001215820"), bytes.fromhex("225820")


@dataclass
class Authenticator:
    """`origin` is where it is asked; `handle` what it keeps of its owner."""

    origin: str
    party: str
    handle: bytes = b""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> bytes:
        """The COSE_Key."""
        numbers = self._key.public_key().public_numbers()
        return _COSE + numbers.x.to_bytes(32, "big") + _THEN_Y + numbers.y.to_bytes(32, "big")

    def answer(self, options: str) -> str:
        """Return the browser's document for request options."""
        said = {"type": "webauthn.get", "challenge": json.loads(options)["challenge"], "origin": self.origin}
        client_data = json.dumps({**said, "crossOrigin": False}).encode()
        self.count += 1
        data = hashlib.sha256(self.party.encode()).digest()
        data += struct.pack(">BI", _PRESENT_AND_VERIFIED, self.count)
        signature = self._key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text(client_data),
            "authenticatorData": text(data),
            "signature": text(signature),
        }
        if self.handle:
            response["userHandle"] = text(self.handle)
        identifier = text(self.credential_id)
        return json.dumps({"id": identifier, "rawId": identifier, "type": "public-key", "response": response})


def text(value: bytes) -> str:
    """Return bytes in base64url."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
