"""How it went to tell each system of a session's end, for administrators to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, insert, select, update

from idp.oidc.tables import logout_deliveries


class LogoutState(StrEnum):
    """The outcome so far; FAILED may still be tried again."""

    DELIVERED = "delivered"
    FAILED = "failed"
    NOT_WANTED = "not_wanted"


@dataclass(frozen=True, slots=True)
class LogoutDelivery:
    """One system and one session."""

    session_id: str
    application_id: str
    state: LogoutState
    detail: str
    attempts: int
    first_at: datetime
    last_at: datetime


class Deliveries:
    """Deliveries within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, delivery: LogoutDelivery) -> None:
        """Store the newest outcome; the first try's time stays."""
        newest = {
            "outcome": delivery.state.value,
            "detail": delivery.detail,
            "attempts": delivery.attempts,
            "last_at": delivery.last_at,
        }
        changed = self._connection.execute(
            update(logout_deliveries)
            .where(
                logout_deliveries.c.session_id == delivery.session_id,
                logout_deliveries.c.application_id == delivery.application_id,
            )
            .values(**newest)
        )
        if changed.rowcount == 0:
            self._connection.execute(
                insert(logout_deliveries).values(
                    session_id=delivery.session_id,
                    application_id=delivery.application_id,
                    first_at=delivery.first_at,
                    **newest,
                )
            )

    def of_session(self, session_id: str) -> Sequence[LogoutDelivery]:
        """Return what is known of a session's systems."""
        return self._read(logout_deliveries.c.session_id == session_id)

    def of_application(self, application_id: str, most: int = 100) -> Sequence[LogoutDelivery]:
        """Return the newest outcomes of a system."""
        return self._read(logout_deliveries.c.application_id == application_id, most)

    def _read(self, condition: ColumnElement[bool], most: int = 100) -> Sequence[LogoutDelivery]:
        rows = self._connection.execute(
            select(logout_deliveries)
            .where(condition)
            .order_by(logout_deliveries.c.last_at.desc())
            .limit(most)
        ).mappings()
        return [
            LogoutDelivery(
                session_id=row["session_id"],
                application_id=row["application_id"],
                state=LogoutState(row["outcome"]),
                detail=row["detail"],
                attempts=row["attempts"],
                first_at=row["first_at"],
                last_at=row["last_at"],
            )
            for row in rows
        ]
