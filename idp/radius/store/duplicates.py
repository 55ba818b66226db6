"""Requests of the last half minute and their replies, shared by all processes (R3, RFC 5080 §2.2.2).

A request is claimed in the transaction of its first check: of two that claim it one wins, the other sends what
the first one's reply became, or nothing while there is none yet.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.domain.ports import UnitOfWork
from idp.radius.store.connection import connection_of, sealed, unsealed
from idp.radius.tables import replies
from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared

#: Longer than any client goes on retransmitting.
KEPT = timedelta(seconds=30)
_PURPOSE = "radius.reply"

_VALUES: dict[str, Any] = {"request": bindparam("key"), "received_at": bindparam("now")}
_CLAIM = {
    "sqlite": Prepared(sqlite_insert(replies).values(_VALUES).on_conflict_do_nothing()),
    "postgresql": Prepared(postgresql_insert(replies).values(_VALUES).on_conflict_do_nothing()),
}
_KEEP = Prepared(
    update(replies).where(replies.c.request == bindparam("key")).values(reply=bindparam("sealed"))
)


def claim(uow: UnitOfWork, request: bytes, now: datetime) -> bool:
    """Claim a request; False if it is or was somebody's."""
    connection = connection_of(uow)
    done = _CLAIM[connection.dialect.name].run(connection, key=request, now=to_micros(now))
    return done.rowcount == 1


def keep(uow: UnitOfWork, request: bytes, reply: bytes) -> None:
    """Keep what a claimed request was answered."""
    _KEEP.run(connection_of(uow), key=request, sealed=sealed(uow, reply, _PURPOSE))


def reply_of(uow: UnitOfWork, request: bytes) -> bytes | None:
    """Return the kept reply; None while there is none."""
    held = connection_of(uow).execute(select(replies.c.reply).where(replies.c.request == request)).scalar()
    return None if held is None else unsealed(uow, held, _PURPOSE)


def give_back(uow: UnitOfWork, request: bytes) -> None:
    """Forget a claim that came to nothing because of a fault, so that the next retransmission is tried."""
    connection_of(uow).execute(delete(replies).where(replies.c.request == request, replies.c.reply.is_(None)))


def prune(uow: UnitOfWork, now: datetime) -> int:
    """Forget what is too old to be sent again; return how many."""
    return connection_of(uow).execute(delete(replies).where(replies.c.received_at < now - KEPT)).rowcount
