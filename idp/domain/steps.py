"""What is next in a sign-in: one pure function over named checks; no step calls another step.

    AskPassword ──► AskNewPassword ──► (decision by may())
                                          ├─ Permit ──────────────► ShowRecoveryCodes? ──► Done
                                          ├─ StepUp, has a factor ─► AskSecondFactor
                                          ├─ StepUp, has none ─────► EnrolFactor or EnrolPasskey (where policy lets)
                                          │                          AskActivationCode (elsewhere)
                                          └─ Deny ────────────────► TurnedAway

Pages submit and return here; they know neither the protocol nor each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from idp.domain.access import Decision, Deny, StepUp
from idp.domain.assurance import Assurance, Factor, Method, factors_of, latest
from idp.domain.journey import Journey
from idp.domain.reason import Reason
from mfa import Destination, FactorKind, Lock


@dataclass(frozen=True, slots=True)
class AskPassword:
    """Ask for name and password. With `login` given and `fixed` only the password is asked (a known person).

    `passkey` holds the browser's options for a passkey instead of both, "" where there are none.
    """

    login: str = ""
    fixed: bool = False
    passkey: str = ""


@dataclass(frozen=True, slots=True)
class AskNewPassword:
    """Ask for a new password: `why` is must_change, expired, first or reset; `least` its least length in characters."""

    why: str
    least: int


@dataclass(frozen=True, slots=True)
class AskSecondFactor:
    """Ask for one of `kinds`; the first is the one to offer at once. `passkey` holds the browser's options.

    `destinations` are where a code can be sent to. `has_token`: a hardware token is among them, which may have to be
    brought back in step. `locks`: what too many wrong tries have locked, for somebody who has proved a first factor.
    """

    kinds: tuple[FactorKind, ...]
    passkey: str = ""
    destinations: tuple[Destination, ...] = ()
    has_token: bool = False
    locks: tuple[Lock, ...] = ()
    trust: timedelta | None = None


@dataclass(frozen=True, slots=True)
class EnrolFactor:
    """Set up an authenticator app: the otpauth URI for the QR code, and the same secret as base32 text.

    Or a passkey, with the browser's options in `passkey`; "" where there are none.
    """

    uri: str
    secret: str
    passkey: str = ""


@dataclass(frozen=True, slots=True)
class EnrolPasskey:
    """Set up a passkey, for nothing else meets what is asked."""

    passkey: str


@dataclass(frozen=True, slots=True)
class AskActivationCode:
    """No factor yet, and this is not a place to set one up with the password alone: ask for an activation code."""


@dataclass(frozen=True, slots=True)
class ShowRecoveryCodes:
    """Show the recovery codes, once; the person says when they are kept."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """No proof will help: the decision's reasons, for someone who has proved a first factor.

    `reference` is the number of the request whose record has the decision.
    """

    reasons: tuple[Reason, ...]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class OnPages:
    """What comes next needs pages, and this channel has none: the person signs in with a browser first."""

    need: "Need"


@dataclass(frozen=True, slots=True)
class Done:
    """Everything asked is proved."""


#: Kinds whose answers resist phishing.
RESISTANT_KINDS = frozenset({FactorKind.PASSKEY})
#: Kinds whose code has to be sent first.
SENT_KINDS = frozenset({FactorKind.TEXT_MESSAGE, FactorKind.VOICE_CALL, FactorKind.EMAIL_CODE})

Step = (
    AskPassword
    | AskNewPassword
    | AskSecondFactor
    | EnrolFactor
    | EnrolPasskey
    | AskActivationCode
    | ShowRecoveryCodes
    | TurnedAway
    | OnPages
    | Done
)


class Need(StrEnum):
    """The kinds of next step, before those that need data (a secret, codes) are filled in."""

    PASSWORD = "password"  # noqa: S105 - a step's name
    NEW_PASSWORD = "new_password"  # noqa: S105 - a step's name
    SECOND_FACTOR = "second_factor"
    ENROLMENT = "enrolment"
    PASSKEY_ENROLMENT = "passkey_enrolment"
    ACTIVATION_CODE = "activation_code"
    RECOVERY_CODES = "recovery_codes"
    TURNED_AWAY = "turned_away"
    DONE = "done"


#: Steps that show something to keep or to scan, or take a new password: never over a channel of plain text.
NEEDS_PAGES = frozenset(
    {
        Need.NEW_PASSWORD,
        Need.ENROLMENT,
        Need.PASSKEY_ENROLMENT,
        Need.ACTIVATION_CODE,
        Need.RECOVERY_CODES,
    }
)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that decides what is next.

    Attributes:
        decision: by `may()` for the journey's account and proofs; None while nobody is known.
        kinds: second factors that the account could use now.
        may_bind: why a first factor may be set up here and now, or "".
        has_password: False for a local account whose first password is still to be set.
    """

    journey: Journey
    decision: Decision | None
    kinds: frozenset[FactorKind]
    may_bind: str
    has_password: bool


