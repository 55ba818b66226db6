"""Moments in directories: GeneralizedTime (RFC 4517 §3.3.13) and plain dates.

Owns parsing by hand, as the standard allows what no library format does: minutes and seconds may be
missing, a fraction may follow the hour, the minute or the second after a point or a comma, the zone is Z or
an offset, the year may be 0000. Moments outside of what Python can hold become the nearest one that it can.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)

_PATTERN = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?P<hour>[0-9]{2})"
    r"(?:(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?)?"
    r"(?:[.,](?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[+-][0-9]{2}(?:[0-9]{2})?)"
)
_DATE = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_LEAP_YEAR = 2000
_LEAP_SECOND = 60


def parse_generalized_time(text: str) -> datetime:
    """The moment in UTC.

    Raises ValueError, which says what is wrong, on anything that RFC 4517 does not allow.
    """
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}” is not a GeneralizedTime such as 20261231235959Z")
    year = int(found["year"])
    second = int(found["second"] or 0)
    leap = second == _LEAP_SECOND
    # Year 0 exists in ISO 8601 and was a leap year; Python begins with year 1.
    moment = datetime(
        year or _LEAP_YEAR,
        int(found["month"]),
        int(found["day"]),
        int(found["hour"]),
        int(found["minute"] or 0),
        59 if leap else second,
        tzinfo=UTC,
    )
    if year == 0:
        return EARLIEST
    return _shifted(moment, _fraction(found) + timedelta(seconds=leap) - _offset(found["zone"]))


def _fraction(found: "re.Match[str]") -> timedelta:
    """The fraction is one of the smallest unit that is given (RFC 4517 §3.3.13)."""
    digits = found["fraction"]
    if digits is None:
        return timedelta(0)
    unit = 60_000_000 if found["minute"] else 3_600_000_000
    unit = 1_000_000 if found["second"] else unit
    return timedelta(microseconds=int(digits) * unit // 10 ** len(digits))


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta(0)
    hours, minutes = int(zone[1:3]), int(zone[3:] or 0)
    if hours > 23 or minutes > 59:  # noqa: PLR2004  the clock's own numbers
        raise ValueError(f"“{zone}” is not an offset from UTC")
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset


def _shifted(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return EARLIEST if by < timedelta(0) else LATEST


@lru_cache(maxsize=4096)  # a directory's dates are few and come back all the time
def parse_start(text: str, zone: ZoneInfo) -> datetime:
    """When something begins: a GeneralizedTime, or a date that begins at midnight in the zone."""
    day = _parse_date(text)
    return parse_generalized_time(text) if day is None else _midnight(day, zone)


@lru_cache(maxsize=4096)
def parse_end(text: str, zone: ZoneInfo) -> datetime:
    """The first moment after something: a GeneralizedTime as it stands.

    After a date, the midnight that ends the day.
    """
    day = _parse_date(text)
    if day is None:
        return parse_generalized_time(text)
    return LATEST if day == date.max else _midnight(day + timedelta(days=1), zone)


def _parse_date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    return None if found is None else date(int(found[1]), int(found[2]), int(found[3]))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return EARLIEST if day.year == 1 else LATEST
