"""What waits for a second helper, as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from idp.domain.approvals import Approval, State
from idp.domain.handles import AccountId
from idp.domain.roles import Act
from idp.storage.tables import approvals

_OPEN = approvals.c.state.in_([State.ASKED.value, State.APPROVED.value])


class SqlApprovals:
    """Implements `approvals.Approvals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, approval: Approval) -> None:
        self._connection.execute(
            insert(approvals).values(
                id=approval.id,
                account_id=approval.account_id,
                act=approval.act.value,
                details=dict(approval.details),
                reason=approval.reason,
                asked_by=approval.asked_by,
                asked_at=approval.asked_at,
                expires_at=approval.expires_at,
                state=approval.state.value,
                changed_at=approval.asked_at,
            )
        )

    def get(self, approval_id: str) -> Approval | None:
        row = self._connection.execute(select(approvals).where(approvals.c.id == approval_id))
        found = row.mappings().first()
        return _approval(found) if found else None

    def open(self, now: datetime) -> Sequence[Approval]:
        rows = self._connection.execute(
            select(approvals)
            .where(_OPEN, approvals.c.expires_at > now)
            .order_by(approvals.c.asked_at, approvals.c.id)
        ).mappings()
        return [_approval(row) for row in rows]

    def move(self, approval: Approval, to: State, by: str, now: datetime) -> bool:
        decided = {} if to is State.USED else {"decided_by": by}
        changed = self._connection.execute(
            update(approvals)
            .where(
                approvals.c.id == approval.id,
                approvals.c.state == approval.state.value,
                approvals.c.expires_at > now,
            )
            .values(state=to.value, changed_at=now, **decided)
        )
        return changed.rowcount == 1


def _approval(row: Any) -> Approval:
    return Approval(
        id=row["id"],
        account_id=AccountId(row["account_id"]),
        act=Act(row["act"]),
        details=row["details"],
        reason=row["reason"],
        asked_by=AccountId(row["asked_by"]),
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        state=State(row["state"]),
        decided_by=row["decided_by"],
    )
