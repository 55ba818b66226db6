"""The throttle's counters in SQL: one row each, written by compare-and-set on its version."""

from datetime import datetime

from sqlalchemy import Connection, Row, delete, or_, select, update

from mfa.authenticators import FactorKind
from mfa.sql_insert import insert_or_ignore
from mfa.store import StoredState
from mfa.tables import throttles
from mfa.throttle import State


class SqlThrottleStore:
    """Counters by kind and key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, kind: FactorKind, key: str) -> StoredState | None:
        row = self._connection.execute(
            select(throttles).where(throttles.c.kind == kind.value, throttles.c.key == key)
        ).one_or_none()
        return None if row is None else _stored(row)

    def insert(self, kind: FactorKind, key: str, state: State) -> bool:
        values = {"kind": kind.value, "key": key, "version": 0} | _columns(state)
        return insert_or_ignore(self._connection, throttles, values)

    def replace(self, kind: FactorKind, key: str, state: State, version: int) -> bool:
        written = self._connection.execute(
            update(throttles)
            .where(throttles.c.kind == kind.value, throttles.c.key == key, throttles.c.version == version)
            .values(version=version + 1, **_columns(state))
        )
        return written.rowcount == 1

    def prune(self, before: datetime) -> int:
        deleted = self._connection.execute(
            delete(throttles).where(
                throttles.c.counted_from < before,
                or_(throttles.c.locked_until.is_(None), throttles.c.locked_until < before),
            )
        )
        return deleted.rowcount


def _columns(state: State) -> dict[str, int | datetime | None]:
    return {
        "failures": state.failures,
        "counted_from": state.counted_from,
        "locked_until": state.locked_until,
        "generation": state.generation,
    }


def _stored(row: Row[tuple[object, ...]]) -> StoredState:
    state = State(
        failures=row.failures,
        counted_from=row.counted_from,
        locked_until=row.locked_until,
        generation=row.generation,
    )
    return StoredState(state, row.version)
