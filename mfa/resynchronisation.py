"""Bringing a hardware token back in step by two codes that follow on one another (RFC 4226 §7.4, RFC 6238 §6).

For buttons pressed too often and clocks gone far astray. The search only goes forward from what was used, so both
codes are spent by it; it is a try like any other, on the counter that all one-time passwords share. It proves no
factor: the person then signs in with the next code.
"""

from dataclasses import dataclass
from datetime import datetime

from mfa import hotp, one_time_passwords, totp
from mfa.authenticators import FactorKind, in_time
from mfa.store import FactorStore
from mfa.throttle import CODE_LIMITS, Limits, Throttled
from mfa.verification import Reason, Rejected, attempt, throttle_key


@dataclass(frozen=True, slots=True)
class Resynchronised:
    """The token is in step: its next code is accepted."""

    kind: FactorKind
    authenticator_id: str


def resynchronise(
    store: FactorStore, subject: str, first: str, second: str, now: datetime, limits: Limits = CODE_LIMITS
) -> Resynchronised | Rejected | Throttled:
    """Take two consecutive codes of one of the subject's hardware tokens. The caller commits whatever comes."""
    parsed = one_time_passwords.parse(first), one_time_passwords.parse(second)
    codes = None if None in parsed else parsed
    return attempt(store, subject, FactorKind.HOTP, codes, limits, now, throttle_key(subject), _check)


def _check(
    store: FactorStore, subject: str, codes: tuple[str | None, str | None], now: datetime
) -> Resynchronised | Rejected:
    first, second = (code or "" for code in codes)
    buttons = [button for button in store.hotps.active(subject) if in_time(button, now)]
    clocks = [
        clock for clock in store.totps.active(subject) if clock.window is not None and in_time(clock, now)
    ]
    for button in buttons:
        counter = hotp.resynchronised(button, first, second)
        if counter is not None and store.hotps.spend(button, counter, now):
            return Resynchronised(FactorKind.HOTP, button.id)
    for clock in clocks:
        spending = totp.resynchronised(clock, first, second, now)
        if spending is not None and store.totps.spend(clock, spending, now):
            return Resynchronised(FactorKind.TOTP, clock.id)
    return Rejected(Reason.WRONG if buttons or clocks else Reason.NONE_ENROLLED)
