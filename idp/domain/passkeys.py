"""Passkeys as this product uses them: who asks, for which purpose, and what an answer proves.

The ceremonies are `mfa`'s. Each is bound to the journey or session that it was begun in.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.domain.account import Account
from idp.domain.application import AcceptedPasskeys
from idp.domain.assurance import Method, Proof
from idp.domain.authentication import Channel
from idp.domain.handles import SessionId
from idp.domain.journey import Journey
from idp.domain.ports import UnitOfWork
from mfa import Ceremony, Metadata, Model, Passkey, PasskeyPurpose, RelyingParty


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Who asks for passkeys.

    Attributes:
        party: the relying party.
        refuse_regressed: whether one whose counter goes backwards is refused, or only reported (W5).
        metadata: which models are genuine; without it no passkey meets a policy that is stricter than any (W6).
    """

    party: RelyingParty
    refuse_regressed: bool = True
    metadata: Metadata | None = None

    def sign_in(self, journey: bytes) -> Ceremony:
        """Nobody is known: any passkey may answer, and its device must know its owner."""
        return Ceremony(self.party, PasskeyPurpose.SIGN_IN, journey, refuse_regressed=self.refuse_regressed)

    def second_factor(
        self, journey: bytes, account: Account, accepted: AcceptedPasskeys, now: datetime
    ) -> Ceremony:
        """One of the account's passkeys that `accepted` takes, after a first factor."""
        return Ceremony(
            self.party,
            PasskeyPurpose.SECOND_FACTOR,
            journey,
            account.id,
            self.refuse_regressed,
            accepts=lambda passkey: accepted.accept(self.model(passkey, now)),
        )

    def binding(self, where: bytes, account: Account, accepted: AcceptedPasskeys, now: datetime) -> Ceremony:
        """A new passkey for the account; `where` is the journey's digest or `session_binding`."""
        return Ceremony(
            self.party,
            PasskeyPurpose.BIND,
            where,
            account.id,
            metadata=self.metadata,
            accepts=lambda passkey: accepted.accept(self.model(passkey, now)),
        )

    def model(self, passkey: Passkey, now: datetime) -> Model | None:
        """Return the model that an attestation has proved, if it still is a sound one."""
        if self.metadata is None or not passkey.attested:
            return None
        return self.metadata.model(passkey.aaguid, now)

    def proof(self, passkey: Passkey, now: datetime, *, user_verified: bool) -> Proof:
        """Return what a passkey proves: more where its device asked for PIN or biometric (W3)."""
        method = Method.PASSKEY if user_verified else Method.SECURITY_KEY
        return Proof(method, now, passkey.id, self.model(passkey, now))


def session_binding(session: SessionId) -> bytes:
    """Return what binds a ceremony to a session."""
    return session.encode("ascii")


def accepted_passkeys(uow: UnitOfWork, journey: Journey) -> AcceptedPasskeys:
    """Return which passkeys the application takes that is signed in to; the portal takes any."""
    asked = journey.requirement.application
    application = uow.catalogue.applications.get(asked) if asked is not None else None
    return application.policy.passkeys if application else AcceptedPasskeys()


def passkey_helps(
    passkeys: Passkeys | None, uow: UnitOfWork, journey: Journey, account: Account, now: datetime
) -> bool:
    """Whether the account has a passkey that can be shown here and that the application takes."""
    if passkeys is None or journey.requirement.channel is not Channel.BROWSER:
        return False
    accepted = accepted_passkeys(uow, journey)
    return accepted.any or any(
        accepted.accept(passkeys.model(passkey, now)) for passkey in uow.factors.passkeys.active(account.id)
    )
