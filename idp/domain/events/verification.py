"""The verification API: another system asked whether a code is right."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeVerified(AuditEvent):
    """A system (`object`) asked about a code of `subject`; `decision` is the stored row of a yes."""

    type: ClassVar[str] = "verification.answered"
    outcome: str = ""
    method: str = ""
    decision: str = ""
