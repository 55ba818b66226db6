"""Counts over time, from rows that say when, and not from the log."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, func, literal_column, or_, select, type_coerce

from idp.domain.register import DayCount, FactorCount, Trends
from idp.storage.columns import to_micros
from idp.storage.tables import decisions, outbox, sync_runs
from mfa.tables import hotps, passkeys, totps

_DAY = 24 * 3600 * 1_000_000
_TREND = timedelta(days=29)
#: Delivered messages are deleted after seven days (storage/pruning.py).
_MESSAGES = timedelta(days=6)
_CARRIED_OUT = ("applied",)


def signins_by_day(
    connection: Connection, application: str, since: datetime, until: datetime
) -> Sequence[DayCount]:
    """Return every day of the period, also those on which nothing happened."""
    day = _day_of(decisions.c.at)
    query = select(day, decisions.c.outcome, func.count()).where(
        decisions.c.at >= since, decisions.c.at <= until
    )
    if application:
        query = query.where(decisions.c.application_id == application)
    found: dict[tuple[int, bool], int] = {}
    for number, outcome, count in connection.execute(query.group_by(day, decisions.c.outcome)):
        key = (int(number), outcome == "permit")
        found[key] = found.get(key, 0) + int(count)
    return _days(since, until, lambda one: found.get((one, True), 0), lambda one: found.get((one, False), 0))


def trends(connection: Connection, now: datetime) -> Trends:
    """Return factors, synchronisations and messages, day by day."""
    since = now - _TREND
    good, bad = sync_runs.c.state.in_(_CARRIED_OUT), sync_runs.c.state.not_in((*_CARRIED_OUT, "applying"))
    carried = _per_day(connection, sync_runs.c.started_at, since, good)
    stopped = _per_day(connection, sync_runs.c.started_at, since, bad)
    done = _per_day(connection, outbox.c.done_at, now - _MESSAGES)
    dead = _per_day(connection, outbox.c.dead_at, now - _MESSAGES)
    return Trends(
        factors=_factors(connection, since, now),
        runs=_days(since, now, lambda one: carried.get(one, 0), lambda one: stopped.get(one, 0)),
        messages=_days(now - _MESSAGES, now, lambda one: done.get(one, 0), lambda one: dead.get(one, 0)),
    )


def _factors(connection: Connection, since: datetime, until: datetime) -> Sequence[FactorCount]:
    """Count what was there at first, and go on by what came and went on each day."""
    kinds = ((totps, totps.c.confirmed_at), (hotps, hotps.c.created_at), (passkeys, passkeys.c.created_at))
    lines = []
    for table, begun in kinds:
        there = connection.execute(
            select(func.count()).where(
                begun < since, or_(table.c.removed_at.is_(None), table.c.removed_at >= since)
            )
        ).scalar_one()
        came = _per_day(connection, begun, since)
        gone = _per_day(connection, table.c.removed_at, since, begun.is_not(None))
        line, count = [], int(there)
        for number, _ in _numbers(since, until):
            count += came.get(number, 0) - gone.get(number, 0)
            line.append(count)
        lines.append(line)
    days = [day for _, day in _numbers(since, until)]
    return [FactorCount(day, *counts) for day, *counts in zip(days, *lines, strict=True)]


def _per_day(
    connection: Connection, at: ColumnElement[Any], since: datetime, *conditions: ColumnElement[bool]
) -> dict[int, int]:
    day = _day_of(at)
    rows = connection.execute(select(day, func.count()).where(at >= since, *conditions).group_by(day))
    return {int(number): int(count) for number, count in rows}


def _day_of(at: ColumnElement[Any]) -> ColumnElement[Any]:
    return (type_coerce(at, BigInteger) // literal_column(str(_DAY))).label("day")


def _numbers(since: datetime, until: datetime) -> list[tuple[int, date]]:
    first, last = to_micros(since) // _DAY, to_micros(until) // _DAY
    start = since.astimezone(UTC).date()
    return [(number, start + timedelta(days=number - first)) for number in range(first, last + 1)]


def _days(
    since: datetime, until: datetime, count: Callable[[int], int], refused: Callable[[int], int]
) -> list[DayCount]:
    return [DayCount(day, count(number), refused(number)) for number, day in _numbers(since, until)]
