"""Counter-based one-time passwords (RFC 4226): the look-ahead window and what counts as a replay.

Pure: it is handed an authenticator and a code. It does not know where counters are kept or how one is spent.
"""

import hmac

from mfa import one_time_passwords
from mfa.authenticators import Hotp

LOOK_AHEAD = 10
"""Counters accepted beyond the expected one (RFC 4226 §7.2): buttons that were pressed without signing in."""

RESYNCHRONISATION = 1000
"""Counters searched for two consecutive codes (RFC 4226 §7.4): a token that children have played with."""

_REMEMBERED = 10
"""Counters behind the expected one whose codes are told from guesses."""


def matched_counter(hotp: Hotp, code: str) -> int | None:
    """The counter whose code this is, from the expected one to the end of the window.

    Every candidate is computed and compared, so that time does not tell which one matched. Should one code stand
    for two counters of the window, the later is taken: the earlier is then used up with it.
    """
    return _newest_match(hotp, code, hotp.counter, hotp.counter + LOOK_AHEAD)


def is_replay(hotp: Hotp, code: str) -> bool:
    """Whether the code was right not long ago."""
    return _newest_match(hotp, code, max(0, hotp.counter - _REMEMBERED), hotp.counter - 1) is not None


def resynchronised(hotp: Hotp, first: str, second: str) -> int | None:
    """The counter of the second of two consecutive codes, both at or beyond the expected one."""
    if not all(one_time_passwords.well_formed(code, hotp.digits) for code in (first, second)):
        return None
    generator = one_time_passwords.generator(hotp.secret, hotp.digits, hotp.algorithm)
    before = generator.at(hotp.counter)
    found = None
    for counter in range(hotp.counter + 1, hotp.counter + RESYNCHRONISATION + 1):
        here = generator.at(counter)
        # Both are compared always: the time tells nothing of the first alone.
        matches = hmac.compare_digest(before, first) & hmac.compare_digest(here, second)
        if matches and found is None:
            found = counter
        before = here
    return found


def _newest_match(hotp: Hotp, code: str, first: int, last: int) -> int | None:
    if not one_time_passwords.well_formed(code, hotp.digits):
        return None
    generator = one_time_passwords.generator(hotp.secret, hotp.digits, hotp.algorithm)
    matching = None
    for counter in range(first, last + 1):
        if hmac.compare_digest(generator.at(counter), code):
            matching = counter
    return matching
