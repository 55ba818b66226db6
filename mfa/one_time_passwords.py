"""What counter-based and time-based one-time passwords share: their form as typed, and how one is computed.

The only user of pyotp, which computes RFC 4226 §5.3; windows, counters and time are its callers'.
"""

import base64

import pyotp

from mfa.authenticators import Algorithm, Digits

_LONGEST_INPUT = 64


def base32(secret: bytes) -> str:
    """The secret as people and apps copy it: base32 without padding."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def generator(secret: bytes, digits: Digits, algorithm: Algorithm) -> pyotp.HOTP:
    """What gives the code `at` a counter or step."""
    return pyotp.HOTP(base32(secret), digits=int(digits), digest=algorithm.digest)


def parse(text: str) -> str | None:
    """The digits that somebody typed, spaces removed; None when it cannot be a one-time password."""
    if len(text) > _LONGEST_INPUT:
        return None
    code = "".join(text.split())
    return code if well_formed(code) else None


def well_formed(code: str, *lengths: int) -> bool:
    """S4: str.isdigit() alone would let other scripts' digits through, and pyotp would normalise them."""
    return code.isascii() and code.isdigit() and len(code) in (lengths or tuple(Digits))
