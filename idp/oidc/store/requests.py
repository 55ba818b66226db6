"""Authorization requests that wait, bound to a browser."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from idp.oidc.tables import requests


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request as it came: its parameters are parsed anew at each step, and never change (F45)."""

    digest: bytes
    browser: bytes
    parameters: Mapping[str, str]
    received_at: datetime
    expires_at: datetime


class PendingRequests:
    """Pending requests within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, pending: PendingRequest) -> None:
        """Store a new one."""
        self._connection.execute(
            insert(requests).values(
                digest=pending.digest,
                browser=pending.browser,
                parameters=dict(pending.parameters),
                received_at=pending.received_at,
                expires_at=pending.expires_at,
            )
        )

    def get(self, digest: bytes, browser: bytes, now: datetime) -> PendingRequest | None:
        """Return this browser's request if it still waits."""
        row = (
            self._connection.execute(
                select(requests).where(
                    requests.c.digest == digest,
                    requests.c.browser == browser,
                    requests.c.expires_at > now,
                    requests.c.used_at.is_(None),
                )
            )
            .mappings()
            .first()
        )
        if row is None:
            return None
        value = row["parameters"]
        parameters = json.loads(value) if isinstance(value, str) else value
        return PendingRequest(
            row["digest"], row["browser"], parameters, row["received_at"], row["expires_at"]
        )

    def claim(self, digest: bytes, now: datetime) -> bool:
        """Mark the request as answered; False if it was before: of two answers one counts."""
        changed = self._connection.execute(
            update(requests)
            .where(requests.c.digest == digest, requests.c.used_at.is_(None))
            .values(used_at=now)
        )
        return changed.rowcount == 1
