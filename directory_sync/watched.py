"""What is remembered of a source that is followed.

Owns the states, and for how long what following has taken away counts against the brake. Knows no table.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(hours=24)
"""For how long what following has taken away counts against the brake."""


class WatchState(StrEnum):
    READING = "reading"
    FOLLOWING = "following"
    BRAKED = "braked"
    """Followed, but a plan that takes access away waits for a human."""
    WAITING = "waiting"
    """The directory cannot be reached, or not be read; tried again and again."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is remembered of a source that is followed, also by whoever takes over."""

    state: WatchState = WatchState.WAITING
    mechanism: str = ""
    cookie: str | None = None
    cookie_of: str = ""
    """For which settings the cookie holds."""
    current_at: datetime | None = None
    """When everything that the directory had said had been applied: the lag counts from here."""
    changed_at: datetime | None = None
    took: timedelta | None = None
    """How long the latest changes took from their arrival until they were committed."""
    changes: int = 0
    full_at: datetime | None = None
    error: str = ""
    error_at: datetime | None = None
    window_at: datetime | None = None
    window_disabled: int = 0

    def disabled_lately(self, now: datetime) -> int:
        """How many have lost their access by following, in the window that is open."""
        is_open = self.window_at is not None and now < self.window_at + WINDOW
        return self.window_disabled if is_open else 0
