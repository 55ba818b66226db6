"""Authorization requests that wait, bound to a browser."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.oidc.tables import requests
from idp.storage.columns import from_micros, to_micros
from idp.storage.prepared import Prepared, loads


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request as it came: its parameters are parsed anew at each step, and never change (F45)."""

    digest: bytes
    browser: bytes
    parameters: Mapping[str, str]
    received_at: datetime
    expires_at: datetime


_ADD = Prepared(insert(requests))
_GET = Prepared(
    select(requests).where(
        requests.c.digest == bindparam("request"),
        requests.c.browser == bindparam("of_browser"),
        requests.c.expires_at > bindparam("now"),
        requests.c.used_at.is_(None),
    )
)
_CLAIM = Prepared(
    update(requests)
    .where(requests.c.digest == bindparam("request"), requests.c.used_at.is_(None))
    .values(used_at=bindparam("now"))
)


class PendingRequests:
    """Pending requests within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, pending: PendingRequest) -> None:
        """Store a new one."""
        _ADD.run(
            self._connection,
            digest=pending.digest,
            browser=pending.browser,
            parameters=json.dumps(dict(pending.parameters)),
            received_at=to_micros(pending.received_at),
            expires_at=to_micros(pending.expires_at),
            used_at=None,
        )

    def get(self, digest: bytes, browser: bytes, now: datetime) -> PendingRequest | None:
        """Return this browser's request if it still waits."""
        found = _GET.run(self._connection, request=digest, of_browser=browser, now=to_micros(now))
        row = found.mappings().first()
        if row is None:
            return None
        return PendingRequest(
            row["digest"],
            row["browser"],
            loads(row["parameters"]),
            from_micros(row["received_at"]),
            from_micros(row["expires_at"]),
        )

    def claim(self, digest: bytes, now: datetime) -> bool:
        """Mark the request as answered; False if it was before: of two answers one counts."""
        changed = _CLAIM.run(self._connection, request=digest, now=to_micros(now))
        return changed.rowcount == 1
