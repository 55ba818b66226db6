"""The closed set of security events. `type` reads area.what-happened and never changes its meaning."""

from dataclasses import dataclass, field
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(AuditEvent):
    """A session began or rose; `object` is the session, `methods` what was proved."""

    type: ClassVar[str] = "signin.succeeded"
    methods: list[str] = field(default_factory=list)
    application: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused(AuditEvent):
    """A try was refused; `reason` is the check's code, `method` what was tried."""

    type: ClassVar[str] = "signin.refused"
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofAccepted(AuditEvent):
    """One step of a journey was proved."""

    type: ClassVar[str] = "signin.proof_accepted"
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(AuditEvent):
    """A session (`object`) ended."""

    type: ClassVar[str] = "session.ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecided(AuditEvent):
    """`object` (an application) was allowed, refused or asked for more; `decision` is the stored row."""

    type: ClassVar[str] = "access.decided"
    outcome: str = ""
    decision: str = ""


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
    uses: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(AuditEvent):
    """A password was changed, in the directory or here (`object`)."""

    type: ClassVar[str] = "password.changed"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGiven(AuditEvent):
    """A role of Portvakt's own was given to an account."""

    type: ClassVar[str] = "role.given"
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynchronisationEnded(AuditEvent):
    """A run (`object`) ended as `outcome`."""

    type: ClassVar[str] = "synchronisation.ended"
    outcome: str = ""
    source: str = ""
    applied: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged(AuditEvent):
    """A network, application, directory, group or policy (`object`) was created, changed or removed."""

    type: ClassVar[str] = "configuration.changed"
    change: str = ""
    fields: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(AuditEvent):
    """A request to a protocol or page was refused; `object` is the endpoint or client, `reason` the error."""

    type: ClassVar[str] = "request.refused"
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensIssued(AuditEvent):
    """Tokens were issued to `object` (a client) for `subject`."""

    type: ClassVar[str] = "token.issued"
    grant: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRevoked(AuditEvent):
    """A token family (`object`) was revoked."""

    type: ClassVar[str] = "token.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(AuditEvent):
    """A person let an application (`object`) have what `scope` names."""

    type: ClassVar[str] = "consent.given"
    scope: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(AuditEvent):
    """A person took back what an application (`object`) was let have."""

    type: ClassVar[str] = "consent.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivered(AuditEvent):
    """A system (`object`) was told that a session ended, or could not be."""

    type: ClassVar[str] = "logout.delivered"
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated(AuditEvent):
    """A signing key or the master key (`object`) was rotated, retired or resealed."""

    type: ClassVar[str] = "key.rotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWeeded(AuditEvent):
    """Payloads older than `before` were weeded; `reason` refers to the recorded decision (gallringsbeslut).

    `first` and `last` are places in the chain; `types` limits it to some kinds of record, empty: all.
    """

    type: ClassVar[str] = "audit.weeded"
    first: int = 0
    last: int = 0
    before: str = ""
    types: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditExported(AuditEvent):
    """A checkpoint or an extract of the log was exported."""

    type: ClassVar[str] = "audit.exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodEnded(AuditEvent):
    """`refused` more refusals like `object` came after one that has a record of its own."""

    type: ClassVar[str] = "request.flood"
    refused: int = 0
