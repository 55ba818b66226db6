"""Trusted devices."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrusted(AuditEvent):
    """A person trusted a device (`object`) after a second factor."""

    type: ClassVar[str] = "device.trusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrustEnded(AuditEvent):
    """A device (`object`) is trusted no more; `reason`: revoked, or what ended it with all the others."""

    type: ClassVar[str] = "device.trust_ended"
