"""Second factors, the codes that helpers issue, and passwords."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorBound(AuditEvent):
    """A factor (`object`) was bound; `kind` what it is, `reason` the way that policy allowed."""

    type: ClassVar[str] = "factor.bound"
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRemoved(AuditEvent):
    """A factor (`object`) was removed."""

    type: ClassVar[str] = "factor.removed"
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesMade(AuditEvent):
    """A new set of recovery codes replaced any older one."""

    type: ClassVar[str] = "factor.recovery_codes_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeIssued(AuditEvent):
    """An activation or temporary code was issued to `subject`; never the code itself."""

    type: ClassVar[str] = "factor.code_issued"
    kind: str = ""
    purpose: str = ""
    uses: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(AuditEvent):
    """A password was changed, in the directory or here (`object`)."""

    type: ClassVar[str] = "password.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingOffBegan(AuditEvent):
    """A reset (`reason`) closed changes of factors and sensitive acts until then."""

    type: ClassVar[str] = "factor.cooling_off_began"
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent(AuditEvent):
    """A code was sent to an approved destination (`object`) for a sign-in; never the code itself."""

    type: ClassVar[str] = "factor.code_sent"
