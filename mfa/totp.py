"""Time-based one-time passwords (RFC 6238): secrets, otpauth URIs, the acceptance window and learnt drift.

Pure: it is handed an authenticator, a code and the time. It does not know where authenticators are kept, who
counts failures, or how a step is spent. The only user of pyotp.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

import pyotp

from mfa.authenticators import Digits, Totp

SECRET_BYTES = 20
"""160 bits, as RFC 4226 §4 R6 recommends: 32 characters of base32, which can still be typed by hand."""

WINDOW = 1
"""Steps accepted on either side of where the device's clock is believed to be (RFC 6238 §5.2: at most one)."""

LARGEST_DRIFT = 300
"""Seconds: a device further off must be set right, not followed (RFC 6238 §6 asks for such a limit)."""

_LEARNING = 4
"""One observation moves the drift by a quarter: a slow typist is not a slow clock."""

_LONGEST_INPUT = 64


@dataclass(frozen=True, slots=True)
class Spending:
    """What accepting a code changes: the step that is now used up, and the drift as now believed."""

    step: int
    drift: int


def new_secret() -> bytes:
    """A new shared secret from the operating system's randomness."""
    return secrets.token_bytes(SECRET_BYTES)


def base32(secret: bytes) -> str:
    """The secret as people and apps copy it: base32 without padding."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


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


def parse(text: str) -> str | None:
    """The digits that somebody typed, spaces removed; None when it cannot be a one-time password."""
    if len(text) > _LONGEST_INPUT:
        return None
    code = "".join(text.split())
    return code if _well_formed(code) else None


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
    learnt = totp.drift + round((observed - totp.drift) / _LEARNING)
    return Spending(step=step, drift=max(-LARGEST_DRIFT, min(LARGEST_DRIFT, learnt)))


def _well_formed(code: str) -> bool:
    """S4: str.isdigit() alone would let other scripts' digits through, and pyotp would normalise them."""
    return code.isascii() and code.isdigit() and len(code) in tuple(Digits)


def _matching_step(totp: Totp, code: str, now: datetime) -> int | None:
    if not _well_formed(code) or len(code) != totp.digits:
        return None
    generator = pyotp.HOTP(base32(totp.secret), digits=int(totp.digits), digest=totp.algorithm.digest)
    centre = _current_step(totp, now) + round(totp.drift / totp.period)
    matching = None
    # Every candidate is computed and compared, so that time does not tell which one matched. Should one code
    # stand for two steps of the window, the newest is taken: the older ones are then used up with it.
    for step in range(max(0, centre - WINDOW), centre + WINDOW + 1):
        if hmac.compare_digest(generator.at(step), code):
            matching = step
    return matching


def _current_step(totp: Totp, now: datetime) -> int:
    """RFC 6238 §4.2, with T0 the Unix epoch."""
    return int(now.timestamp()) // totp.period
