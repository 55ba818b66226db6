"""Hardware tokens: taken into the stock, handed out, handed back, lost, destroyed. Never a seed."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTokenTakenIn(AuditEvent):
    """A hardware token (`object`) was taken into the stock from a seed file; `kind` is hotp or totp."""

    type: ClassVar[str] = "hardware_token.taken_in"
    serial: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTokenMoved(AuditEvent):
    """A hardware token (`object`) went from one state to another; `subject` has it now, or had it before."""

    type: ClassVar[str] = "hardware_token.moved"
    serial: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTokenResynchronised(AuditEvent):
    """A hardware token in somebody's hands (`object`, the factor) was brought back in step by two codes."""

    type: ClassVar[str] = "hardware_token.resynchronised"
    kind: str = ""
