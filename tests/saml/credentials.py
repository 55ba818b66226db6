"""A partner's key with a self-signed certificate, in files as other software wants them."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass(frozen=True)
class Credential:
    """One key: PEM files, and the certificate in base64 as metadata carries it."""

    key_file: Path
    certificate_file: Path
    certificate: str

    @property
    def key(self) -> xmlsec.Key:
        """The private key as xmlsec holds it."""
        return xmlsec.Key.from_file(str(self.key_file), xmlsec.constants.KeyDataFormatPem)

    @classmethod
    def make(cls, folder: Path, kind: str, *, bits: int = 2048, days: int = 365) -> "Credential":
        """Make a key and write its files."""
        private = (
            rsa.generate_private_key(public_exponent=65537, key_size=bits)
            if kind == "RSA"
            else ec.generate_private_key(ec.SECP256R1())
        )
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "partner")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=days))
            .sign(private, hashes.SHA256())
        )
        key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
        key_file.write_bytes(
            private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
        certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
        return cls(
            key_file, certificate_file, b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")
        )
