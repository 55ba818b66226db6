"""Durations as people write them: `90s`, `30m`, `8h`, `2d`, or joined: `1h30m`. Pure."""

import re
from datetime import timedelta

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WRITTEN = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?", re.ASCII)


def parse_duration(text: str) -> timedelta | None:
    """Return the duration that `text` writes; None if it writes none."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    counts = (int(count or 0) for count in found.groups())
    return timedelta(seconds=sum(count * unit for count, unit in zip(counts, _UNITS.values(), strict=True)))


def write_duration(duration: timedelta) -> str:
    """Return the text that `parse_duration` reads back; parts of a second are not written."""
    left = int(duration.total_seconds())
    parts = []
    for letter, unit in _UNITS.items():
        count, left = divmod(left, unit)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts) or "0s"
