"""Verifying a proof: throttle, check, spend, in that order and in one function that nobody can take apart.

`challenge` says what a subject could prove with, `verify` takes a second factor, `activate` takes an activation
code, which is not one. Of any number of parallel tries with one code, in any number of processes, exactly one
is accepted (S1, S2): the spending is one conditional write. It does not know what an accepted proof is good for.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TypeVar

from mfa import callback, hotp, one_time_passwords, recovery_codes, temporary_access, totp
from mfa.authenticators import FactorKind, TemporaryCodePurpose, in_time
from mfa.store import FactorStore
from mfa.throttle import CODE_LIMITS, Limits, Throttled
from mfa.throttling import release, reserve, settle


class Reason(StrEnum):
    """Why a proof was refused: for audit records and helpers. To the asker all are one answer."""

    WRONG = "wrong"
    REPLAYED = "replayed"
    MALFORMED = "malformed"
    NONE_ENROLLED = "none_enrolled"
    EXPIRED = "expired"
    OTHER_SITE = "other_site"
    """A passkey's answer was made for another origin or relying party."""
    NOT_VERIFIED = "not_verified"
    """The device did not ask for PIN or biometric, where that counts."""
    COUNTER_REGRESSED = "counter_regressed"
    ALREADY_BOUND = "already_bound"
    UNTRUSTED = "untrusted"
    """A new passkey's attestation does not meet the policy."""


GUESSES = frozenset({Reason.WRONG, Reason.NONE_ENROLLED})
"""What counts against the limits. A code that was once right (spent, expired) was known, not guessed: counting
it would let a double click, or a client that repeats itself, lock its owner out."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The proof was right and is now spent."""

    kind: FactorKind
    authenticator_id: str
    phishing_resistant: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """The proof was refused."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Challenge:
    """The kinds of second factor that a subject could use now; none when nothing is enrolled."""

    kinds: frozenset[FactorKind]


@dataclass(frozen=True, slots=True)
class OneTimePasswordResponse:
    """A one-time password as it was typed, of an app or of a hardware token: nobody need know of which kind."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecoveryCodeResponse:
    """A recovery code as it was typed."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TemporaryCodeResponse:
    """A temporary code as it was typed, and what it is to be used for."""

    code: str = field(repr=False)
    purpose: TemporaryCodePurpose = TemporaryCodePurpose.SIGN_IN


@dataclass(frozen=True, slots=True)
class Activated:
    """The activation code was right and is now spent. Deliberately not an `Accepted`: it is no second factor."""

    code_id: str


@dataclass(frozen=True, slots=True)
class CallBackResponse:
    """A code that was sent, as it was typed; `binding` is what it was asked for by."""

    code: str = field(repr=False)
    binding: bytes = field(repr=False)


Response = OneTimePasswordResponse | RecoveryCodeResponse | TemporaryCodeResponse | CallBackResponse
Code = TypeVar("Code")
Outcome = TypeVar("Outcome")


def challenge(
    store: FactorStore,
    subject: str,
    now: datetime,
    purpose: TemporaryCodePurpose = TemporaryCodePurpose.SIGN_IN,
) -> Challenge:
    """What the subject could prove a second factor with."""
    return Challenge(store.usable_kinds(subject, purpose, now))


def verify(
    store: FactorStore,
    subject: str,
    response: Response,
    now: datetime,
    limits: Limits = CODE_LIMITS,
    *,
    device: str = "",
) -> Accepted | Rejected | Throttled:
    """Take a second factor. The caller commits whatever the outcome is.

    `device` names a device that the host has found to be one trusted by this subject: its tries are counted on a
    counter of their own, so that nobody elsewhere locks its owner out of it.
    """
    key = throttle_key(subject, device)
    match response:
        case OneTimePasswordResponse(text):
            code = one_time_passwords.parse(text)
            return attempt(store, subject, FactorKind.TOTP, code, limits, now, key, _check_one_time_password)
        case RecoveryCodeResponse(text):
            code = recovery_codes.parse(text)
            return attempt(
                store, subject, FactorKind.RECOVERY_CODE, code, limits, now, key, _check_recovery_code
            )
        case TemporaryCodeResponse(text, purpose):
            code = temporary_access.parse_temporary(text)
            check = partial(_check_temporary_code, purpose=purpose)
            return attempt(store, subject, FactorKind.TEMPORARY_CODE, code, limits, now, key, check)
        case CallBackResponse(text, binding):
            code, called = callback.parse(text), partial(_check_call, binding=binding)
            return attempt(store, subject, FactorKind.TEXT_MESSAGE, code, limits, now, key, called)


def activate(
    store: FactorStore, subject: str, code: str, now: datetime, limits: Limits = CODE_LIMITS
) -> Activated | Rejected | Throttled:
    """Take an activation code, which allows to bind a first factor and nothing else."""
    bare = temporary_access.parse_activation(code)
    key = throttle_key(subject)
    return attempt(store, subject, FactorKind.ACTIVATION_CODE, bare, limits, now, key, _check_activation_code)


def throttle_key(subject: str, device: str = "") -> str:
    """The key of a subject's counters, for helpers who look at or clear them; `device` as for `verify`."""
    return f"subject:{subject} device:{device}" if device else f"subject:{subject}"


