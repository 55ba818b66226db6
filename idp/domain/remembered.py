"""What is kept for the day when a directory is away, as a port: remembered passwords, and break-glass accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from idp.domain.handles import AccountId

#: A hash younger than this is not made anew at every sign-in.
MADE_ANEW_AFTER = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class RememberedPassword:
    """A password that its directory accepted at `made_at`."""

    hash: str = field(repr=False)
    made_at: datetime
    expires_at: datetime


class DirectoryDown(Protocol):
    """What is kept for that day."""

    def remembered(self, account_id: AccountId, now: datetime) -> RememberedPassword | None:
        """Return what is remembered of an account's password, if it has not expired."""

    def remember(self, account_id: AccountId, password: RememberedPassword) -> None:
        """Remember a password in place of any older one."""

    def forget(self, account_id: AccountId) -> None:
        """Forget an account's password."""

    def forget_expired(self, now: datetime) -> int:
        """Forget what has expired; return how many."""

    def seal(self, account_id: AccountId, now: datetime) -> None:
        """Make an account a break-glass account, sealed; or seal it again."""

    def unseal(self, account_id: AccountId, until: datetime) -> bool:
        """Open a sealed account until then; False if it is none."""

    def is_sealed(self, account_id: AccountId) -> bool:
        """Whether only two people can open this account."""

    def overdue(self, now: datetime) -> Sequence[AccountId]:
        """Return break-glass accounts whose time is over."""

    def sealed_accounts(self) -> Sequence[tuple[AccountId, str, datetime | None]]:
        """Return every break-glass account: id, login, and until when it is open."""

    def active_accounts(self) -> Sequence[AccountId]:
        """Return every active account, by login."""
