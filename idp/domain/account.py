"""An account: a person's own way in. Its login is a value that may change; its id never does."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.domain.handles import AccountId, PersonId
from idp.domain.roles.grants import Grant, Role

__all__ = ["Account", "AccountState", "PasswordSource", "Role"]


class AccountState(StrEnum):
    """Disabled accounts stay; nothing is ever deleted by a directory."""

    ACTIVE = "active"
    DISABLED = "disabled"


class PasswordSource(StrEnum):
    """Where the password is checked: by bind to the person's own directory, or against a hash here."""

    DIRECTORY = "directory"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Account:
    """One account.

    `starts` is when it may first be used (an employment that has not begun); None is at once.
    `directory` and `directory_key` name the entry whose password it is, for PasswordSource.DIRECTORY.
    `short_password` says that a local password is too short to stand alone (`new_password.py`).
    `cooling_until`: after a reset, until when some things stay closed (`cooling_off.py`).
    `version` grows with each change of state and is what conditional updates compare.
    """

    id: AccountId
    person_id: PersonId
    login: str
    state: AccountState
    password_source: PasswordSource
    short_password: bool = False
    directory: str | None = None
    directory_key: str | None = None
    starts: datetime | None = None
    disabled_reason: str | None = None
    disabled_at: datetime | None = None
    grants: tuple[Grant, ...] = ()
    cooling_until: datetime | None = None
    version: int = 1

    @property
    def roles(self) -> frozenset[Role]:
        """Every role that was given and not taken, over whatever scope; some may have ended."""
        return frozenset(grant.role for grant in self.grants)

    def cools(self, now: datetime) -> bool:
        """Whether the account is cooling off after a reset."""
        return self.cooling_until is not None and now < self.cooling_until

    def usable(self, now: datetime) -> bool:
        """Whether the account may be used at all at `now`."""
        return self.state is AccountState.ACTIVE and (self.starts is None or self.starts <= now)
