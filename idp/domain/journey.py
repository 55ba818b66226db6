"""The sign-in journey as a row: everything that a half-finished sign-in knows, on the server.

The browser holds only a handle and the cookie that the row is bound to. `version` is compared and
raised by every change, so two submissions of one page cannot both advance it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.domain.assurance import Proof
from idp.domain.authentication import AuthenticationRequirement, Channel
from idp.domain.handles import AccountId, SessionId, digest

JOURNEY_LIFETIME = timedelta(minutes=30)
#: Why a password has to be chosen when a forgotten one was reset through other factors.
RESET = "reset"


@dataclass(frozen=True, slots=True)
class Journey:
    """One sign-in under way.

    Attributes:
        digest: of the handle in the page's form.
        browser: digest of the browser cookie that the journey is bound to (statement S11, F05).
        return_path: local path where the browser goes when done; set once, on the server (S14).
        session_id: the living session that this journey raises, if there was one.
        account_id: who it is, once a first proof or the living session has told.
        proofs: what counts so far, the living session's included.
        must_change_password: why the password has to be changed first (the directory's word, or RESET), or "".
        password: the password just proved, sealed, kept only while it has to be changed in the directory.
        pending_factor: the authenticator being enrolled, as `mfa` names it.
        may_bind: why a first factor may be bound (an activation code was shown), or "".
        trust_device: whether the person wants this device to be trusted, once a second factor has been shown.
        recovery_codes: sealed codes waiting to be shown once; empty when seen.
        turned_away: the reason of a refusal that is recorded already, and the number of the request with the record.
        called: a code was sent to one of the person's destinations.
        done_at: set once by the one step that completes it.
    """

    digest: bytes
    browser: bytes
    requirement: AuthenticationRequirement
    return_path: str
    created_at: datetime
    expires_at: datetime
    session_id: SessionId | None = None
    account_id: AccountId | None = None
    proofs: tuple[Proof, ...] = ()
    must_change_password: str = ""
    password: bytes = b""
    pending_factor: str = ""
    may_bind: str = ""
    trust_device: bool = False
    recovery_codes: bytes = b""
    turned_away: tuple[str, str] = ("", "")
    called: bool = False
    done_at: datetime | None = None
    version: int = 1

    @property
    def flow(self) -> bytes:
        """What names this sign-in from beginning to end: `digest` changes with every round of a text channel."""
        if self.requirement.channel is not Channel.TEXT:
            return self.digest
        return digest(f"{self.browser.hex()} {self.created_at.isoformat()}")
