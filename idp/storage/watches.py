"""What is remembered of directories that are followed, as rows: one for each source."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select
from sqlalchemy.dialects import postgresql

from directory_sync.watched import Watched, WatchState
from idp.storage.tables import directory_watches

_MICROSECOND = timedelta(microseconds=1)


class SqlWatches:
    """Implements `provisioning.ports.Watches`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, source: str) -> tuple[Watched, str] | None:
        query = select(directory_watches).where(directory_watches.c.source == source)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else (_watched(row), row["node"])

    def put(self, source: str, watched: Watched, node: str) -> None:
        values = {**_values(watched), "node": node}
        inserting = postgresql.insert(directory_watches).values(source=source, capabilities={}, **values)
        self._connection.execute(
            inserting.on_conflict_do_update(index_elements=[directory_watches.c.source], set_=values)
        )

    def capabilities(self, source: str) -> Mapping[str, str]:
        query = select(directory_watches.c.capabilities).where(directory_watches.c.source == source)
        found: Mapping[str, str] | None = self._connection.execute(query).scalar()
        return found or {}

    def note_capabilities(self, source: str, capabilities: Mapping[str, str]) -> None:
        values = {"capabilities": dict(capabilities)}
        rest = {**_values(Watched()), "node": ""}
        inserting = postgresql.insert(directory_watches).values(source=source, **rest, **values)
        self._connection.execute(
            inserting.on_conflict_do_update(index_elements=[directory_watches.c.source], set_=values)
        )


def _values(watched: Watched) -> dict[str, Any]:
    return {
        "state": watched.state.value,
        "mechanism": watched.mechanism,
        "cookie": watched.cookie,
        "cookie_of": watched.cookie_of,
        "current_at": watched.current_at,
        "changed_at": watched.changed_at,
        "took_micros": None if watched.took is None else watched.took // _MICROSECOND,
        "changes": watched.changes,
        "full_at": watched.full_at,
        "error": watched.error,
        "error_at": watched.error_at,
        "window_at": watched.window_at,
        "window_disabled": watched.window_disabled,
    }


def _watched(row: RowMapping) -> Watched:
    took = row["took_micros"]
    return Watched(
        state=WatchState(row["state"]),
        mechanism=row["mechanism"],
        cookie=row["cookie"],
        cookie_of=row["cookie_of"],
        current_at=row["current_at"],
        changed_at=row["changed_at"],
        took=None if took is None else took * _MICROSECOND,
        changes=row["changes"],
        full_at=row["full_at"],
        error=row["error"],
        error_at=row["error_at"],
        window_at=row["window_at"],
        window_disabled=row["window_disabled"],
    )
