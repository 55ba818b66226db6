"""A service as people look at it: what its metadata asks for, what is odd, what is about to expire. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.saml.attributes import KNOWN
from idp.saml.metadata.service import Certificate, ServiceMetadata

#: How long before its end a certificate is told about.
WARN_AHEAD = timedelta(weeks=8)


@dataclass(frozen=True, slots=True)
class Expiry:
    """One certificate's end; `soon` is when somebody should act."""

    fingerprint: str
    expires_at: datetime
    soon: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What a person should know before connecting."""

    metadata: ServiceMetadata
    asks_for: Sequence[str]
    unknown: Sequence[str]
    certificates: Sequence[Expiry]
    oddities: Sequence[str]
    expired: bool


def summary(metadata: ServiceMetadata, now: datetime) -> Summary:
    """Return the summary of a service's metadata."""
    requested = metadata.requested
    certificates = [*metadata.signing, *(one.certificate for one in metadata.encryption)]
    unique = {one.fingerprint: one for one in certificates}
    return Summary(
        metadata=metadata,
        asks_for=[KNOWN[one.name].friendly for one in requested if one.name in KNOWN],
        unknown=[one.friendly or one.name for one in requested if one.name not in KNOWN],
        certificates=[expiry(one, now) for one in unique.values()],
        oddities=metadata.oddities,
        expired=metadata.valid_until is not None and metadata.valid_until <= now,
    )


def expiry(certificate: Certificate, now: datetime) -> Expiry:
    """Return when a certificate ends and whether that is soon."""
    return Expiry(
        certificate.fingerprint[:16],
        certificate.expires_at,
        soon=now >= certificate.expires_at - WARN_AHEAD,
        gone=now >= certificate.expires_at,
    )
