"""Runs of synchronisations as rows; the lines of their plans are `sync_lines`'s."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects import postgresql

from idp.provisioning.runs import WAITING, Run, RunOrder, RunQuery, RunState
from idp.storage.sync_lines import SqlLines
from idp.storage.tables import sync_runs

_ALONE = ((RunState.APPLYING,), WAITING)
"""Of each of these a source has one at most; so say the partial unique indexes."""
_ORDERS = {
    RunOrder.DIRECTORY: sync_runs.c.source,
    RunOrder.BEGAN: sync_runs.c.started_at,
    RunOrder.ENDED: sync_runs.c.ended_at,
    RunOrder.OUTCOME: sync_runs.c.state,
}


class SqlRuns(SqlLines):
    """Implements `provisioning.ports.Runs`."""

    def add(self, run: Run, lines: Iterable[str], previous: Sequence[str] = ()) -> bool:
        # The partial unique indexes refuse a second run that applies, or that waits for a human.
        inserting = postgresql.insert(sync_runs).values(_run_values(run)).on_conflict_do_nothing()
        # RETURNING tells reliably; the row count of an INSERT is not promised by every driver.
        if self._connection.execute(inserting.returning(sync_runs.c.id)).first() is None:
            return False
        self.store_lines(run.id, lines, previous, lambda _number: ("pending", None))
        return True

    def add_applied(
        self, run: Run, lines: Sequence[str], previous: Sequence[str], left_out: Mapping[int, str]
    ) -> None:
        self._connection.execute(postgresql.insert(sync_runs).values(_run_values(run)))
        states = {number: ("left_out", reason) for number, reason in left_out.items()}
        self.store_lines(run.id, lines, previous, lambda number: states.get(number, ("applied", None)))

    def append(self, run_id: str, first: int, lines: Sequence[str]) -> None:
        self.store_lines(run_id, lines, (), lambda _number: ("pending", None), first)

    def establish(self, run: Run) -> bool:
        rivals = next((states for states in _ALONE if run.state in states), ())
        other = sync_runs.alias("other")
        taken = select(other.c.id).where(
            other.c.source == run.source, other.c.state.in_([state.value for state in rivals])
        )
        values = {"state": run.state.value, "plan_hash": run.plan_hash, "report": dict(run.report)}
        changed = self._connection.execute(
            update(sync_runs)
            .where(sync_runs.c.id == run.id, sync_runs.c.state == RunState.STORING.value, ~taken.exists())
            .values(values)
        )
        return changed.rowcount == 1

    def get(self, run_id: str) -> Run | None:
        row = self._connection.execute(select(sync_runs).where(sync_runs.c.id == run_id)).first()
        return None if row is None else _run(row)

    def current(self, source: str, states: Collection[RunState]) -> Run | None:
        row = self._connection.execute(
            select(sync_runs)
            .where(sync_runs.c.source == source, sync_runs.c.state.in_([state.value for state in states]))
            .order_by(sync_runs.c.started_at.desc())
            .limit(1)
        ).first()
        return None if row is None else _run(row)

    def by_plan(self, plan_hash: str, states: Collection[RunState]) -> Run | None:
        row = self._connection.execute(
            select(sync_runs)
            .where(
                sync_runs.c.plan_hash == plan_hash, sync_runs.c.state.in_([state.value for state in states])
            )
            .order_by(sync_runs.c.started_at.desc())
            .limit(1)
        ).first()
        return None if row is None else _run(row)

    def latest(self, source: str, limit: int) -> Sequence[Run]:
        rows = self._connection.execute(
            select(sync_runs)
            .where(sync_runs.c.source == source)
            .order_by(sync_runs.c.started_at.desc(), sync_runs.c.id)
            .limit(limit)
        )
        return [_run(row) for row in rows]

    def latest_reading(self, source: str) -> Run | None:
        report = sync_runs.c.report
        row = self._connection.execute(
            select(sync_runs)
            .where(
                sync_runs.c.source == source,
                report["persons_read"].as_integer().is_not(None),
                report["followed"].as_integer().is_(None),
            )
            .order_by(sync_runs.c.started_at.desc(), sync_runs.c.id)
            .limit(1)
        ).first()
        return None if row is None else _run(row)

    def sorted_by(self, wanted: RunQuery) -> Sequence[Run]:
        column = _ORDERS[wanted.order]
        query = select(sync_runs)
        if wanted.state is not None:
            query = query.where(sync_runs.c.state == wanted.state.value)
        if wanted.words.strip():
            part = wanted.words.strip().lower()
            query = query.where(func.lower(sync_runs.c.source).contains(part, autoescape=True))
        query = query.order_by(
            column.desc() if wanted.descending else column.asc(),
            sync_runs.c.started_at.desc(),
            sync_runs.c.id,
        )
        rows = self._connection.execute(query.offset(wanted.skip).limit(wanted.limit))
        return [_run(row) for row in rows]

    def taken_back_by(self, run_id: str) -> Sequence[Run]:
        rows = self._connection.execute(
            select(sync_runs)
            .where(sync_runs.c.reverts == run_id)
            .order_by(sync_runs.c.started_at, sync_runs.c.id)
        )
        return [_run(row) for row in rows]

    def taking_back(self) -> Sequence[Run]:
        rows = self._connection.execute(
            select(sync_runs).where(
                sync_runs.c.reverts.is_not(None), sync_runs.c.state == RunState.APPLYING.value
            )
        )
        return [_run(row) for row in rows]

    def move(self, run: Run, *, expected: RunState) -> bool:
        changed = self._connection.execute(
            update(sync_runs)
            .where(sync_runs.c.id == run.id, sync_runs.c.state == expected.value)
            .values(
                state=run.state.value,
                ended_at=run.ended_at,
                report=dict(run.report),
                decided_by=run.decided_by,
            )
        )
        return changed.rowcount == 1


def _run_values(run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "source": run.source,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "state": run.state.value,
        "plan_hash": run.plan_hash,
        "report": dict(run.report),
        "decided_by": run.decided_by,
        "reverts": run.reverts,
    }


def _run(row: Row[tuple[object, ...]]) -> Run:
    return Run(
        id=row.id,
        source=row.source,
        state=RunState(row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
        plan_hash=row.plan_hash,
        report=row.report,
        decided_by=row.decided_by,
        reverts=row.reverts,
    )
