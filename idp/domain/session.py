"""Sessions: one person in one browser, what was proved there, and which systems take part."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.domain.account import Account
from idp.domain.assurance import Proof
from idp.domain.authentication import AuthenticationContext
from idp.domain.handles import AccountId, ApplicationId, SessionId


class EndReason(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_PERSON = "ended_by_person"
    ENDED_BY_ADMINISTRATOR = "ended_by_administrator"
    ACCOUNT_DISABLED = "account_disabled"
    OTHER_ACCOUNT = "other_account"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason's name
    FACTOR_CHANGED = "factor_changed"
    DEVICE_REVOKED = "device_revoked"


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session may live in all, and unused (NIST SP 800-63B-4 §5.2)."""

    absolute: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Session:
    """One session. The id is what tokens and participants refer to; the handle, a secret, is not here."""

    id: SessionId
    account_id: AccountId
    proofs: tuple[Proof, ...]
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str = ""
    user_agent: str = ""
    ended_at: datetime | None = None
    ended_reason: EndReason | None = None


@dataclass(frozen=True, slots=True)
class LivingSession:
    """A session whose handle was shown, with its account: living, and usable."""

    session: Session
    account: Account

    @property
    def context(self) -> AuthenticationContext:
        """The waist's snapshot of this session as it is now."""
        return AuthenticationContext(
            self.account.id, self.account.person_id, self.session.id, self.session.proofs
        )


@dataclass(frozen=True, slots=True)
class Participant:
    """A system that takes part in a session: it must be told when the session ends."""

    session_id: SessionId
    application_id: ApplicationId
    protocol: str
    since: datetime
