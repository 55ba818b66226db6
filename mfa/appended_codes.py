"""Codes typed right behind a password, in one field: how many digits at the end are the code of this subject.

The lengths are those of the subject's own one-time passwords, apps and hardware tokens alike. Nothing is spent, counted
or said to be right here: that is verification's.
"""

from datetime import datetime

from mfa import hotp, totp
from mfa.authenticators import Hotp, Totp, in_time
from mfa.store import FactorStore


def appended_digits(store: FactorStore, subject: str, text: str, now: datetime) -> int | None:
    """Return how many digits at the end of `text` are the code; None for a subject without one-time passwords.

    Somebody with codes of two lengths is asked by the codes themselves: the length whose code is a code of theirs,
    and the longest where none is.
    """
    held: list[Totp | Hotp] = [*store.totps.active(subject), *store.hotps.active(subject)]
    held = [one for one in held if in_time(one, now)]
    lengths = sorted({int(one.digits) for one in held}, reverse=True)
    if not lengths:
        return None
    for length in lengths if lengths[1:] else ():
        code = text[-length:]
        if any(_is_code(one, code, now) for one in held if int(one.digits) == length):
            return length
    return lengths[0]


def _is_code(one: Totp | Hotp, code: str, now: datetime) -> bool:
    """Used up or not: a code that is sent again is to be refused as one."""
    if isinstance(one, Totp):
        return totp.matched_step(one, code, now) is not None or totp.is_replay(one, code, now)
    return hotp.matched_counter(one, code) is not None or hotp.is_replay(one, code)
