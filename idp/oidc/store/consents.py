"""What people let third-party clients have."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from idp.oidc.tables import consents


class Consents:
    """Consents within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def given(self, account_id: str, application_id: str) -> frozenset[str]:
        """Return the scopes that the person lets the application have."""
        scope = self._connection.execute(
            select(consents.c.scope).where(
                consents.c.account_id == account_id,
                consents.c.application_id == application_id,
                consents.c.withdrawn_at.is_(None),
            )
        ).scalar()
        return frozenset((scope or "").split())

    def give(self, account_id: str, application_id: str, scope: frozenset[str], now: datetime) -> None:
        """Store a consent in place of any older one."""
        values = {"scope": " ".join(sorted(scope)), "given_at": now, "withdrawn_at": None}
        changed = self._connection.execute(
            update(consents)
            .where(consents.c.account_id == account_id, consents.c.application_id == application_id)
            .values(**values)
        )
        if changed.rowcount == 0:
            self._connection.execute(
                insert(consents).values(account_id=account_id, application_id=application_id, **values)
            )

    def withdraw(self, account_id: str, application_id: str, now: datetime) -> bool:
        """Withdraw a consent; False if there was none."""
        changed = self._connection.execute(
            update(consents)
            .where(
                consents.c.account_id == account_id,
                consents.c.application_id == application_id,
                consents.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )
        return changed.rowcount == 1
