"""Passkeys: what only they tell."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyCounterRegressed(AuditEvent):
    """The counter of a passkey (`object`) went backwards: it may have been copied. `reason`: refused or accepted."""

    type: ClassVar[str] = "factor.counter_regressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRenamed(AuditEvent):
    """A person gave a factor (`object`) another name."""

    type: ClassVar[str] = "factor.renamed"
