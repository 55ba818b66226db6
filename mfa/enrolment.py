"""Binding, naming and removing authenticators (NIST SP 800-63B-4 §4.1), and listing them.

An authenticator app is begun (its secret is shown), then confirmed by one code, which proves that the app took
the secret; that code is spent by it. Who may bind a factor, from where and by which proof, is the host's policy
and decided before these functions are called.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mfa import totp
from mfa.authenticators import Algorithm, Digits, Enrolled, FactorKind, Period, Totp, new_identifier
from mfa.store import FactorStore
from mfa.throttle import CODE_LIMITS, Throttled
from mfa.throttling import reserve, settle
from mfa.verification import Reason, Rejected

PENDING_LIFETIME = timedelta(minutes=15)
LONGEST_NAME = 60
_UNSEEN = frozenset({"Mn", "Me"})
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Printable by Unicode's word, and yet nobody sees them."""


@dataclass(frozen=True, slots=True)
class PendingTotp:
    """What a person needs to set up an app, until it has been confirmed."""

    authenticator_id: str
    secret: str = field(repr=False)
    """Base32, to type where a picture cannot be read."""
    uri: str = field(repr=False)
    """What the QR code holds."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The authenticator can be used from now on."""

    authenticator_id: str


def begin_totp(
    store: FactorStore,
    subject: str,
    issuer: str,
    label: str,
    now: datetime,
    *,
    name: str = "",
    algorithm: Algorithm = Algorithm.SHA1,  # many apps ignore the URI's algorithm, digits and period
    digits: Digits = Digits.SIX,
    period: Period = Period.THIRTY,
) -> PendingTotp:
    """Make a new secret for an app; whatever was pending for the subject is dropped."""
    expires_at = now + PENDING_LIFETIME
    pending = Totp(
        id=new_identifier(),
        subject=subject,
        name=checked_name(name),
        secret=totp.new_secret(),
        algorithm=algorithm,
        digits=digits,
        period=period,
        created_at=now,
        expires_at=expires_at,
    )
    shown = _shown(pending, expires_at, issuer, label)
    store.totps.drop_pending(subject)
    store.totps.add(pending)
    return shown


def resume_totp(
    store: FactorStore, subject: str, authenticator_id: str, issuer: str, label: str, now: datetime
) -> PendingTotp | None:
    """The same secret once more (a page was loaded again); None when it is confirmed, expired or not theirs."""
    pending = store.totps.pending(subject, authenticator_id)
    if pending is None or pending.expires_at is None or now >= pending.expires_at:
        return None
    return _shown(pending, pending.expires_at, issuer, label)


def confirm_totp(
    store: FactorStore, subject: str, authenticator_id: str, code: str, now: datetime
) -> Confirmed | Rejected | Throttled:
    """Finish the binding with one code of the new app. The caller commits whatever the outcome is."""
    digits = totp.parse(code)
    if digits is None:
        return Rejected(Reason.MALFORMED)
    pending = store.totps.pending(subject, authenticator_id)
    if pending is None:
        return Rejected(Reason.NONE_ENROLLED)
    if pending.expires_at is None or now >= pending.expires_at:
        return Rejected(Reason.EXPIRED)
    # A counter of its own: confirming one's own new app must never clear the one that guards the old (S7).
    key = f"pending:{authenticator_id}"
    admitted = reserve(store, key, FactorKind.TOTP, CODE_LIMITS, now)
    if isinstance(admitted, Throttled):
        return admitted
    step = totp.matched_step(pending, digits, now)
    right = step is not None and store.totps.confirm(pending, totp.spending(pending, step, now), now)
    settle(store, admitted.ticket, right, now)
    return Confirmed(authenticator_id) if right else Rejected(Reason.WRONG)


def rename(store: FactorStore, subject: str, authenticator_id: str, name: str) -> bool:
    """Give an authenticator app or a passkey another name; False when the subject has no such one."""
    new = checked_name(name)
    return store.totps.rename(subject, authenticator_id, new) or store.passkeys.rename(
        subject, authenticator_id, new
    )


def remove(store: FactorStore, subject: str, authenticator_id: str, now: datetime) -> bool:
    """End an authenticator (or a set of recovery codes) for good; False when the subject has no such one."""
    return (
        store.totps.remove(subject, authenticator_id, now)
        or store.passkeys.remove(subject, authenticator_id, now)
        or store.recovery_codes.remove(subject, authenticator_id, now)
    )


def enrolled(store: FactorStore, subject: str) -> tuple[Enrolled, ...]:
    """The subject's authenticators: apps and passkeys, each oldest first, then the recovery codes."""
    apps = [
        Enrolled(
            id=app.id,
            kind=FactorKind.TOTP,
            name=app.name,
            enrolled_at=app.confirmed_at or app.created_at,
            last_used_at=app.last_used_at,
            token_id=app.token_id,
        )
        for app in store.totps.active(subject)
    ] + [
        Enrolled(
            id=token.id,
            kind=FactorKind.HOTP,
            name=token.name,
            enrolled_at=token.created_at,
            last_used_at=token.last_used_at,
            token_id=token.token_id,
        )
        for token in store.hotps.active(subject)
    ]
    apps += [
        Enrolled(
            id=passkey.id,
            kind=FactorKind.PASSKEY,
            name=passkey.name,
            enrolled_at=passkey.created_at,
            last_used_at=passkey.last_used_at,
            synced=passkey.backup_eligible,
            regressed_at=passkey.regressed_at,
        )
        for passkey in store.passkeys.active(subject)
    ]
    current = store.recovery_codes.current(subject)
    if current is None:
        return tuple(apps)
    codes = Enrolled(
        id=current.id,
        kind=FactorKind.RECOVERY_CODE,
        name="",
        enrolled_at=current.created_at,
        last_used_at=current.last_used_at,
        remaining=current.remaining,
    )
    return (*apps, codes)


def _shown(pending: Totp, expires_at: datetime, issuer: str, label: str) -> PendingTotp:
    return PendingTotp(
        authenticator_id=pending.id,
        secret=totp.base32(pending.secret),
        uri=totp.otpauth_uri(pending, issuer, label),
        expires_at=expires_at,
    )


def checked_name(name: str) -> str:
    """One printable line, "" if nothing of it can be seen: names are shown on pages, in mail and in audit records."""
    stripped = name.strip()
    if len(stripped) > LONGEST_NAME or not stripped.isprintable():
        raise ValueError(f"name: at most {LONGEST_NAME} printable characters")
    seen = any(
        character not in _FILLERS and unicodedata.category(character) not in _UNSEEN for character in stripped
    )
    return stripped if seen else ""
