"""Connections as rows: who was connected from where, with what address, how long.

What a NAS says may come twice, late or out of order: every write compares with what is known, so that the
same packets in any order leave the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.ports import UnitOfWork
from idp.radius.store.connection import connection_of
from idp.radius.tables import connections


@dataclass(frozen=True, slots=True)
class NetworkConnection:
    """One connection. `server` is where packets come from, `server_name` what the NAS calls itself.

    `address` is where the person is, `framed_address` what the person was given; the disconnect fields say how
    it went to end it from here.
    """

    id: str
    application_id: str
    server: str
    server_name: str
    server_session: str
    login: str
    started_at: datetime
    updated_at: datetime
    account_id: str | None = None
    session_id: str | None = None
    address: str = ""
    framed_address: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""
    seconds: int = 0
    input_octets: int = 0
    output_octets: int = 0
    disconnect_outcome: str | None = None
    disconnect_detail: str | None = None
    disconnect_attempts: int | None = None
    disconnect_at: datetime | None = None

    def lasted(self, now: datetime) -> timedelta:
        """How long it lasted, or has lasted."""
        return (
            timedelta(seconds=self.seconds)
            if self.ended_at and self.seconds
            else ((self.ended_at or now) - self.started_at)
        )


def newest(uow: UnitOfWork, like: NetworkConnection) -> NetworkConnection | None:
    """Return the newest connection with the same NAS and NAS's session, of the same session of ours if known."""
    conditions = [
        connections.c.application_id == like.application_id,
        connections.c.server == like.server,
        connections.c.server_name == like.server_name,
        connections.c.server_session == like.server_session,
    ]
    if like.session_id is not None:
        conditions.append(connections.c.session_id == like.session_id)
    found = _read(connection_of(uow), and_(*conditions), most=1)
    return found[0] if found else None


def add(uow: UnitOfWork, connection: NetworkConnection) -> bool:
    """Store a new connection; False if another process stored the same one first."""
    values = {column.name: getattr(connection, column.name) for column in connections.c}
    sql = connection_of(uow)
    try:
        with sql.begin_nested():
            sql.execute(insert(connections).values(values))
    except IntegrityError:
        return False
    return True


def progress(uow: UnitOfWork, known: NetworkConnection, heard: NetworkConnection) -> None:
    """Take over what an interim message says; counters never go back."""
    _update(
        uow,
        known,
        framed_address=heard.framed_address or known.framed_address,
        updated_at=max(known.updated_at, heard.updated_at),
        **_counts(known, heard),
    )


def end(uow: UnitOfWork, known: NetworkConnection, heard: NetworkConnection, by: str) -> bool:
    """Note a connection's end; False if it had ended."""
    connection = connection_of(uow)
    changed = connection.execute(
        update(connections)
        .where(connections.c.id == known.id, connections.c.ended_at.is_(None))
        .values(ended_at=heard.updated_at, ended_by=by, updated_at=heard.updated_at)
    )
    _update(uow, known, **_counts(known, heard))
    return changed.rowcount == 1


def open_of_server(
    uow: UnitOfWork, application_id: str, server: str, name: str
) -> Sequence[NetworkConnection]:
    """Return the open connections of one NAS, for when it says that it began anew."""
    return _read(
        connection_of(uow),
        and_(
            connections.c.application_id == application_id,
            connections.c.server == server,
            connections.c.server_name == name,
            connections.c.ended_at.is_(None),
        ),
        most=100_000,
    )


def open_of_session(uow: UnitOfWork, session_id: str) -> Sequence[NetworkConnection]:
    """Return the open connections of a session."""
    return _read(
        connection_of(uow), and_(connections.c.session_id == session_id, connections.c.ended_at.is_(None))
    )


def open_to_cut(
    uow: UnitOfWork, session_id: str, application_id: str, account_id: str
) -> Sequence[NetworkConnection]:
    """Return what must end with a session: its connections, and the account's that name no session."""
    of_nobody = and_(connections.c.session_id.is_(None), connections.c.account_id == account_id)
    return _read(
        connection_of(uow),
        and_(
            connections.c.application_id == application_id,
            connections.c.ended_at.is_(None),
            or_(connections.c.session_id == session_id, of_nobody),
        ),
    )


def of_accounts(uow: UnitOfWork, accounts: Sequence[str], most: int = 100) -> Sequence[NetworkConnection]:
    """Return the newest connections of accounts."""
    return _read(connection_of(uow), connections.c.account_id.in_(accounts), most)


def of_application(uow: UnitOfWork, application_id: str, most: int = 100) -> Sequence[NetworkConnection]:
    """Return the newest connections through a NAS."""
    return _read(connection_of(uow), connections.c.application_id == application_id, most)


def count_open(uow: UnitOfWork, application_id: str) -> int:
    """Return how many are connected through a NAS."""
    query = (
        select(func.count())
        .select_from(connections)
        .where(connections.c.application_id == application_id, connections.c.ended_at.is_(None))
    )
    return int(connection_of(uow).execute(query).scalar_one())


def with_address(uow: UnitOfWork, address: str, at: datetime) -> Sequence[NetworkConnection]:
    """Return who had an address at a moment."""
    return _read(
        connection_of(uow),
        and_(
            connections.c.framed_address == address,
            connections.c.started_at <= at,
            or_(connections.c.ended_at.is_(None), connections.c.ended_at >= at),
        ),
    )


def note_disconnect(
    uow: UnitOfWork, known: NetworkConnection, outcome: str, detail: str, attempt: int, now: datetime
) -> None:
    """Keep how it went to end a connection."""
    _update(
        uow,
        known,
        disconnect_outcome=outcome,
        disconnect_detail=detail[:200],
        disconnect_attempts=attempt,
        disconnect_at=now,
    )


def prune(uow: UnitOfWork, before: datetime, most: int = 500) -> int:
    """Forget connections that ended before `before`; return how many."""
    connection = connection_of(uow)
    found = connection.execute(
        select(connections.c.id).where(connections.c.ended_at < before).limit(most)
    ).scalars()
    held = list(found)
    connection.execute(connections.delete().where(connections.c.id.in_(held)))
    return len(held)


def _counts(known: NetworkConnection, heard: NetworkConnection) -> dict[str, int]:
    return {
        "seconds": max(known.seconds, heard.seconds),
        "input_octets": max(known.input_octets, heard.input_octets),
        "output_octets": max(known.output_octets, heard.output_octets),
    }


def _update(uow: UnitOfWork, known: NetworkConnection, **values: Any) -> None:
    connection_of(uow).execute(update(connections).where(connections.c.id == known.id).values(**values))


def _read(
    connection: Connection, condition: ColumnElement[bool], most: int = 1000
) -> list[NetworkConnection]:
    rows = connection.execute(
        select(connections).where(condition).order_by(connections.c.started_at.desc()).limit(most)
    ).mappings()
    return [NetworkConnection(**row) for row in rows]
