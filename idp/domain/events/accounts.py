"""Accounts."""

from dataclasses import dataclass, field
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated(AuditEvent):
    """An account came to be."""

    type: ClassVar[str] = "account.created"
    login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDisabled(AuditEvent):
    """An account was disabled."""

    type: ClassVar[str] = "account.disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEnabled(AuditEvent):
    """An account was enabled again."""

    type: ClassVar[str] = "account.enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(AuditEvent):
    """Values of a person or account changed; `fields` names them."""

    type: ClassVar[str] = "account.changed"
    fields: list[str] = field(default_factory=list)
