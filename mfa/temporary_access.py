"""Codes that a helper issues: temporary codes in place of a second factor, activation codes for a first one.

A temporary code has a purpose, a time and a number of uses (a forgotten or lost device). An activation code is
used once and allows to bind a first factor or set a first password; it is never a second factor, and
verification therefore takes it by another door. Who may issue what to whom is the host's policy; who did is
kept. Issuing a code withdraws the subject's earlier one (of the same purpose).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mfa import typed_codes
from mfa.authenticators import ActivationCode, TemporaryCode, TemporaryCodePurpose, new_identifier
from mfa.store import FactorStore

TEMPORARY_SYMBOLS = 12
"""60 bits, throttled and short-lived: still comfortable to read out on the telephone."""
ACTIVATION_SYMBOLS = 20
"""100 bits: it travels by letter and lives for days."""

LONGEST_TEMPORARY_LIFETIME = timedelta(days=1)
LONGEST_ACTIVATION_LIFETIME = timedelta(days=30)
MOST_USES = 20

_TEMPORARY_PURPOSE = "mfa.temporary-code"
_ACTIVATION_PURPOSE = "mfa.activation-code"


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A new code in its printed form: shown once, kept nowhere."""

    code_id: str
    code: str = field(repr=False)
    expires_at: datetime


def issue_temporary_code(
    store: FactorStore,
    subject: str,
    purpose: TemporaryCodePurpose,
    issued_by: str,
    now: datetime,
    *,
    lifetime: timedelta,
    uses: int = 1,
) -> IssuedCode:
    """Issue a code in place of a second factor."""
    if not timedelta(0) < lifetime <= LONGEST_TEMPORARY_LIFETIME:
        raise ValueError(f"lifetime: more than nothing, at most {LONGEST_TEMPORARY_LIFETIME}")
    if not 1 <= uses <= MOST_USES:
        raise ValueError(f"uses: 1 to {MOST_USES}")
    bare = typed_codes.generate(TEMPORARY_SYMBOLS)
    code = TemporaryCode(
        id=new_identifier(),
        subject=subject,
        mac=temporary_mac(store, subject, bare),
        purpose=purpose,
        issued_by=issued_by,
        issued_at=now,
        expires_at=now + lifetime,
        uses_left=uses,
    )
    store.temporary_codes.replace_code(code)
    return IssuedCode(code.id, typed_codes.printed(bare), code.expires_at)


def issue_activation_code(
    store: FactorStore, subject: str, issued_by: str, now: datetime, *, lifetime: timedelta
) -> IssuedCode:
    """Issue a code that allows to bind a first factor or set a first password."""
    if not timedelta(0) < lifetime <= LONGEST_ACTIVATION_LIFETIME:
        raise ValueError(f"lifetime: more than nothing, at most {LONGEST_ACTIVATION_LIFETIME}")
    bare = typed_codes.generate(ACTIVATION_SYMBOLS)
    code = ActivationCode(
        id=new_identifier(),
        subject=subject,
        mac=activation_mac(store, subject, bare),
        issued_by=issued_by,
        issued_at=now,
        expires_at=now + lifetime,
    )
    store.activation_codes.replace_code(code)
    return IssuedCode(code.id, typed_codes.printed(bare), code.expires_at)


def withdraw_temporary_code(store: FactorStore, subject: str, code_id: str, now: datetime) -> bool:
    """End a code before its time; False when there was nothing left to end."""
    return store.temporary_codes.withdraw(subject, code_id, now)


def withdraw_activation_code(store: FactorStore, subject: str, code_id: str, now: datetime) -> bool:
    """End a code before its time; False when there was nothing left to end."""
    return store.activation_codes.withdraw(subject, code_id, now)


def usable_temporary_codes(store: FactorStore, subject: str, now: datetime) -> tuple[TemporaryCode, ...]:
    """The codes that would still be accepted, for a helper's page."""
    return tuple(code for code in store.temporary_codes.issued(subject) if code.usable(now))


def usable_activation_codes(store: FactorStore, subject: str, now: datetime) -> tuple[ActivationCode, ...]:
    """The codes that would still be accepted, for a helper's page."""
    return tuple(code for code in store.activation_codes.issued(subject) if code.usable(now))


def parse_temporary(text: str) -> str | None:
    """The bare code that somebody typed; None when it cannot be one."""
    return typed_codes.parse(text, TEMPORARY_SYMBOLS)


def parse_activation(text: str) -> str | None:
    """The bare code that somebody typed; None when it cannot be one."""
    return typed_codes.parse(text, ACTIVATION_SYMBOLS)


def temporary_mac(store: FactorStore, subject: str, code: str) -> bytes:
    """What is kept of a code: a keyed hash that is of no use for another subject or kind."""
    return store.mac(f"{subject}\0{code}".encode(), _TEMPORARY_PURPOSE)


def activation_mac(store: FactorStore, subject: str, code: str) -> bytes:
    """What is kept of a code: a keyed hash that is of no use for another subject or kind."""
    return store.mac(f"{subject}\0{code}".encode(), _ACTIVATION_PURPOSE)
