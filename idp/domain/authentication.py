"""The narrow waist: what a protocol asks of sign-in, and what sign-in answers.

A new protocol builds an `AuthenticationRequirement` and reads an `AuthenticationContext`; sign-in
contains no line of OpenID Connect, SAML or RADIUS, and neither type holds a word of theirs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.domain.assurance import Assurance, Method, Proof, assurance_of
from idp.domain.handles import AccountId, ApplicationId, PersonId, SessionId


class Channel(StrEnum):
    """How the person can be spoken to."""

    BROWSER = "browser"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class AuthenticationRequirement:
    """What one request needs.

    Attributes:
        application: who asks; None is Portvakt's own portal.
        assurance: least level that the request itself asks for; the application's policy may ask more.
        max_age: how old the authentication may be at most; None is as the policy says.
        fresh_since: proofs older than this do not count (`prompt=login`, ForceAuthn).
        interactive: whether a page may be shown (`prompt=none`, IsPassive: False).
        login_hint: a name to fill in; it never chooses an account by itself.
        subject: the one account that may answer (`id_token_hint`, a `sub` asked for); None is anyone.
        one_of: ways of which one has to be among the proofs that count; none of them is any.
        sent_codes: whether codes sent by telephone or mail may count; the policy has to accept them as well.
    """

    application: ApplicationId | None = None
    assurance: Assurance = Assurance.ONE_FACTOR
    max_age: timedelta | None = None
    fresh_since: datetime | None = None
    interactive: bool = True
    channel: Channel = Channel.BROWSER
    login_hint: str = ""
    subject: AccountId | None = None
    one_of: frozenset[Method] = frozenset()
    sent_codes: bool = True


@dataclass(frozen=True, slots=True)
class AuthenticationContext:
    """What sign-in answers: who, in which session, proved how. A snapshot: it does not follow the session."""

    account_id: AccountId
    person_id: PersonId
    session_id: SessionId
    proofs: tuple[Proof, ...]

    @property
    def assurance(self) -> Assurance:
        """The level that the proofs reach together."""
        return assurance_of(self.proofs)

    @property
    def authenticated_at(self) -> datetime:
        """When the person last proved something (`auth_time`, AuthnInstant)."""
        return max(proof.at for proof in self.proofs)
