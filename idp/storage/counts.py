"""Counts over time, from the decisions that are stored and not from the log."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Connection, func, literal_column, select, type_coerce

from idp.domain.register import DayCount
from idp.storage.columns import to_micros
from idp.storage.tables import decisions

_DAY = 24 * 3600 * 1_000_000


def signins_by_day(
    connection: Connection, application: str, since: datetime, until: datetime
) -> Sequence[DayCount]:
    """Return every day of the period, also those on which nothing happened."""
    day = (type_coerce(decisions.c.at, BigInteger) // literal_column(str(_DAY))).label("day")
    first, last = to_micros(since) // _DAY, to_micros(until) // _DAY
    query = select(day, decisions.c.outcome, func.count()).where(
        decisions.c.at >= since, decisions.c.at <= until
    )
    if application:
        query = query.where(decisions.c.application_id == application)
    found: dict[tuple[int, bool], int] = {}
    for number, outcome, count in connection.execute(query.group_by(day, decisions.c.outcome)):
        key = (int(number), outcome == "permit")
        found[key] = found.get(key, 0) + int(count)
    start = since.astimezone(UTC).date()
    return [
        DayCount(
            start + timedelta(days=number - first),
            found.get((number, True), 0),
            found.get((number, False), 0),
        )
        for number in range(first, last + 1)
    ]
