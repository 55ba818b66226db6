"""What systems are given and told: tokens, consents, logouts."""

from dataclasses import dataclass, field
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensIssued(AuditEvent):
    """Tokens were issued to `object` (a client) for `subject`."""

    type: ClassVar[str] = "token.issued"
    grant: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRevoked(AuditEvent):
    """A token family (`object`) was revoked."""

    type: ClassVar[str] = "token.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(AuditEvent):
    """A person let an application (`object`) have what `scope` names."""

    type: ClassVar[str] = "consent.given"
    scope: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(AuditEvent):
    """A person took back what an application (`object`) was let have."""

    type: ClassVar[str] = "consent.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivered(AuditEvent):
    """A system (`object`) was told that a session ended, or could not be."""

    type: ClassVar[str] = "logout.delivered"
    outcome: str = ""
