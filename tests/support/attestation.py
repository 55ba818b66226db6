"""A maker of security keys, and somebody who signs metadata about them: certificates and files as FIDO has them."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

AAGUID_EXTENSION = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


@dataclass
class Authority:
    """A key and its certificate; without an issuer it is a root."""

    common_name: str
    issuer: "Authority | None" = None
    ca: bool = True
    aaguid: bytes | None = None
    starts: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    ends: datetime = datetime(2040, 1, 1, tzinfo=UTC)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def name(self) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Nyckelmakaren"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Authenticator Attestation"),
                x509.NameAttribute(NameOID.COMMON_NAME, self.common_name),
            ]
        )

    def certificate(self) -> x509.Certificate:
        signer = self.issuer or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.starts)
            .not_valid_after(self.ends)
            .add_extension(x509.BasicConstraints(self.ca, None), critical=True)
        )
        if self.aaguid is not None:
            value = x509.UnrecognizedExtension(AAGUID_EXTENSION, b"\x04\x10" + self.aaguid)
            builder = builder.add_extension(value, critical=False)
        return builder.sign(signer.key, hashes.SHA256())

    def der(self) -> bytes:
        return self.certificate().public_bytes(Encoding.DER)

    def pem(self) -> bytes:
        return self.certificate().public_bytes(Encoding.PEM)

    def packed(self, *chain: "Authority") -> Any:
        """An attestation in the format "packed" by this key, for `SoftAuthenticator.make`."""

        def attest(data: bytes, client_data_hash: bytes) -> tuple[str, dict[str, Any]]:
            signature = self.key.sign(data + client_data_hash, ec.ECDSA(hashes.SHA256()))
            certificates = [self.der(), *(one.der() for one in chain)]
            return "packed", {"alg": -7, "sig": signature, "x5c": certificates}

        return attest


def entry(aaguid: str, root: Authority, *statuses: str) -> dict[str, Any]:
    """One model's entry, with the fields that the metadata service's schema requires."""
    return {
        "aaguid": aaguid,
        "statusReports": [{"status": status} for status in statuses],
        "timeOfLastStatusChange": "2026-01-01",
        "metadataStatement": {
            "description": "A key", "authenticatorVersion": 1, "schema": 3, "upv": [{"major": 1, "minor": 0}],
            "attestationTypes": ["basic_full"], "userVerificationDetails": [], "keyProtection": ["hardware"],
            "matcherProtection": ["on_chip"], "attachmentHint": ["external"], "tcDisplay": [],
            "attestationRootCertificates": [base64.b64encode(root.der()).decode()], "aaguid": aaguid,
        },
    }  # fmt: skip


def blob(signer: Authority, *entries: dict[str, Any], renew: str = "2027-01-01", chain: tuple[Authority, ...] = (),
         header: dict[str, Any] | None = None) -> bytes:  # fmt: skip
    """A metadata BLOB: a JWT in compact form (FIDO Metadata Service v3 §3.1.6)."""
    payload = {"legalHeader": "", "no": 1, "nextUpdate": renew, "entries": list(entries)}
    certificates = [base64.b64encode(one.der()).decode() for one in (signer, *chain)]
    said = {"alg": "ES256", "typ": "JWT", "x5c": certificates} | (header or {})
    message = b".".join(_part(json.dumps(one).encode()) for one in (said, payload))
    signature = signer.key.sign(message, ec.ECDSA(hashes.SHA256()))
    return message + b"." + _part(signature)


def _part(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


SOON = timedelta(days=1)
