"""What a person typed, out of User-Password: decoded strictly (R6) and split without ambiguity.

    challenge    the whole is the password; a code is asked for by Access-Challenge
    appended     the last digits are the code, whatever comes before is the password
    either       as `appended` if it ends in that many digits, else as `challenge`
    code         the whole is a code; there is no password

Besides, wherever a password is expected, OpenVPN's static challenge: `SCRV1:<base64>:<base64>`.
"""

import base64
import binascii
from dataclasses import dataclass, field
from enum import StrEnum

_STATIC_CHALLENGE = "SCRV1"
_PARTS = 3
#: Control characters of ASCII and Latin-1.
_CONTROLS = frozenset(range(32)) | frozenset(range(127, 160))
#: In Latin-1: printable ASCII and letters with marks. Bytes of a wrong secret hardly ever look like that.
_LATIN_TEXT = frozenset(range(32, 127)) | frozenset(range(0xC0, 0x100))


class Form(StrEnum):
    """How the clients behind a NAS can ask for a code."""

    CHALLENGE = "challenge"
    APPENDED = "appended"
    EITHER = "either"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: None is what was not asked for."""

    password: str | None = field(repr=False)
    code: str | None = field(repr=False)


def decoded(padded: bytes, *, proved: bool) -> str | None:
    """Return the text of an unhidden User-Password, None if it is none: the shared secret is another.

    `proved`: Message-Authenticator has shown that the secret is right; then every printable byte of Latin-1 is
    taken, which old clients send for å, ä and ö.
    """
    bare = padded.rstrip(b"\0")
    if b"\0" in bare or len(padded) - len(bare) >= (16 if bare else 17):
        return None
    try:
        text = bare.decode("utf-8")
    except UnicodeDecodeError:
        if not proved and not frozenset(bare) <= _LATIN_TEXT:
            return None
        text = bare.decode("latin-1")
    return None if any(ord(character) in _CONTROLS for character in text) else text


def split(text: str, form: Form, digits: int) -> Typed:
    """Return password and code by the form of the NAS; `digits` is the length of this person's codes."""
    if form is Form.CODE:
        return Typed(None, text)
    static = _static_challenge(text)
    if static is not None:
        return static
    tail = text[-digits:]
    ends_in_code = len(tail) == digits and tail.isascii() and tail.isdigit()
    if form is Form.CHALLENGE or not ends_in_code:
        return Typed(text, None)
    return Typed(text[:-digits], tail)


def _static_challenge(text: str) -> Typed | None:
    parts = text.split(":")
    if len(parts) != _PARTS or parts[0] != _STATIC_CHALLENGE:
        return None
    try:
        password, code = (base64.b64decode(part, validate=True).decode("utf-8") for part in parts[1:])
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Typed(password, code or None)
