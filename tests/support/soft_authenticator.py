"""An authenticator in software, whose every word can be made a lie: for what no browser would send."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftAuthenticator:
    """One credential. Whatever an answer is made of can be given instead of what is true."""

    origin: str = "https://id.example.se"
    rp_id: str = "id.example.se"
    flags: int = UP | UV
    count: int = 0
    aaguid: bytes = bytes(16)
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: bytes = b""

    def public_key(self) -> dict[int, object]:
        numbers = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def client_data(self, kind: str, options: dict[str, Any], **lies: Any) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | lies).encode()

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))

    def make(self, options_json: str, **lies: Any) -> dict[str, Any]:
        """Answer creation options. `lies`: client (a dict), flags, rp_id, credential_id, public_key, attestation."""
        options = json.loads(options_json)
        self.user_handle = unb64(options["user"]["id"])
        client_data = self.client_data("webauthn.create", options) if "client" not in lies else (
            self.client_data("webauthn.create", options, **lies["client"])
        )  # fmt: skip
        credential_id = lies.get("credential_id", self.credential_id)
        flags = lies.get("flags", self.flags)
        data = hashlib.sha256(lies.get("rp_id", self.rp_id).encode()).digest()
        data += struct.pack(">BI", flags | AT, lies.get("count", self.count))
        data += self.aaguid + struct.pack(">H", len(credential_id)) + credential_id
        data += cbor.encode(lies.get("public_key", self.public_key()))
        attest = lies.get("attestation")
        form, statement = (
            ("none", {}) if attest is None else attest(data, hashlib.sha256(client_data).digest())
        )
        attested = cbor.encode({"fmt": form, "attStmt": statement, "authData": data})
        response = {
            "clientDataJSON": b64(client_data),
            "attestationObject": b64(attested),
            "transports": ["usb"],
        }
        return self._credential(response)

    def prove(self, options_json: str, **lies: Any) -> dict[str, Any]:
        """Answer request options. `lies`: client (a dict), flags, count, rp_id, user_handle (None leaves it out)."""
        options = json.loads(options_json)
        client_data = self.client_data("webauthn.get", options, **lies.get("client", {}))
        self.count = lies.get("count", self.count + 1 if self.count else 0)
        data = hashlib.sha256(lies.get("rp_id", self.rp_id).encode()).digest()
        data += struct.pack(">BI", lies.get("flags", self.flags), self.count)
        signature = self.sign(data + hashlib.sha256(client_data).digest())
        response = {
            "clientDataJSON": b64(client_data),
            "authenticatorData": b64(data),
            "signature": b64(signature),
        }
        handle = lies.get("user_handle", self.user_handle)
        if handle:
            response["userHandle"] = b64(handle)
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        identifier = b64(self.credential_id)
        return {"id": identifier, "rawId": identifier, "type": "public-key", "response": response}
