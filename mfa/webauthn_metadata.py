"""Which models of authenticators are genuine and sound: a FIDO metadata BLOB that an administrator supplies.

Read offline (FIDO Metadata Service v3 §3.1.7): the signature must lead to the root that came with it, or nothing is
read at all. Everything here fails closed: `none`, self attestation, an unknown model, a compromised one, a chain
that does not lead to the model's root, or metadata that nobody has renewed for long, make no model.
"""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from fido2.attestation.base import InvalidAttestation
from fido2.mds3 import (
    AuthenticatorStatus,
    MdsAttestationVerifier,
    MetadataBlobPayload,
    MetadataBlobPayloadEntry,
    parse_blob,
)
from fido2.webauthn import Aaguid

from mfa.authenticators import Model
from mfa.webauthn import Registered

KEPT_PAST_NEXT_UPDATE = timedelta(days=60)
"""How long metadata still counts after the day by which it should have been renewed."""

_COMPROMISED = frozenset(
    {
        AuthenticatorStatus.REVOKED,
        AuthenticatorStatus.USER_VERIFICATION_BYPASS,
        AuthenticatorStatus.ATTESTATION_KEY_COMPROMISE,
        AuthenticatorStatus.USER_KEY_REMOTE_COMPROMISE,
        AuthenticatorStatus.USER_KEY_PHYSICAL_COMPROMISE,
    }
)
_FAULTS = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RuntimeError, AssertionError,
    InvalidAttestation, InvalidSignature, x509.ExtensionNotFound,
)  # fmt: skip


class MetadataRefusedError(Exception):
    """The file is no metadata, or not signed by who it should be. Nothing of it is used."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata whose signature was checked."""

    payload: MetadataBlobPayload = field(repr=False)
    verifier: MdsAttestationVerifier = field(repr=False)

    @classmethod
    def read(cls, blob: bytes, root: bytes, now: datetime) -> Self:
        """Read a BLOB and check it against the root certificate (PEM or DER).

        Raises:
            MetadataRefusedError: it cannot be read or is not to be believed.
        """
        try:
            anchor = _certificate(root)
            _check_signers(blob, anchor, now)
            payload = parse_blob(blob.strip(), anchor.public_bytes(Encoding.DER))
            return cls(payload, MdsAttestationVerifier(payload, entry_filter=_sound))
        except _FAULTS as error:
            raise MetadataRefusedError(
                f"{type(error).__name__}: {error}" if str(error) else "bad signature"
            ) from error

    def counts_until(self) -> datetime:
        """When metadata that is not renewed stops to count."""
        renewed = datetime.fromisoformat(f"{self.payload.next_update.isoformat()}T00:00:00+00:00")
        return renewed + KEPT_PAST_NEXT_UPDATE

    def model(self, aaguid: str, now: datetime) -> Model | None:
        """The model of an authenticator that was attested before, if it still is one; None if not."""
        known = Aaguid.parse(aaguid)
        entry = self.verifier.find_entry_by_aaguid(known) if known else None
        if entry is None or now >= self.counts_until():
            return None
        return Model(aaguid, any(_certified(report.status) for report in entry.status_reports))

    def attested(self, made: Registered, now: datetime) -> Model | None:
        """The model of a new credential, if its attestation leads to a root of that very model."""
        try:
            intermediates = made.attestation.att_stmt.get("x5c", [])[1:]
            if not all(_may_sign(x509.load_der_x509_certificate(one)) for one in intermediates):
                return None
            self.verifier.verify_attestation(made.attestation, made.client_data_hash)
        except _FAULTS:
            return None
        return self.model(made.aaguid, now)


def _certificate(encoded: bytes) -> x509.Certificate:
    if encoded.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificate(encoded)
    return x509.load_der_x509_certificate(encoded)


def _check_signers(blob: bytes, anchor: x509.Certificate, now: datetime) -> None:
    """What fido2 does not look at: whether the signers' certificates may sign others, and are valid today."""
    encoded = blob.strip().split(b".")[0]
    header = json.loads(base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
    signers = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in header["x5c"]]
    if not signers:
        raise ValueError("no certificate of whoever signed it")
    for certificate in [*signers, anchor]:
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise ValueError(f"the certificate of {certificate.subject.rfc4514_string()} is not valid today")
    for issuer in [*signers[1:], anchor]:
        if not _may_sign(issuer):
            raise ValueError(f"{issuer.subject.rfc4514_string()} may not sign certificates")


def _may_sign(certificate: x509.Certificate) -> bool:
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def _sound(entry: MetadataBlobPayloadEntry) -> bool:
    return not any(report.status in _COMPROMISED for report in entry.status_reports)


def _certified(status: AuthenticatorStatus) -> bool:
    return str(status).startswith("FIDO_CERTIFIED")
