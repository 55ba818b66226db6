"""Sign-outs under way as rows, and how it went to tell each service."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.saml.tables import chains, deliveries


class Outcome(StrEnum):
    """How it went so far; FAILED is tried again, MISSED was the browser's only try."""

    DELIVERED = "delivered"
    FAILED = "failed"
    MISSED = "missed"
    BY_BROWSER = "by_browser"
    NOT_WANTED = "not_wanted"


@dataclass(frozen=True, slots=True)
class Told:
    """One service and one session."""

    session_id: str
    application_id: str
    outcome: Outcome
    detail: str
    attempts: int
    last_at: datetime


class Logouts:
    """Chains and outcomes within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, handle_digest: bytes, state: Mapping[str, Any], expires_at: datetime) -> None:
        """Store a chain."""
        self._connection.execute(
            insert(chains).values(
                handle_digest=handle_digest, state=dict(state), version=1, expires_at=expires_at
            )
        )

    def get(self, handle_digest: bytes, now: datetime) -> tuple[dict[str, Any], int] | None:
        """Return a chain's state and version."""
        row = self._connection.execute(
            select(chains.c.state, chains.c.version).where(
                chains.c.handle_digest == handle_digest, chains.c.expires_at > now
            )
        ).first()
        if row is None:
            return None
        return (json.loads(row.state) if isinstance(row.state, str) else dict(row.state)), row.version

    def save(self, handle_digest: bytes, state: Mapping[str, Any], version: int) -> bool:
        """Store the next state; False if another answer was first."""
        changed = self._connection.execute(
            update(chains)
            .where(chains.c.handle_digest == handle_digest, chains.c.version == version)
            .values(state=dict(state), version=version + 1)
        )
        return changed.rowcount == 1

    def keep(self, told: Told) -> None:
        """Store the newest outcome; the first try's time stays, and what was delivered stays delivered."""
        kind = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        # What the browser did is known better by the browser's chain, whichever comes first.
        lasting = [Outcome.DELIVERED] if told.outcome is not Outcome.BY_BROWSER else list(Outcome)
        newest = {
            "outcome": told.outcome.value,
            "detail": told.detail[:200],
            "attempts": told.attempts,
            "last_at": told.last_at,
        }
        self._connection.execute(
            kind(deliveries)
            .values(
                session_id=told.session_id,
                application_id=told.application_id,
                first_at=told.last_at,
                **newest,
            )
            .on_conflict_do_update(
                index_elements=["session_id", "application_id"],
                set_=newest,
                where=deliveries.c.outcome.not_in([one.value for one in lasting]),
            )
        )

    def of_session(self, session_id: str) -> Sequence[Told]:
        """Return what is known of a session's services."""
        return self._read(select(deliveries).where(deliveries.c.session_id == session_id))

    def of_application(self, application_id: str, most: int) -> Sequence[Told]:
        """Return the newest outcomes of a service."""
        condition = deliveries.c.application_id == application_id
        return self._read(
            select(deliveries).where(condition).order_by(deliveries.c.last_at.desc()).limit(most)
        )

    def _read(self, query: Select[Any]) -> Sequence[Told]:
        rows = self._connection.execute(query).mappings()
        return [
            Told(
                row["session_id"],
                row["application_id"],
                Outcome(row["outcome"]),
                row["detail"],
                row["attempts"],
                row["last_at"],
            )
            for row in rows
        ]
