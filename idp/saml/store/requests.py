"""AuthnRequests as rows: taken once on all nodes, waiting for one browser, answered once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.saml.tables import messages, requests
from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared

_VALUES: dict[str, Any] = {
    name: bindparam(name)
    for name in (
        "key",
        "application_id",
        "handle_digest",
        "browser",
        "parameters",
        "received_at",
        "expires_at",
        "answered_at",
    )
}
_INSERT = {
    "sqlite": Prepared(sqlite.insert(requests).values(**_VALUES).on_conflict_do_nothing()),
    "postgresql": Prepared(postgresql.insert(requests).values(**_VALUES).on_conflict_do_nothing()),
}
_CLAIM = Prepared(
    update(requests)
    .where(requests.c.key == bindparam("which"), requests.c.answered_at.is_(None))
    .values(answered_at=bindparam("now"))
)
_LET_WAIT = Prepared(
    update(requests)
    .where(requests.c.key == bindparam("which"))
    .values(handle_digest=bindparam("handle"), browser=bindparam("who"), parameters=bindparam("what"))
)


#: How long a request is remembered: a sign-in may take that long, and a replay is too old before.
REQUEST_LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request as it came, for its parts are judged anew at each step."""

    key: bytes
    application_id: str
    parameters: Mapping[str, object]
    received_at: datetime


class PendingRequests:
    """Requests within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, key: bytes, application_id: str, now: datetime) -> bool:
        """Note a request; False if this one was taken before, here or on another node (statement M7).

        What is asked for is stored only where it has to wait: most requests are answered at once.
        """
        done = _INSERT[self._connection.dialect.name].run(
            self._connection,
            key=key,
            application_id=application_id,
            handle_digest=None,
            browser=None,
            parameters="{}",
            received_at=to_micros(now),
            expires_at=to_micros(now + REQUEST_LIFETIME),
            answered_at=None,
        )
        return done.rowcount == 1

    def get(self, handle_digest: bytes, browser: bytes, now: datetime) -> PendingRequest | None:
        """Return the request if it waits for this browser or for the first that shows its handle."""
        row = (
            self._connection.execute(
                select(requests).where(
                    requests.c.handle_digest == handle_digest,
                    or_(requests.c.browser == browser, requests.c.browser.is_(None)),
                    requests.c.expires_at > now,
                    requests.c.answered_at.is_(None),
                )
            )
            .mappings()
            .first()
        )
        if row is None:
            return None
        if row["browser"] is None and not self._bind(row["key"], browser):
            return None
        parameters = row["parameters"]
        return PendingRequest(
            key=row["key"],
            application_id=row["application_id"],
            parameters=json.loads(parameters) if isinstance(parameters, str) else parameters,
            received_at=row["received_at"],
        )

    def claim(self, key: bytes, now: datetime) -> bool:
        """Mark the request as answered; False if it was before: of two answers one counts."""
        return _CLAIM.run(self._connection, which=key, now=to_micros(now)).rowcount == 1

    def let_wait(
        self, key: bytes, handle_digest: bytes, browser: bytes | None, parameters: Mapping[str, object]
    ) -> None:
        """Let a request that was taken just now wait behind a handle."""
        what = json.dumps(dict(parameters))
        _LET_WAIT.run(self._connection, which=key, handle=handle_digest, who=browser, what=what)

    def _bind(self, key: bytes, browser: bytes) -> bool:
        changed = self._connection.execute(
            update(requests)
            .where(requests.c.key == key, requests.c.browser.is_(None))
            .values(browser=browser)
        )
        return changed.rowcount == 1


def take_message(connection: Connection, key: bytes, expires_at: datetime) -> bool:
    """Note a message of Single Logout; False if it was seen before."""
    kind = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    # RETURNING tells reliably; the row count of an INSERT is not promised by every driver.
    taking = kind(messages).values(key=key, expires_at=expires_at).on_conflict_do_nothing()
    return connection.execute(taking.returning(messages.c.key)).first() is not None
