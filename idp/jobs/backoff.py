"""How long to wait before a failed message is tried again, and when to stop. Pure."""

from datetime import timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(hours=1)
ATTEMPTS = 18
"""After these a message is a dead letter: about eight hours with the waits below."""

_JITTER = 0.25
_SCATTER = 2_654_435_761  # Knuth's multiplicative hash: neighbouring ids land far apart


def wait_after(attempt: int, message_id: int) -> timedelta:
    """Return the wait after failed try number `attempt`: doubling, and up to a quarter more or less.

    The scatter, by message, keeps what one outage piled up from coming back all at once.
    """
    doubled = min(FIRST * (1 << min(attempt - 1, 20)), LONGEST)
    share = (message_id + attempt) * _SCATTER % 2**32 / 2**32
    return doubled * (1 - _JITTER + 2 * _JITTER * share)
