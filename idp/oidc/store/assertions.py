"""Client assertions that were taken: each jti once, over all nodes (statement O7)."""

from datetime import datetime

from sqlalchemy import Connection, text

from idp.domain.handles import digest
from idp.storage.columns import to_micros

# The same sentence in SQLite and PostgreSQL; a second transaction with the same jti waits for the first.
_SPEND = text(
    "INSERT INTO oidc_assertions (client_id, jti_digest, expires_at) "
    "VALUES (:client_id, :jti_digest, :expires_at) ON CONFLICT DO NOTHING"
)


class Assertions:
    """Spent assertions within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def spend(self, client_id: str, jti: str, expires_at: datetime) -> bool:
        """Note a jti as used; False if it was."""
        added = self._connection.execute(
            _SPEND,
            {"client_id": client_id, "jti_digest": digest(jti), "expires_at": to_micros(expires_at)},
        )
        return added.rowcount == 1