def attempt(
    store: FactorStore,
    subject: str,
    kind: FactorKind,
    code: Code | None,
    limits: Limits,
    now: datetime,
    key: str,
    check: Callable[[FactorStore, str, Code, datetime], Outcome],
) -> Outcome | Rejected | Throttled:
    """One try of whatever kind: reserved, checked and settled here and nowhere else. For this library only."""
    if code is None:  # S4: before anything else; what cannot be a code is no guess
        return Rejected(Reason.MALFORMED)
    admitted = reserve(store, key, kind, limits, now)
    if isinstance(admitted, Throttled):
        return admitted
    outcome = check(store, subject, code, now)
    if not isinstance(outcome, Rejected):
        settle(store, admitted.ticket, succeeded=True, now=now)
    elif outcome.reason in GUESSES:
        settle(store, admitted.ticket, succeeded=False, now=now)
    else:
        release(store, admitted.ticket, now)
    return outcome


def _check_one_time_password(
    store: FactorStore, subject: str, code: str, now: datetime
) -> Accepted | Rejected:
    """The kinds that the subject has, one after the other, under the one counter that was reserved."""
    timed = _check_totp(store, subject, code, now)
    if isinstance(timed, Accepted):
        return timed
    counted = _check_hotp(store, subject, code, now)
    if isinstance(counted, Accepted) or timed.reason is Reason.NONE_ENROLLED:
        return counted
    return counted if counted.reason is Reason.REPLAYED else timed


def _check_totp(store: FactorStore, subject: str, code: str, now: datetime) -> Accepted | Rejected:
    authenticators = [one for one in store.totps.active(subject) if in_time(one, now)]
    if not authenticators:
        return Rejected(Reason.NONE_ENROLLED)
    reason = Reason.WRONG
    for authenticator in authenticators:
        step = totp.matched_step(authenticator, code, now)
        if step is not None:
            if store.totps.spend(authenticator, totp.spending(authenticator, step, now), now):
                return Accepted(FactorKind.TOTP, authenticator.id, phishing_resistant=False)
            reason = Reason.REPLAYED  # another process was quicker
        elif totp.is_replay(authenticator, code, now):
            reason = Reason.REPLAYED
    return Rejected(reason)


def _check_hotp(store: FactorStore, subject: str, code: str, now: datetime) -> Accepted | Rejected:
    authenticators = [one for one in store.hotps.active(subject) if in_time(one, now)]
    if not authenticators:
        return Rejected(Reason.NONE_ENROLLED)
    reason = Reason.WRONG
    for authenticator in authenticators:
        counter = hotp.matched_counter(authenticator, code)
        if counter is not None:
            if store.hotps.spend(authenticator, counter, now):
                return Accepted(FactorKind.HOTP, authenticator.id, phishing_resistant=False)
            reason = Reason.REPLAYED  # another process was quicker
        elif hotp.is_replay(authenticator, code):
            reason = Reason.REPLAYED
    return Rejected(reason)


def _check_recovery_code(store: FactorStore, subject: str, code: str, now: datetime) -> Accepted | Rejected:
    mac = recovery_codes.mac(store, subject, code)
    set_id = store.recovery_codes.spend(subject, mac, now)
    if set_id is not None:
        return Accepted(FactorKind.RECOVERY_CODE, set_id, phishing_resistant=False)
    current = store.recovery_codes.current(subject)
    if current is None:
        return Rejected(Reason.NONE_ENROLLED)
    known = any(hmac.compare_digest(kept.mac, mac) for kept in current.codes)
    return Rejected(Reason.REPLAYED if known else Reason.WRONG)


def _check_temporary_code(
    store: FactorStore, subject: str, code: str, now: datetime, *, purpose: TemporaryCodePurpose
) -> Accepted | Rejected:
    mac = temporary_access.temporary_mac(store, subject, code)
    code_id = store.temporary_codes.spend(subject, mac, purpose, now)
    if code_id is not None:
        return Accepted(FactorKind.TEMPORARY_CODE, code_id, phishing_resistant=False)
    issued = [kept for kept in store.temporary_codes.issued(subject) if kept.purpose is purpose]
    known = next((kept for kept in issued if hmac.compare_digest(kept.mac, mac)), None)
    if known is not None:
        return Rejected(Reason.REPLAYED if known.uses_left == 0 else Reason.EXPIRED)
    return Rejected(Reason.WRONG if any(kept.usable(now) for kept in issued) else Reason.NONE_ENROLLED)


def _check_call(
    store: FactorStore, subject: str, code: str, now: datetime, *, binding: bytes
) -> Accepted | Rejected:
    mac = callback.call_mac(store, subject, code)
    spent = store.callbacks.spend(subject, mac, binding, now)
    if spent is not None:
        destination_id, channel = spent
        return Accepted(channel.kind, destination_id, phishing_resistant=False)
    return Rejected(Reason.REPLAYED if store.callbacks.was_spent(subject, mac) else Reason.WRONG)


def _check_activation_code(
    store: FactorStore, subject: str, code: str, now: datetime
) -> Activated | Rejected:
    mac = temporary_access.activation_mac(store, subject, code)
    code_id = store.activation_codes.spend(subject, mac, now)
    if code_id is not None:
        return Activated(code_id)
    issued = store.activation_codes.issued(subject)
    known = next((kept for kept in issued if hmac.compare_digest(kept.mac, mac)), None)
    if known is not None:
        return Rejected(Reason.REPLAYED if known.spent_at is not None else Reason.EXPIRED)
    return Rejected(Reason.WRONG if any(kept.usable(now) for kept in issued) else Reason.NONE_ENROLLED)
