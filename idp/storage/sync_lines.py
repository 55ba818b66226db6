"""The lines of runs, many at a time, as rows."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import Connection, bindparam, func, select, update

from idp.storage.bulk import BulkInsert, chunks, stretches
from idp.storage.prepared import Prepared
from idp.storage.tables import sync_lines

_ADD_LINE = BulkInsert(sync_lines)
_NOTE = Prepared(
    update(sync_lines)
    .where(sync_lines.c.run_id == bindparam("_run"), sync_lines.c.number == bindparam("_number"))
    .values(previous=bindparam("previous"))
)
# By the first and the last of them: a batch's lines stand together, and a thousand numbers take longer to name.
_THESE = (
    sync_lines.c.run_id == bindparam("run"),
    sync_lines.c.number.between(bindparam("first"), bindparam("last")),
)
_LOCK = (
    select(sync_lines.c.number)
    .where(*_THESE, sync_lines.c.state == "pending")
    .order_by(sync_lines.c.number)
    .with_for_update()
)
_PREVIOUS = select(sync_lines.c.number, sync_lines.c.previous).where(
    *_THESE, sync_lines.c.previous.is_not(None)
)
_APPLIED = update(sync_lines).where(*_THESE).values(state="applied")
_STATES = ("pending", "applied", "left_out")


class SqlLines:
    """The half of `provisioning.ports.Runs` that is about lines."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def store_lines(
        self,
        run_id: str,
        lines: Iterable[str],
        previous: Sequence[str],
        state_of: Callable[[int], tuple[str, str | None]],
        first: int = 0,
    ) -> None:
        for some in chunks(enumerate(lines, first)):
            rows = []
            for number, text in some:
                state, reason = state_of(number)
                before = (previous[number] or None) if previous else None
                rows.append(
                    {
                        "run_id": run_id,
                        "number": number,
                        "line": text,
                        "state": state,
                        "reason": reason,
                        "previous": before,
                    }
                )
            _ADD_LINE.run(self._connection, rows)

    def pending(self, run_id: str, limit: int, after: int = -1) -> Sequence[tuple[int, str]]:
        rows = self._connection.execute(
            select(sync_lines.c.number, sync_lines.c.line)
            .where(
                sync_lines.c.run_id == run_id, sync_lines.c.number > after, sync_lines.c.state == "pending"
            )
            .order_by(sync_lines.c.number)
            .limit(limit)
        )
        return [(row.number, row.line) for row in rows]

    def pending_numbers(self, run_id: str, limit: int, after: int = -1) -> Sequence[int]:
        rows = self._connection.execute(
            select(sync_lines.c.number)
            .where(
                sync_lines.c.run_id == run_id, sync_lines.c.number > after, sync_lines.c.state == "pending"
            )
            .order_by(sync_lines.c.number)
            .limit(limit)
        )
        return rows.scalars().all()

    def lines(self, run_id: str, first: int, limit: int) -> Sequence[tuple[int, str, str, str]]:
        rows = self._connection.execute(
            select(sync_lines)
            .where(sync_lines.c.run_id == run_id, sync_lines.c.number >= first)
            .order_by(sync_lines.c.number)
            .limit(limit)
        )
        return [(row.number, row.line, row.state, row.reason or "") for row in rows]

    def previous(self, run_id: str, numbers: Collection[int]) -> Mapping[int, str]:
        wanted = set(numbers)
        return {
            row.number: row.previous
            for chunk in chunks(sorted(wanted))
            for row in self._connection.execute(
                _PREVIOUS, {"run": run_id, "first": chunk[0], "last": chunk[-1]}
            )
            if row.number in wanted
        }

    def note_previous(self, run_id: str, previous: Mapping[int, str]) -> None:
        rows = [{"_run": run_id, "_number": number, "previous": text} for number, text in previous.items()]
        if rows:
            _NOTE.run_many(self._connection, rows)

    def lock_pending(self, run_id: str, numbers: Collection[int]) -> AbstractSet[int]:
        locked: set[int] = set()
        for chunk in chunks(sorted(numbers)):
            asked = {"run": run_id, "first": chunk[0], "last": chunk[-1]}
            locked.update(self._connection.execute(_LOCK, asked).scalars())
        return locked & set(numbers)

    def mark(self, run_id: str, applied: Collection[int], left_out: Mapping[int, str]) -> None:
        for first, last in stretches(applied):
            self._connection.execute(_APPLIED, {"run": run_id, "first": first, "last": last})
        for number, reason in left_out.items():
            self._connection.execute(
                update(sync_lines)
                .where(sync_lines.c.run_id == run_id, sync_lines.c.number == number)
                .values(state="left_out", reason=reason)
            )

    def counts(self, run_id: str) -> Mapping[str, int]:
        # Not grouped: SQLite would sort a million states for it, in memory.
        counted = [func.count().filter(sync_lines.c.state == state).label(state) for state in _STATES]
        row = self._connection.execute(select(*counted).where(sync_lines.c.run_id == run_id)).one()
        return {state: int(number) for state, number in zip(_STATES, row, strict=True) if number}
