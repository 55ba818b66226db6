"""The e-service portal: a SAML service provider, Debian's Apache with mod_auth_mellon.

Owns the service's key and metadata, and its own values of the template. Everything about signing in is
mod_auth_mellon's.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.demonstration.apache import ApacheSite
from deploy.demonstration.state import write_private

HERE = Path(__file__).parent
#: What it asks for, by the names that the pages know.
ATTRIBUTES = ("displayName", "givenName", "mail", "ou", "eduPersonPrincipalName")
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_SOAP = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"


@dataclass(frozen=True, slots=True)
class Eservice(ApacheSite):
    """One e-service, to be served at one address."""

    name: ClassVar[str] = "eservice"
    folder: ClassVar[Path] = HERE
    encrypted: bool = True

    @property
    def entity_id(self) -> str:
        return f"{self.origin}/mellon/metadata"

    def write_metadata(self, folder: Path) -> Path:
        """Make the key once, and write what the service publishes about itself."""
        key, certificate = folder / "eservice.key", folder / "eservice.pem"
        if not key.exists() or not certificate.exists():
            _make_key(key, certificate)
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        encoded = b64encode(found.public_bytes(Encoding.DER)).decode("ascii")
        info = (
            '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
            f"<ds:X509Certificate>{encoded}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        )
        uses = ("signing", "encryption") if self.encrypted else ("signing",)
        keys = "".join(f'<md:KeyDescriptor use="{use}">{info}</md:KeyDescriptor>' for use in uses)
        logout = "".join(
            f'<md:SingleLogoutService Binding="{binding}" Location="{self.origin}/mellon/logout"/>'
            for binding in (_SOAP, _REDIRECT)
        )
        file = folder / "eservice.xml"
        file.write_text(
            f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{self.entity_id}">'
            '<md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true"'
            ' protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            f"{keys}{logout}"
            # mod_auth_mellon finds the session to end by its name alone: each session has a name of its own.
            "<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>"
            f'<md:AssertionConsumerService index="0" isDefault="true" Binding="{_POST}"'
            f' Location="{self.origin}/mellon/postResponse"/></md:SPSSODescriptor></md:EntityDescriptor>\n',
            encoding="utf-8",
        )
        return file

    def prepare(self, state: Path, folder: Path, log: Path, provider_metadata: str) -> list[str]:
        """Write the configuration; return the command that serves it in the foreground.

        Args:
            state: the demo's state folder.
            folder: where `write_metadata` wrote.
            log: where errors go.
            provider_metadata: what the identity provider publishes for this service.
        """
        # Read while it serves, when it is root no longer; what a provider publishes is for everybody.
        published = self.runtime(state) / "provider.xml"
        published.write_text(provider_metadata, encoding="utf-8")
        published.chmod(0o644)
        return self.write(state, log, {"saml": folder, "provider": published})


def _make_key(key: Path, certificate: Path) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ekviks e-tjänster")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    write_private(key, pem.decode("ascii"))
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
