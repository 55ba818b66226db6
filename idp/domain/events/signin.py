"""What happens at the door: signing in, sessions, decisions about access, refused requests."""

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
    """A session (`object`) ended; `why` is what a helper said who ended it."""

    type: ClassVar[str] = "session.ended"
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecided(AuditEvent):
    """`object` (an application) was allowed, refused or asked for more; `decision` is the stored row."""

    type: ClassVar[str] = "access.decided"
    outcome: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(AuditEvent):
    """A request to a protocol or page was refused; `object` is the endpoint or client, `reason` the error."""

    type: ClassVar[str] = "request.refused"
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodEnded(AuditEvent):
    """`refused` more refusals like `object` came after one that has a record of its own."""

    type: ClassVar[str] = "request.flood"
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CountersCleared(AuditEvent):
    """A helper opened what too many wrong tries had locked; `kinds` names the counters."""

    type: ClassVar[str] = "signin.unlocked"
    kinds: list[str] = field(default_factory=list)
