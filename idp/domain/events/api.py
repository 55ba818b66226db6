"""Tokens of the API: made and withdrawn."""

from dataclasses import dataclass, field
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTokenIssued(AuditEvent):
    """A token (`object`) was made; `scope` is what it reaches, `acts` what it is for. Never the token itself."""

    type: ClassVar[str] = "api_token.issued"
    scope: str = ""
    acts: list[str] = field(default_factory=list)
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTokenRevoked(AuditEvent):
    """A token (`object`) was withdrawn."""

    type: ClassVar[str] = "api_token.revoked"
