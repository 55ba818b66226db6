"""Passwords that live in a person's own directory: implements the domain's `DirectoryPasswords`.

Owns the way from an account to the one entry that it binds as, found by the key that never changes, and the
library's answers in the domain's words. The bind is made outside any unit of work; what the directory says
at this moment wins over what was read at the last synchronisation (L5).
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from directory_sync.ldap_bind import (
    BindAccepted,
    BindRejected,
    BindResult,
    DirectoryUnavailable,
    NotLocated,
    Refused,
    RefusedChange,
    Rejection,
    change_password,
    check_password,
    check_password_by_key,
    locate,
)
from idp.domain.account import Account
from idp.domain.password import (
    Changed,
    ChangeRefused,
    Correct,
    NotUsable,
    PasswordResult,
    Unreachable,
    Wrong,
)
from idp.provisioning.directories import Directory, load_directory
from idp.provisioning.ports import ProvisioningDatabase

REFUSALS: Mapping[RefusedChange, str] = {
    RefusedChange.OLD_WRONG: "The old password is not right any more.",
    RefusedChange.OLD_EXPIRED: "The old password has expired.",
    RefusedChange.LOCKED: "The directory has locked the account.",
    RefusedChange.NOT_ALLOWED: "The directory does not allow this password, or no change at all.",
    RefusedChange.TOO_SIMPLE: "The directory finds the new password too simple.",
    RefusedChange.TOO_SHORT: "The directory finds the new password too short.",
    RefusedChange.TOO_SOON: "The password was changed a short time ago; the directory wants you to wait.",
    RefusedChange.USED_BEFORE: "You have used this password before.",
}
"""What a person is told; pages translate it."""


class BoundPasswords:
    """Checks and changes passwords by bind; reads the settings of the directory each time, as they are now."""

    def __init__(self, database: ProvisioningDatabase, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def check(self, account: Account, password: str) -> PasswordResult:
        """Bind as the account's entry."""
        directory, key = self._directory(account.directory), account.directory_key
        if directory is None or key is None:
            return Unreachable(f"the directory {account.directory} is not configured")
        if directory.settings.file is not None:
            return Wrong()  # a file has no passwords
        return _result(check_password_by_key(directory.settings, key, password, self._clock()))

    def check_nobody(self, password: str) -> PasswordResult:
        """Search and bind in vain: the work of a check, for a name that nobody has (S9)."""
        directory = self._any_directory()
        if directory is None:
            return Wrong()
        settings, nobody = directory.settings, str(uuid.UUID(int=0))
        searched = check_password_by_key(settings, nobody, password, self._clock())
        if isinstance(searched, DirectoryUnavailable):
            return Unreachable(searched.why)
        bound = check_password(settings, f"cn={nobody},{settings.base_dn}", password)
        return Unreachable(bound.why) if isinstance(bound, DirectoryUnavailable) else Wrong()

    def change(self, account: Account, old: str, new: str) -> Changed | ChangeRefused | Unreachable:
        """Change the password as the person, so that the directory's own policy holds."""
        directory, key = self._directory(account.directory), account.directory_key
        if directory is None or key is None:
            return Unreachable(f"the directory {account.directory} is not configured")
        if directory.settings.file is not None:
            return ChangeRefused(REFUSALS[RefusedChange.NOT_ALLOWED])
        found = locate(directory.settings, key, self._clock())
        if isinstance(found, DirectoryUnavailable):
            return Unreachable(found.why)
        if isinstance(found, NotLocated) or found.inactive is not None:
            return ChangeRefused(REFUSALS[RefusedChange.NOT_ALLOWED])
        result = change_password(directory.settings, found.dn, old, new)
        if isinstance(result, Refused):
            return ChangeRefused(REFUSALS[result.reason])
        return Unreachable(result.why) if isinstance(result, DirectoryUnavailable) else Changed()

    def _directory(self, name: str | None) -> Directory | None:
        if name is None:
            return None
        with self._database.read() as uow:
            return load_directory(uow, name)

    def _any_directory(self) -> Directory | None:
        with self._database.read() as uow:
            loaded = (load_directory(uow, name) for name in uow.provisioning.directory_names())
            return next((one for one in loaded if one is not None and one.settings.file is None), None)


def _result(bound: BindResult) -> PasswordResult:
    match bound:
        case BindAccepted():
            if bound.grace_left is not None:
                return Correct("expired")
            return Correct("must_change" if bound.must_change else "")
        case BindRejected(Rejection.WRONG):
            return Wrong()
        case BindRejected():
            return NotUsable(bound.reason.value)
        case DirectoryUnavailable():
            return Unreachable(bound.why)
