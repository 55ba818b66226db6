"""One line of the doctor's: how grave, what is so, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_SMALL, _GREAT = timedelta(seconds=2), timedelta(seconds=15)


class Gravity(StrEnum):
    """How grave a finding is; a problem makes the exit code 1."""

    GOOD = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do."""

    gravity: Gravity
    what: str
    remedy: str = ""


def good(what: str) -> Finding:
    """All is well."""
    return Finding(Gravity.GOOD, what)


def note(what: str, remedy: str = "") -> Finding:
    """Worth knowing."""
    return Finding(Gravity.NOTE, what, remedy)


def warning(what: str, remedy: str) -> Finding:
    """Works, but not as it should."""
    return Finding(Gravity.WARNING, what, remedy)


def problem(what: str, remedy: str) -> Finding:
    """Does not work, or is not safe."""
    return Finding(Gravity.PROBLEM, what, remedy)


def clocks(whose: str, theirs: datetime, before: datetime, after: datetime) -> Finding:
    """Compare another clock, read between `before` and `after`, with this machine's."""
    apart = max(before - theirs, theirs - after, timedelta())
    seconds = f"{apart.total_seconds():.1f} s"
    direction = "behind" if theirs < before else "ahead"
    if apart < _SMALL:
        return good(f"{whose}: the clocks agree")
    text = f"{whose}: its clock is {seconds} {direction} of this machine's"
    remedy = "let both machines keep time (chrony, systemd-timesyncd): one-time codes and tokens depend on it"
    return warning(text, remedy) if apart < _GREAT else problem(text, remedy)