@dataclass(frozen=True, slots=True)
class Next:
    """What is needed, and the name of the check that says so (for the log and for tests)."""

    need: Need
    check: str


def next_step(situation: Situation) -> Next:
    """Return the first need that a check finds; the order of `CHECKS` is the policy of the journey."""
    for check in CHECKS:
        need = check(situation)
        if need is not None:
            return Next(need, check.__name__)
    return Next(Need.DONE, "nothing_left")


def nobody_known(situation: Situation) -> Need | None:
    """Nobody has proved anything in this journey."""
    known = situation.journey.account_id is not None and bool(situation.journey.proofs)
    return None if known else Need.PASSWORD


def recovery_codes_unseen(situation: Situation) -> Need | None:
    """Codes were just made; they are shown before anything else can replace the page."""
    return Need.RECOVERY_CODES if situation.journey.recovery_codes else None


def password_must_change(situation: Situation) -> Need | None:
    """The directory wants a new password before the old one opens anything."""
    return Need.NEW_PASSWORD if situation.journey.must_change_password else None


def first_password_missing(situation: Situation) -> Need | None:
    """A local account without a password, let in by an activation code to set one."""
    activated = latest(situation.journey.proofs, Method.ACTIVATION_CODE) is not None
    return Need.NEW_PASSWORD if activated and not situation.has_password else None


def decision_refuses(situation: Situation) -> Need | None:
    """No proof will help."""
    return Need.TURNED_AWAY if isinstance(situation.decision, Deny) else None


def knowledge_missing(situation: Situation) -> Need | None:
    """More is asked, and no password counts yet: it comes first."""
    if not isinstance(situation.decision, StepUp):
        return None
    if Method.PASSWORD in situation.decision.one_of:
        return Need.PASSWORD
    return None if Factor.KNOWLEDGE in _held(situation) else Need.PASSWORD


def second_factor_missing(situation: Situation) -> Need | None:
    """More is asked than the password: a second factor, or a first one to be set up where that may be done."""
    if not isinstance(situation.decision, StepUp):
        return None
    if kinds_to_ask(situation):
        return Need.SECOND_FACTOR
    if not situation.may_bind:
        return Need.ACTIVATION_CODE
    resistant = situation.decision.assurance is Assurance.PHISHING_RESISTANT
    return Need.PASSKEY_ENROLMENT if resistant else Need.ENROLMENT


def kinds_to_ask(situation: Situation) -> frozenset[FactorKind]:
    """Return the kinds that bring the person further.

    Where only a phishing-resistant one is enough and none is bound yet, any other is asked for first, so that one
    may be bound from an existing factor.
    """
    decision, kinds = situation.decision, situation.kinds
    if isinstance(decision, StepUp):
        kinds -= {FactorKind(method.value) for method in decision.refused}
        if decision.one_of:
            kinds = frozenset(kind for kind in kinds if kind.value in decision.one_of)
    if not isinstance(decision, StepUp) or decision.assurance is not Assurance.PHISHING_RESISTANT:
        return kinds
    if kinds & RESISTANT_KINDS:
        return kinds & RESISTANT_KINDS
    return frozenset() if Factor.POSSESSION in _held(situation) else kinds


CHECKS: tuple[Callable[[Situation], Need | None], ...] = (
    nobody_known,
    recovery_codes_unseen,
    password_must_change,
    first_password_missing,
    decision_refuses,
    knowledge_missing,
    second_factor_missing,
)


def _held(situation: Situation) -> frozenset[Factor]:
    decision, proofs = situation.decision, situation.journey.proofs
    return factors_of(decision.counted if isinstance(decision, StepUp) else proofs)
