"""Approved destinations and the codes sent to them, in SQL: sealed, and erased when they have done their part."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from mfa.destinations import Call, Channel, Destination, ToSend
from mfa.store import Sealer
from mfa.tables import calls, destinations


def purpose_of(destination_id: str) -> str:
    """What binds a sealed address to its row."""
    return f"mfa.destination:{destination_id}"


def code_purpose(call_id: str) -> str:
    """What binds a sealed code to its row."""
    return f"mfa.call:{call_id}"


class SqlCallbackStore:
    """A `CallbackStore` in SQL."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, destination: Destination) -> None:
        self._connection.execute(
            destinations.insert().values(
                id=destination.id,
                subject=destination.subject,
                channel=destination.channel.value,
                sealed_address=self._sealer.seal(destination.address.encode(), purpose_of(destination.id)),
                bound_by=destination.bound_by,
                bound_at=destination.bound_at,
                usable_from=destination.usable_from,
            )
        )

    def destinations(self, subject: str) -> tuple[Destination, ...]:
        rows = self._connection.execute(
            select(destinations)
            .where(destinations.c.subject == subject, destinations.c.removed_at.is_(None))
            .order_by(destinations.c.bound_at, destinations.c.id)
        )
        return tuple(self._destination(row) for row in rows)

    def remove(self, subject: str, destination_id: str, now: datetime) -> bool:
        removed = self._connection.execute(
            update(destinations)
            .where(
                destinations.c.id == destination_id,
                destinations.c.subject == subject,
                destinations.c.removed_at.is_(None),
            )
            .values(removed_at=now)
        )
        return removed.rowcount == 1

    def to_tell(self, destination_id: str) -> Destination | None:
        found = select(destinations).where(
            destinations.c.id == destination_id, destinations.c.sealed_address.is_not(None)
        )
        row = self._connection.execute(found).first()
        return None if row is None else self._destination(row)

    def told(self, destination_id: str) -> None:
        self._connection.execute(
            update(destinations)
            .where(destinations.c.id == destination_id, destinations.c.removed_at.is_not(None))
            .values(sealed_address=None)
        )

    def _destination(self, row: Row[Any]) -> Destination:
        return Destination(
            id=row.id,
            subject=row.subject,
            channel=Channel(row.channel),
            address=self._sealer.unseal(row.sealed_address, purpose_of(row.id)).decode(),
            bound_by=row.bound_by,
            bound_at=row.bound_at,
            usable_from=row.usable_from,
            last_used_at=row.last_used_at,
        )

    def replace_call(self, call: Call) -> None:
        self._connection.execute(
            update(calls)
            .where(calls.c.subject == call.subject, calls.c.ended_at.is_(None))
            .values(ended_at=call.created_at, sealed_code=None)
        )
        self._connection.execute(
            calls.insert().values(
                id=call.id,
                subject=call.subject,
                destination_id=call.destination_id,
                binding=call.binding,
                mac=call.mac,
                sealed_code=self._sealer.seal(call.code.encode("ascii"), code_purpose(call.id)),
                created_at=call.created_at,
                expires_at=call.expires_at,
            )
        )

    def to_send(self, call_id: str, now: datetime) -> ToSend | None:
        row = self._connection.execute(
            select(
                calls.c.subject,
                calls.c.sealed_code,
                destinations.c.id,
                destinations.c.channel,
                destinations.c.sealed_address,
            )
            .join_from(calls, destinations, calls.c.destination_id == destinations.c.id)
            .where(
                calls.c.id == call_id,
                calls.c.ended_at.is_(None),
                calls.c.sealed_code.is_not(None),
                calls.c.expires_at > now,
                destinations.c.removed_at.is_(None),
            )
        ).first()
        if row is None:
            return None
        address = self._sealer.unseal(row.sealed_address, purpose_of(row.id)).decode()
        code = self._sealer.unseal(row.sealed_code, code_purpose(call_id)).decode("ascii")
        return ToSend(row.subject, Channel(row.channel), address, code)

    def sent(self, call_id: str, now: datetime) -> None:
        self._connection.execute(
            update(calls).where(calls.c.id == call_id).values(sent_at=now, sealed_code=None)
        )

    def spend(self, subject: str, mac: bytes, binding: bytes, now: datetime) -> tuple[str, Channel] | None:
        destination_id = self._connection.execute(
            update(calls)
            .where(
                calls.c.subject == subject,
                calls.c.mac == mac,
                calls.c.binding == binding,
                calls.c.ended_at.is_(None),
                calls.c.expires_at > now,
            )
            .values(ended_at=now, spent_at=now, sealed_code=None)
            .returning(calls.c.destination_id)
        ).scalar_one_or_none()
        if destination_id is None:
            return None
        channel = self._connection.execute(
            update(destinations)
            .where(destinations.c.id == destination_id)
            .values(last_used_at=now)
            .returning(destinations.c.channel)
        ).scalar_one()
        return destination_id, Channel(channel)

    def was_spent(self, subject: str, mac: bytes) -> bool:
        found = select(calls.c.id).where(
            calls.c.subject == subject, calls.c.mac == mac, calls.c.spent_at.is_not(None)
        )
        return self._connection.execute(found).first() is not None

    def prune(self, before: datetime) -> int:
        ended = self._connection.execute(delete(calls).where(calls.c.expires_at < before))
        used = select(calls.c.destination_id)
        gone = self._connection.execute(
            delete(destinations).where(destinations.c.removed_at < before, destinations.c.id.not_in(used))
        )
        return ended.rowcount + gone.rowcount
