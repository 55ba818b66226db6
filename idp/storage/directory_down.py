"""What is kept for the day when a directory is away: remembered passwords, and break-glass accounts."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from idp.domain.handles import AccountId
from idp.domain.remembered import RememberedPassword
from idp.storage.tables import accounts, break_glass, remembered_passwords


class SqlDirectoryDown:
    """Implements `remembered.DirectoryDown`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def remembered(self, account_id: AccountId, now: datetime) -> RememberedPassword | None:
        row = self._connection.execute(
            select(remembered_passwords).where(
                remembered_passwords.c.account_id == account_id, remembered_passwords.c.expires_at > now
            )
        ).first()
        return None if row is None else RememberedPassword(row.hash, row.made_at, row.expires_at)

    def remember(self, account_id: AccountId, password: RememberedPassword) -> None:
        self.forget(account_id)
        self._connection.execute(
            insert(remembered_passwords).values(
                account_id=account_id,
                hash=password.hash,
                made_at=password.made_at,
                expires_at=password.expires_at,
            )
        )

    def forget(self, account_id: AccountId) -> None:
        self._connection.execute(
            delete(remembered_passwords).where(remembered_passwords.c.account_id == account_id)
        )

    def forget_expired(self, now: datetime) -> int:
        return self._connection.execute(
            delete(remembered_passwords).where(remembered_passwords.c.expires_at <= now)
        ).rowcount

    def seal(self, account_id: AccountId, now: datetime) -> None:
        changed = self._connection.execute(
            update(break_glass)
            .where(break_glass.c.account_id == account_id)
            .values(opened_until=None, closed_since=now)
        )
        if changed.rowcount == 0:
            self._connection.execute(insert(break_glass).values(account_id=account_id, closed_since=now))

    def unseal(self, account_id: AccountId, until: datetime) -> bool:
        changed = self._connection.execute(
            update(break_glass)
            .where(break_glass.c.account_id == account_id, break_glass.c.opened_until.is_(None))
            .values(opened_until=until)
        )
        return changed.rowcount == 1

    def is_sealed(self, account_id: AccountId) -> bool:
        found = self._connection.execute(
            select(break_glass.c.account_id).where(
                break_glass.c.account_id == account_id, break_glass.c.opened_until.is_(None)
            )
        )
        return found.first() is not None

    def overdue(self, now: datetime) -> list[AccountId]:
        found = self._connection.execute(
            select(break_glass.c.account_id).where(break_glass.c.opened_until <= now)
        )
        return [AccountId(account) for account in found.scalars()]

    def sealed_accounts(self) -> list[tuple[AccountId, str, datetime | None]]:
        rows = self._connection.execute(
            select(break_glass.c.account_id, accounts.c.login, break_glass.c.opened_until)
            .join(accounts, accounts.c.id == break_glass.c.account_id)
            .order_by(accounts.c.login)
        )
        return [(AccountId(row.account_id), row.login, row.opened_until) for row in rows]

    def active_accounts(self) -> list[AccountId]:
        rows = self._connection.execute(
            select(accounts.c.id).where(accounts.c.state == "active").order_by(accounts.c.login)
        )
        return [AccountId(account) for account in rows.scalars()]
