"""What owners and administrators of systems decided about single people."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementGiven(AuditEvent):
    """Somebody was let into a system (`object`), kept out of it, or given a role there; `kind` says which."""

    type: ClassVar[str] = "entitlement.given"
    kind: str = ""
    role: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementEnded(AuditEvent):
    """Such a decision was ended."""

    type: ClassVar[str] = "entitlement.ended"
    kind: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReviewed(AuditEvent):
    """An owner looked at who can use a system (`object`), and kept some out."""

    type: ClassVar[str] = "access.reviewed"
    kept_out: int = 0
