"""Passkeys as this product uses them: who asks, for which purpose, and what an answer proves.

The ceremonies are `mfa`'s. Each is bound to the journey or session that it was begun in.
"""

from dataclasses import dataclass

from idp.domain.account import Account
from idp.domain.assurance import Method
from idp.domain.handles import SessionId
from mfa import Ceremony, PasskeyPurpose, RelyingParty


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Who asks for passkeys, and whether one whose counter goes backwards is refused or only reported."""

    party: RelyingParty
    refuse_regressed: bool = True

    def sign_in(self, journey: bytes) -> Ceremony:
        """Nobody is known: any passkey may answer, and its device must know its owner."""
        return Ceremony(self.party, PasskeyPurpose.SIGN_IN, journey, refuse_regressed=self.refuse_regressed)

    def second_factor(self, journey: bytes, account: Account) -> Ceremony:
        """One of the account's passkeys, after a first factor."""
        return Ceremony(self.party, PasskeyPurpose.SECOND_FACTOR, journey, account.id, self.refuse_regressed)

    def binding(self, where: bytes, account: Account) -> Ceremony:
        """A new passkey for the account; `where` is the journey's digest or `session_binding`."""
        return Ceremony(self.party, PasskeyPurpose.BIND, where, account.id)


def session_binding(session: SessionId) -> bytes:
    """Return what binds a ceremony to a session."""
    return session.encode("ascii")


def method_of(*, user_verified: bool) -> Method:
    """Return what an accepted passkey proves: more where its device asked for PIN or biometric (W3)."""
    return Method.PASSKEY if user_verified else Method.SECURITY_KEY
