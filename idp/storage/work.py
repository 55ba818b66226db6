"""What is going on right now, counted over indexes: a collector asks four times a minute."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select

from idp.domain.register import HeldLease, Work
from idp.storage.tables import decisions, leases, outbox, sessions


def work(connection: Connection, now: datetime, recently: timedelta) -> Work:
    """Count."""
    outcomes = connection.execute(
        select(decisions.c.outcome, func.count())
        .where(decisions.c.at >= now - recently, decisions.c.at <= now)
        .group_by(decisions.c.outcome)
    )
    living = and_(sessions.c.ended_at.is_(None), sessions.c.expires_at > now)
    waiting = and_(outbox.c.done_at.is_(None), outbox.c.dead_at.is_(None))
    number, oldest = connection.execute(select(func.count(), func.min(outbox.c.due_at)).where(waiting)).one()
    dead = connection.execute(select(func.count()).where(outbox.c.dead_at.is_not(None))).scalar_one()
    held = connection.execute(select(leases.c.name, leases.c.holder, leases.c.until).order_by(leases.c.name))
    return Work(
        {outcome: int(count) for outcome, count in outcomes},
        int(connection.execute(select(func.count()).where(living)).scalar_one()),
        int(number),
        oldest,
        int(dead),
        [HeldLease(*row) for row in held],
    )
