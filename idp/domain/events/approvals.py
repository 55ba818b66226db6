"""A second helper's approval of what opens a privileged person's account."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked(AuditEvent):
    """A helper wants to do `act` to `subject`: it waits for another's approval (`object`)."""

    type: ClassVar[str] = "approval.asked"
    act: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(AuditEvent):
    """A second helper approved it."""

    type: ClassVar[str] = "approval.given"
    act: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRejected(AuditEvent):
    """It was rejected, or taken back."""

    type: ClassVar[str] = "approval.rejected"
    act: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalUsed(AuditEvent):
    """The first helper did what was approved."""

    type: ClassVar[str] = "approval.used"
    act: str = ""
