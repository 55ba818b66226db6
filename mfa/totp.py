"""Time-based one-time passwords (RFC 6238): secrets, otpauth URIs, the acceptance window and learnt drift.

Pure: it is handed an authenticator, a code and the time. It does not know where authenticators are kept, who
counts failures, or how a step is spent.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from mfa.authenticators import Totp
from mfa.one_time_passwords import base32, generator, parse, well_formed

__all__ = ["base32", "parse"]

SECRET_BYTES = 20
"""160 bits, as RFC 4226 §4 R6 recommends: 32 characters of base32, which can still be typed by hand."""

WINDOW = 1
"""Steps accepted on either side of where a phone's clock is believed to be (RFC 6238 §5.2: at most one)."""

HARDWARE_WINDOW = 120
"""Seconds on either side of the learnt drift for a hardware token, which nobody can set right."""

HARDWARE_FIRST_WINDOW = 3600
"""Seconds on either side for the first code of a hardware token, once. What has lain in its box for five years
is off by minutes; a guess has 240 codes of a million for it, not the 5,760 of a whole day. A token that is
further off is resynchronised by two consecutive codes."""

RESYNCHRONISATION = 86_400
"""Seconds on either side that are searched for two consecutive codes (RFC 6238 §6)."""

LARGEST_DRIFT = 300
"""Seconds: a phone further off must be set right, not followed (RFC 6238 §6 asks for such a limit)."""

LARGEST_HARDWARE_DRIFT = 90_000
"""Seconds: a hardware token cannot be set right, so it is followed as far as resynchronisation reaches."""

_LEARNING, _HARDWARE_LEARNING = 4, 2
"""One observation moves the drift by a quarter: a slow typist is not a slow clock. A hardware token is followed by
half: its window forgives the typist, and nobody sets its clock."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What accepting a code changes: the step that is now used up, and the drift as now believed."""

    step: int
    drift: int


def new_secret() -> bytes:
    """A new shared secret from the operating system's randomness."""
    return secrets.token_bytes(SECRET_BYTES)


def otpauth_uri(totp: Totp, issuer: str, label: str) -> str:
    """The otpauth URI that authenticator apps read; the host makes a QR code of it."""
    if ":" in issuer or ":" in label:
        raise ValueError("issuer and label are separated by a colon and may hold none themselves")
    parameters = {
        "secret": base32(totp.secret),
        "issuer": issuer,
        "algorithm": totp.algorithm.value,
        "digits": str(int(totp.digits)),
        "period": str(int(totp.period)),
    }
    # Apps decode %20 but show a plus sign as it stands.
    query = urlencode(parameters, quote_via=quote, safe="")
    return f"otpauth://totp/{quote(issuer, safe='')}:{quote(label, safe='')}?{query}"


def matched_step(totp: Totp, code: str, now: datetime) -> int | None:
    """The time step whose code this is, if inside the window and later than the last accepted one."""
    step = _matching_step(totp, code, now)
    return step if step is not None and step > totp.last_step else None


def is_replay(totp: Totp, code: str, now: datetime) -> bool:
    """Whether the code is right for the window, but for a step that has been used up."""
    step = _matching_step(totp, code, now)
    return step is not None and step <= totp.last_step


def spending(totp: Totp, step: int, now: datetime) -> Spending:
    """What accepting this step changes."""
    observed = (step - _current_step(totp, now)) * totp.period
    if totp.first_window is not None:
        return Spending(step=step, drift=_bounded(totp, observed))  # the first code says where its clock is
    slowness = _LEARNING if totp.window is None else _HARDWARE_LEARNING
    learnt = totp.drift + round((observed - totp.drift) / slowness)
    return Spending(step=step, drift=_bounded(totp, learnt))


def resynchronised(totp: Totp, first: str, second: str, now: datetime) -> Spending | None:
    """What two consecutive codes of a clock that is far off change; None when they are not that."""
    if not all(well_formed(code, totp.digits) for code in (first, second)):
        return None
    codes = generator(totp.secret, totp.digits, totp.algorithm)
    current, reach = _current_step(totp, now), RESYNCHRONISATION // totp.period
    earliest = max(0, current - reach, totp.last_step + 1)
    before, found = codes.at(earliest), None
    for step in range(earliest + 1, current + reach + 1):
        here = codes.at(step)
        # Both are compared always: the time tells nothing of the first alone.
        matches = hmac.compare_digest(before, first) & hmac.compare_digest(here, second)
        if matches and found is None:
            found = step
        before = here
    return None if found is None else Spending(found, _bounded(totp, (found - current) * totp.period))


def _bounded(totp: Totp, drift: int) -> int:
    largest = LARGEST_DRIFT if totp.window is None else LARGEST_HARDWARE_DRIFT
    return max(-largest, min(largest, drift))


def _matching_step(totp: Totp, code: str, now: datetime) -> int | None:
    if not well_formed(code, totp.digits):
        return None
    codes = generator(totp.secret, totp.digits, totp.algorithm)
    centre = _current_step(totp, now) + round(totp.drift / totp.period)
    window = _window(totp)
    matching = None
    # Every candidate is computed and compared, so that time does not tell which one matched. Should one code
    # stand for two steps of the window, the newest is taken: the older ones are then used up with it.
    for step in range(max(0, centre - window), centre + window + 1):
        if hmac.compare_digest(codes.at(step), code):
            matching = step
    return matching


def _window(totp: Totp) -> int:
    """How many steps are accepted on either side (S5)."""
    seconds = totp.first_window if totp.first_window is not None else totp.window
    return WINDOW if seconds is None else max(WINDOW, seconds // totp.period)


def _current_step(totp: Totp, now: datetime) -> int:
    """RFC 6238 §4.2, with T0 the Unix epoch."""
    return int(now.timestamp()) // totp.period
