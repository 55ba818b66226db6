"""Recovery codes: ten single-use look-up secrets on paper (NIST SP 800-63B-4 §3.1.2).

Owns their strength, their form and how they are hashed. Checking and throttling are verification's.
"""

from dataclasses import dataclass, field
from datetime import datetime

from mfa import typed_codes
from mfa.authenticators import RecoveryCode, RecoveryCodeSet, new_identifier
from mfa.store import FactorStore

CODES = 10
SYMBOLS = 16
"""80 bits."""

_PURPOSE = "mfa.recovery-code"


@dataclass(frozen=True, slots=True)
class GeneratedRecoveryCodes:
    """A new set in its printed form: shown once, kept nowhere."""

    set_id: str
    codes: tuple[str, ...] = field(repr=False)


def generate_recovery_codes(store: FactorStore, subject: str, now: datetime) -> GeneratedRecoveryCodes:
    """Make a new set; the old one, if any, stops working."""
    codes: list[str] = []
    while len(codes) < CODES:
        code = typed_codes.generate(SYMBOLS)
        if code not in codes:
            codes.append(code)
    kept = tuple(
        RecoveryCode(position=position, mac=mac(store, subject, code)) for position, code in enumerate(codes)
    )
    code_set = RecoveryCodeSet(id=new_identifier(), subject=subject, created_at=now, codes=kept)
    store.recovery_codes.replace_set(code_set)
    return GeneratedRecoveryCodes(code_set.id, tuple(typed_codes.printed(code) for code in codes))


def parse(text: str) -> str | None:
    """The bare code that somebody typed; None when it cannot be one."""
    return typed_codes.parse(text, SYMBOLS)


def mac(store: FactorStore, subject: str, code: str) -> bytes:
    """What is kept of a code: a keyed hash that is of no use for another subject or kind."""
    return store.mac(f"{subject}\0{code}".encode(), _PURPOSE)
