"""Forgets what has ended: sign-ins that expired, sessions long over, delivered messages, spent codes.

What it deletes answers no question any more: the audit log has the events and is weeded under decisions only.
Every statement takes at most a batch, so that no sign-in waits for it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, and_, delete, or_, select

from idp.provisioning.runs import RunState
from idp.storage.tables import (
    api_answers,
    approvals,
    decisions,
    journeys,
    outbox,
    participants,
    sessions,
    sync_lines,
    sync_runs,
    trusted_devices,
)
from idp.storage.unit_of_work import SqlDatabase

JOURNEYS_KEPT = timedelta(hours=1)
SESSIONS_KEPT = timedelta(days=30)
MESSAGES_KEPT = timedelta(days=7)
FACTORS_KEPT = timedelta(days=30)
ANSWERS_KEPT = timedelta(days=1)
#: The facts behind "why could Anna not get in?"; that and what was decided stays in the audit log.
DECISIONS_KEPT = timedelta(days=365)
#: What is still being stored after that was left behind by a process that died meanwhile.
PLANS_STORED_WITHIN = timedelta(days=1)
_BATCH = 500


_HAS_LINES = select(sync_lines.c.number).where(sync_lines.c.run_id == sync_runs.c.id).exists()


def prune(database: SqlDatabase, now: datetime, still_ours: Callable[[], bool]) -> int:
    """Delete what ended long enough ago; return how many rows."""
    over = now - SESSIONS_KEPT
    ended = or_(sessions.c.expires_at < over, sessions.c.ended_at < over)
    count = _batches(
        database, journeys, journeys.c.digest, journeys.c.expires_at < now - JOURNEYS_KEPT, still_ours
    )
    old = api_answers.c.created_at < now - ANSWERS_KEPT
    count += _batches(database, api_answers, api_answers.c.id, old, still_ours)
    count += _batches(database, decisions, decisions.c.id, decisions.c.at < now - DECISIONS_KEPT, still_ours)
    count += _batches(database, sessions, sessions.c.id, ended, still_ours)
    forgotten = or_(trusted_devices.c.expires_at < over, trusted_devices.c.ended_at < over)
    count += _batches(database, trusted_devices, trusted_devices.c.id, forgotten, still_ours)
    count += _batches(database, approvals, approvals.c.id, approvals.c.expires_at < over, still_ours)
    count += _unfinished_plans(database, now - PLANS_STORED_WITHIN, still_ours)
    count += _batches(database, outbox, outbox.c.id, outbox.c.done_at < now - MESSAGES_KEPT, still_ours)
    with database.write() as uow:
        return count + uow.factors.prune(now, FACTORS_KEPT)


def _unfinished_plans(database: SqlDatabase, before: datetime, still_ours: Callable[[], bool]) -> int:
    stale = and_(sync_runs.c.state == RunState.STORING.value, sync_runs.c.started_at < before)
    with database.read() as uow:
        runs = uow.connection.execute(select(sync_runs.c.id).where(stale)).scalars().all()
    count = 0
    for run in runs:
        count += _batches(database, sync_lines, sync_lines.c.number, sync_lines.c.run_id == run, still_ours)
    return count + _batches(database, sync_runs, sync_runs.c.id, and_(stale, ~_HAS_LINES), still_ours)


def _batches(
    database: SqlDatabase, table: Table, identity: Column[Any], condition: Any, still_ours: Callable[[], bool]
) -> int:
    count = 0
    while still_ours():
        with database.read() as uow:
            found = uow.connection.execute(select(identity).where(condition).limit(_BATCH)).scalars().all()
        if not found:
            break
        with database.write() as uow:
            if table is sessions:
                uow.connection.execute(delete(participants).where(participants.c.session_id.in_(found)))
            # Asked again: a row may have changed since it was found.
            count += uow.connection.execute(delete(table).where(identity.in_(found), condition)).rowcount
    return count
