"""What an administrator or a command does to accounts. Each act is one unit of work with its record."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import mfa
from idp.domain.account import Account, AccountState, PasswordSource
from idp.domain.appointments import note_given
from idp.domain.audit import record
from idp.domain.binding import Way
from idp.domain.events import (
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    CodeIssued,
    FactorBound,
)
from idp.domain.handles import AccountId, PersonId, new_id
from idp.domain.helpers_binding import closed
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.person import Person
from idp.domain.plain_text import is_name
from idp.domain.ports import UnitOfWork
from idp.domain.roles import WHOLE, Grant, Refused, Role, Scope
from idp.domain.session import EndReason
from idp.domain.sign_out import end_all_sessions
from mfa import FactorKind, TemporaryCodePurpose

ACTIVATION_LIFETIME = timedelta(days=3)


def disable(uow: UnitOfWork, account_id: AccountId, reason: str, occasion: Occasion, by: str) -> bool:
    """Disable an account and end its sessions; False if it was not active.

    `by` says whose decision it is (sync, administrator, command): a synchronisation enables again only
    what a synchronisation disabled.
    """
    if not uow.accounts.disable(account_id, reason, occasion.now, by):
        return False
    record(uow.audit, AccountDisabled(subject=account_id, reason=reason), occasion)
    end_all_sessions(uow, account_id, EndReason.ACCOUNT_DISABLED, occasion)
    return True


def enable(uow: UnitOfWork, account_id: AccountId, reason: str, occasion: Occasion) -> bool:
    """Enable a disabled account; False if it was not disabled, or if only two people can open it (break_glass.py)."""
    if uow.directory_down.is_sealed(account_id) or not uow.accounts.enable(account_id, occasion.now):
        return False
    record(uow.audit, AccountEnabled(subject=account_id, reason=reason), occasion)
    return True


@dataclass(frozen=True, slots=True)
class NewAdministrator:
    """An administrator without a directory, and the code that lets them set password and factor once."""

    account: Account
    code: str
    expires_at: datetime


def add_administrator(uow: UnitOfWork, name: str, login: str, occasion: Occasion) -> NewAdministrator | None:
    """Create a local administrator; None if the login is or was somebody's, or nothing of it or the name is seen."""
    if uow.accounts.by_login(login) is not None or not (is_name(name) and is_name(login)):
        return None
    given, _, surname = name.strip().partition(" ")
    person = Person(PersonId(new_id()), given, surname, display_name=name.strip(), created_at=occasion.now)
    account = Account(
        id=AccountId(new_id()),
        person_id=person.id,
        login=login,
        state=AccountState.ACTIVE,
        password_source=PasswordSource.LOCAL,
    )
    if not uow.accounts.add_local(person, account, occasion.now):
        return None
    record(uow.audit, AccountCreated(subject=account.id, login=login), occasion)
    give_role(uow, account.id, Role.ADMINISTRATOR, occasion)
    issued = issue_activation_code(uow, account.id, ACTIVATION_LIFETIME, occasion)
    return NewAdministrator(account, issued.code, issued.expires_at)


def give_role(
    uow: UnitOfWork, account_id: AccountId, role: Role, occasion: Occasion, scope: Scope = WHOLE
) -> bool:
    """Give a role without asking who gives it: for installing. False if it was held already."""
    grant = Grant(role, scope)
    if not uow.roles.add(account_id, grant, "", occasion.actor.name, occasion.now):
        return False
    note_given(uow, account_id, grant, "", occasion)
    return True


def issue_activation_code(
    uow: UnitOfWork, account_id: AccountId, lifetime: timedelta, occasion: Occasion, reason: str = ""
) -> mfa.IssuedCode:
    """Issue a code that lets a first factor be bound; any earlier one stops working."""
    issued = mfa.issue_activation_code(
        uow.factors, account_id, issued_by=occasion.actor.name, now=occasion.now, lifetime=lifetime
    )
    record_and_tell(
        uow,
        CodeIssued(
            subject=account_id, object=issued.code_id, reason=reason, kind=FactorKind.ACTIVATION_CODE.value
        ),
        occasion,
    )
    return issued


def issue_temporary_code(
    uow: UnitOfWork,
    account_id: AccountId,
    lifetime: timedelta,
    uses: int,
    occasion: Occasion,
    reason: str = "",
    purpose: TemporaryCodePurpose = TemporaryCodePurpose.SIGN_IN,
) -> mfa.IssuedCode:
    """Issue a code in place of a second factor, for somebody without their device today.

    With the other purpose it lets a factor be bound after the password, and stands in for none.
    """
    issued = mfa.issue_temporary_code(
        uow.factors,
        account_id,
        purpose,
        issued_by=occasion.actor.name,
        now=occasion.now,
        lifetime=lifetime,
        uses=uses,
    )
    record_and_tell(
        uow,
        CodeIssued(
            subject=account_id,
            object=issued.code_id,
            reason=reason,
            kind=FactorKind.TEMPORARY_CODE.value,
            purpose=purpose.value,
            uses=uses,
        ),
        occasion,
    )
    return issued


def import_totp(
    uow: UnitOfWork, account: Account, secret: bytes, name: str, occasion: Occasion
) -> bool | Refused:
    """Bind a known authenticator by its seed; False if the account has that very one already."""
    refused = closed(uow, Way.IMPORT, occasion)
    if refused is not None:
        return refused
    bound = mfa.import_totp(uow.factors, account.id, secret, name, occasion.now)
    if bound is None:
        return False
    record_and_tell(
        uow,
        FactorBound(subject=account.id, object=bound, reason=Way.IMPORT.value, kind=FactorKind.TOTP.value),
        occasion,
    )
    return True
