"""A grant: what one authorisation gave to one client, and whether it still stands. Pure.

A grant begins as an authorization code and goes on as a family of tokens. It holds a *snapshot* of the
authentication; whether session, account and client still allow its use is asked each time (statement O11).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from idp.domain.account import AccountState
from idp.domain.application import Audience
from idp.domain.assurance import Proof
from idp.domain.handles import AccountId, ApplicationId, SessionId
from idp.domain.person import Protection
from idp.oidc.vocabulary import OFFLINE_ACCESS

CODE_LIFETIME = timedelta(seconds=60)


class TokenKind(StrEnum):
    """One table holds both; every look-up names the kind (statement O10)."""

    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """Names of the claims that the `claims` parameter asks for (OpenID Connect Core §5.5)."""

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """One authorisation. `expires_at` is the last instant of any token in it, whatever is refreshed."""

    id: str
    application_id: ApplicationId
    client_id: str
    account_id: AccountId
    session_id: SessionId
    redirect_uri: str
    code_challenge: str = field(repr=False)
    nonce: str = field(repr=False)
    scope: tuple[str, ...]
    audience: str
    claims: ClaimsRequest
    proofs: tuple[Proof, ...]
    acr: str
    created_at: datetime
    code_expires_at: datetime
    expires_at: datetime

    @property
    def authenticated_at(self) -> datetime:
        """`auth_time`."""
        return max(proof.at for proof in self.proofs)

    @property
    def offline(self) -> bool:
        """Whether tokens may outlive the session's own time."""
        return OFFLINE_ACCESS in self.scope


@dataclass(frozen=True, slots=True)
class Subject:
    """The person behind a grant, as far as claims need it."""

    account_id: AccountId
    person_id: str
    login: str
    given_name: str
    family_name: str
    shown_name: str
    protection: Protection
    language: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that may end a grant, as it is now."""

    revoked: bool
    session_ended: bool
    session_expires_at: datetime
    account_state: AccountState
    account_starts: datetime | None
    application_enabled: bool
    audience: Audience


def why_fallen(standing: Standing, grant: Grant, now: datetime) -> str | None:
    """Return the code of the first check that fails, None while the grant stands."""
    return next((name for name, fails in _CHECKS.items() if fails(standing, grant, now)), None)


_CHECKS: dict[str, Callable[[Standing, Grant, datetime], bool]] = {
    "revoked": lambda standing, _grant, _now: standing.revoked,
    "expired": lambda _standing, grant, now: now >= grant.expires_at,
    "session_ended": lambda standing, _grant, _now: standing.session_ended,
    "session_expired": lambda standing, grant, now: not grant.offline and now >= standing.session_expires_at,
    "account_disabled": lambda standing, _grant, _now: standing.account_state is not AccountState.ACTIVE,
    "account_not_begun": lambda standing, _grant, now: (
        standing.account_starts is not None and standing.account_starts > now
    ),
    "application_disabled": lambda standing, _grant, _now: not standing.application_enabled,
}


@dataclass(frozen=True, slots=True)
class StandingGrant:
    """A grant with everything needed to use it."""

    grant: Grant
    standing: Standing
    subject: Subject


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token's row. The token itself is not stored."""

    digest: bytes
    kind: TokenKind
    grant_id: str
    scope: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    spent: bool = False
    revoked: bool = False
