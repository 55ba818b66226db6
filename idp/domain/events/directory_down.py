"""The day when a directory is away."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassOpened(AuditEvent):
    """Two people (`first`, `second`) opened a sealed account, for a time."""

    type: ClassVar[str] = "break_glass.opened"
    first: str = ""
    second: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassSealed(AuditEvent):
    """An account was sealed: made so, closed by hand, or because its time was over."""

    type: ClassVar[str] = "break_glass.sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassRefused(AuditEvent):
    """Somebody tried to open a sealed account, and one of the two did not prove who they were."""

    type: ClassVar[str] = "break_glass.refused"
