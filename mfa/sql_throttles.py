"""The throttle's counters in SQL: one row each, written by compare-and-set on its version."""

from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, literal_column, or_, select, update

from mfa.authenticators import FactorKind
from mfa.sql_insert import insert_or_ignore
from mfa.sql_prepared import Prepared
from mfa.store import StoredState
from mfa.tables import instant, microseconds, throttles
from mfa.throttle import State

_ROW = (throttles.c.kind == bindparam("of_kind"), throttles.c.key == bindparam("of_key"))
_READ = Prepared(
    select(
        throttles.c.failures,
        throttles.c.counted_from,
        throttles.c.locked_until,
        throttles.c.generation,
        throttles.c.version,
    ).where(*_ROW)
)
_REPLACE = Prepared(
    update(throttles)
    .where(*_ROW, throttles.c.version == bindparam("seen_version"))
    .values(
        failures=bindparam("new_failures"),
        counted_from=bindparam("new_counted_from"),
        locked_until=bindparam("new_locked_until"),
        generation=bindparam("new_generation"),
        version=throttles.c.version + 1,
    )
)

_LOCKED = Prepared(
    select(throttles.c.kind, throttles.c.locked_until)
    .where(
        # The primary key begins with the kind; written out, or SQLAlchemy makes the list anew each time.
        throttles.c.kind.in_([literal_column(f"'{kind.value}'") for kind in FactorKind]),
        throttles.c.key == bindparam("of_key"),
        throttles.c.locked_until > bindparam("now"),
    )
    .order_by(throttles.c.locked_until.desc())
)


class SqlThrottleStore:
    """Counters by kind and key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, kind: FactorKind, key: str) -> StoredState | None:
        row = _READ.run(self._connection, of_kind=kind.value, of_key=key).one_or_none()
        return None if row is None else _stored(row)

    def locked(self, key: str, now: datetime) -> tuple[tuple[FactorKind, datetime], ...]:
        found = _LOCKED.run(self._connection, of_key=key, now=microseconds(now))
        return tuple((FactorKind(row.kind), instant(row.locked_until)) for row in found)

    def insert(self, kind: FactorKind, key: str, state: State) -> bool:
        values = {
            "kind": kind.value,
            "key": key,
            "failures": state.failures,
            "counted_from": state.counted_from,
            "locked_until": state.locked_until,
            "generation": state.generation,
            "version": 0,
        }
        return insert_or_ignore(self._connection, throttles, values)

    def replace(self, kind: FactorKind, key: str, state: State, version: int) -> bool:
        written = _REPLACE.run(
            self._connection,
            of_kind=kind.value,
            of_key=key,
            seen_version=version,
            new_failures=state.failures,
            new_counted_from=microseconds(state.counted_from),
            new_locked_until=None if state.locked_until is None else microseconds(state.locked_until),
            new_generation=state.generation,
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


def _stored(row: Row[*tuple[object, ...]]) -> StoredState:
    state = State(
        failures=row.failures,
        counted_from=instant(row.counted_from),
        locked_until=None if row.locked_until is None else instant(row.locked_until),
        generation=row.generation,
    )
    return StoredState(state, row.version)
