"""Moments and durations as SAML writes them (core §1.3.3): UTC, with or without fractions of a second."""

import re
from datetime import UTC, datetime, timedelta

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|\+00:00)?")


def written(instant: datetime) -> str:
    """Return the moment in UTC, in whole seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> datetime | None:
    """Return the moment, None if it is not one in UTC."""
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        return None


def duration(delta: timedelta) -> str:
    """Return an xs:duration in whole seconds."""
    return f"PT{int(delta.total_seconds())}S"
