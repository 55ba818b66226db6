"""What is planned for accounts, as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from idp.domain.handles import AccountId, PersonId
from idp.domain.planned_acts import Planned, PlannedAct
from idp.storage.tables import accounts, planned_acts

_OPEN = planned_acts.c.settled_at.is_(None)


class SqlPlannedActs:
    """Implements `ports.PlannedActs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, planned: PlannedAct, now: datetime) -> None:
        self._connection.execute(
            insert(planned_acts).values(
                id=planned.id,
                account_id=planned.account_id,
                act=planned.act.value,
                due_at=planned.due_at,
                reason=planned.reason,
                planned_by=planned.planned_by,
                planned_at=now,
            )
        )

    def get(self, planned_id: str) -> PlannedAct | None:
        row = self._connection.execute(select(planned_acts).where(planned_acts.c.id == planned_id, _OPEN))
        found = row.mappings().first()
        return _planned(found) if found else None

    def of_person(self, person_id: PersonId) -> Sequence[PlannedAct]:
        rows = self._connection.execute(
            select(planned_acts)
            .join(accounts, accounts.c.id == planned_acts.c.account_id)
            .where(accounts.c.person_id == person_id, _OPEN)
            .order_by(planned_acts.c.due_at)
        ).mappings()
        return [_planned(row) for row in rows]

    def next_due(self, now: datetime) -> PlannedAct | None:
        query = (
            select(planned_acts)
            .where(_OPEN, planned_acts.c.due_at <= now)
            .order_by(planned_acts.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = self._connection.execute(query).mappings().first()
        return _planned(found) if found else None

    def settle(self, planned_id: str, outcome: str, now: datetime) -> bool:
        changed = self._connection.execute(
            update(planned_acts)
            .where(planned_acts.c.id == planned_id, _OPEN)
            .values(settled_at=now, outcome=outcome)
        )
        return changed.rowcount == 1


def _planned(row: Any) -> PlannedAct:
    return PlannedAct(
        id=row["id"],
        account_id=AccountId(row["account_id"]),
        act=Planned(row["act"]),
        due_at=row["due_at"],
        reason=row["reason"],
        planned_by=row["planned_by"],
    )
