"""The outbox as rows: messages are added by use cases, taken and settled by the dispatcher in `jobs`.

Taking is one conditional UPDATE that writes a fresh lease into the rows; settling names that lease, so a
worker that was given up and comes back late changes nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, insert, or_, select, update

from idp.domain.handles import new_id
from idp.domain.outbox import DeadLetter, Delivery, Message
from idp.domain.plain_text import plain
from idp.storage.announcements import OUTBOX, announce
from idp.storage.tables import outbox

_ERROR_LIMIT = 500


class SqlOutbox:
    """Implements `ports.Outbox` and what the dispatcher asks (`jobs.dispatcher.Queue`)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, message: Message, now: datetime) -> None:
        self._connection.execute(
            insert(outbox)
            .values(
                topic=message.topic,
                lane=message.lane or message.topic,
                payload=dict(message.payload),
                created_at=now,
                due_at=message.due or now,
            )
            .inline()
        )
        announce(self._connection, OUTBOX)

    def take(
        self, topics: Collection[str], busy: Collection[str], limit: int, until: datetime, now: datetime
    ) -> Sequence[Delivery]:
        """Lease up to `limit` due messages until `until`, at most one of each lane and none of a busy one."""
        waiting = outbox.alias()
        first = (
            select(func.min(waiting.c.id))
            .where(_takeable(waiting.c, now), waiting.c.topic.in_(topics), waiting.c.lane.not_in(busy))
            .group_by(waiting.c.lane)
            .order_by(func.min(waiting.c.due_at))
            .limit(limit)
        )
        taken = self._connection.execute(
            update(outbox)
            # Asked again here: on PostgreSQL another node may have taken the row since the subquery ran.
            .where(outbox.c.id.in_(first), _takeable(outbox.c, now))
            .values(lease=new_id(), leased_until=until, attempts=outbox.c.attempts + 1)
            .returning(outbox)
        )
        return [_delivery(row) for row in taken.mappings()]

    def has_due(self, topics: Collection[str], busy: Collection[str], now: datetime) -> bool:
        """Tell whether `take` would find anything; a read, so that an idle dispatcher takes no write lock."""
        due = (_takeable(outbox.c, now), outbox.c.topic.in_(topics), outbox.c.lane.not_in(busy))
        return self._connection.execute(select(outbox.c.id).where(*due).limit(1)).first() is not None

    def done(self, delivery: Delivery, now: datetime) -> bool:
        """Note success; False if the lease had passed to another worker."""
        return self._settle(delivery, done_at=now, last_error=None)

    def again(self, delivery: Delivery, error: str, due: datetime) -> bool:
        """Note a failure that is tried again at `due`."""
        return self._settle(delivery, due_at=due, last_error=plain(error, _ERROR_LIMIT))

    def give_up(self, delivery: Delivery, error: str, now: datetime) -> bool:
        """Note a failure for good: a dead letter, kept until someone asks for it again."""
        return self._settle(delivery, dead_at=now, last_error=plain(error, _ERROR_LIMIT))

    def _settle(self, delivery: Delivery, **values: Any) -> bool:
        changed = self._connection.execute(
            update(outbox)
            .where(outbox.c.id == delivery.id, outbox.c.lease == delivery.lease)
            .values(lease=None, leased_until=None, **values)
        )
        return changed.rowcount == 1

    def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """Return dead letters, newest first."""
        rows = self._connection.execute(
            select(outbox).where(outbox.c.dead_at.is_not(None)).order_by(outbox.c.dead_at.desc()).limit(limit)
        )
        return [_dead_letter(row) for row in rows.mappings()]

    def requeue(self, message_id: int, now: datetime) -> bool:
        """Let a dead letter be tried anew; False if it is none."""
        changed = self._connection.execute(
            update(outbox)
            .where(outbox.c.id == message_id, outbox.c.dead_at.is_not(None))
            .values(dead_at=None, due_at=now, attempts=0)
        )
        announce(self._connection, OUTBOX)
        return changed.rowcount == 1

    def backlog(self, now: datetime) -> tuple[int, timedelta]:
        """Return how many messages are due and since when the oldest is (back-pressure, X9)."""
        count, oldest = self._connection.execute(
            select(func.count(), func.min(outbox.c.due_at)).where(_pending(outbox.c), outbox.c.due_at <= now)
        ).one()
        return count, now - oldest if oldest else timedelta()

    def prune(self, before: datetime) -> int:
        """Forget messages that were delivered before `before`; dead letters stay."""
        return self._connection.execute(outbox.delete().where(outbox.c.done_at < before)).rowcount


def _pending(columns: Any) -> ColumnElement[bool]:
    return and_(columns.done_at.is_(None), columns.dead_at.is_(None))


def _takeable(columns: Any, now: datetime) -> ColumnElement[bool]:
    free = or_(columns.leased_until.is_(None), columns.leased_until < now)
    return and_(_pending(columns), columns.due_at <= now, free)


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        topic=row["topic"],
        lane=row["lane"],
        payload=row["payload"],
        attempt=row["attempts"],
        created_at=row["created_at"],
        lease=row["lease"],
    )


def _dead_letter(row: RowMapping) -> DeadLetter:
    return DeadLetter(
        id=row["id"],
        topic=row["topic"],
        payload=row["payload"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        dead_at=row["dead_at"],
        last_error=row["last_error"] or "",
    )
