"""What is next in a sign-in: one pure function over named checks; no step calls another step.

    AskPassword ──► AskNewPassword ──► (decision by may())
                                          ├─ Permit ──────────────► ShowRecoveryCodes? ──► Done
                                          ├─ StepUp, has a factor ─► AskSecondFactor
                                          ├─ StepUp, has none ─────► EnrolFactor (where policy lets one be bound)
                                          │                          AskActivationCode (elsewhere)
                                          └─ Deny ────────────────► TurnedAway

Pages submit and return here; they know neither the protocol nor each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.access import Decision, Reason
from idp.domain.journey import Journey
from mfa import FactorKind


@dataclass(frozen=True, slots=True)
class AskPassword:
    """Ask for name and password. With `login` given and `fixed` only the password is asked (a known person)."""

    login: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class AskNewPassword:
    """Ask for a new password: `why` is must_change, expired or first; `least` its least length in characters."""

    why: str
    least: int


@dataclass(frozen=True, slots=True)
class AskSecondFactor:
    """Ask for a code of one of `kinds`; the first is the one to offer at once."""

    kinds: tuple[FactorKind, ...]


@dataclass(frozen=True, slots=True)
class EnrolFactor:
    """Set up an authenticator app: the otpauth URI for the QR code, and the same secret as base32 text."""

    uri: str
    secret: str


@dataclass(frozen=True, slots=True)
class AskActivationCode:
    """No factor yet, and this is not a place to set one up with the password alone: ask for an activation code."""


@dataclass(frozen=True, slots=True)
class ShowRecoveryCodes:
    """Show the recovery codes, once; the person says when they are kept."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """No proof will help: the decision's reasons, for someone who has proved a first factor."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """Everything asked is proved."""


Step = (
    AskPassword
    | AskNewPassword
    | AskSecondFactor
    | EnrolFactor
    | AskActivationCode
    | ShowRecoveryCodes
    | TurnedAway
    | Done
)


class Need:
    """The kinds of next step, before the ones that need data (a secret, codes) are filled in."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that decides what is next."""

    journey: Journey
    decision: Decision | None
    kinds: Sequence[FactorKind]
    may_bind: bool
    first_password: bool
    login: str
