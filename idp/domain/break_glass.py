"""Break-glass accounts: administrators' accounts of Portvakt's own, sealed until two people open one, for hours.

A sealed account is disabled, and nobody alone can enable it, not on a page either (`accounts.enable` asks here).
Both people prove themselves with a one-time code, which needs no directory.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import mfa
from idp.domain import accounts
from idp.domain.account import Account
from idp.domain.audit import record
from idp.domain.events import AccountEnabled, BreakGlassOpened, BreakGlassRefused, BreakGlassSealed
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Grant, Role

LONGEST = timedelta(hours=24)
CODE_LIFETIME = timedelta(hours=1)
_BY = "break_glass"
_WHOLE = Grant(Role.ADMINISTRATOR)


class NotOpened(StrEnum):
    """Why a sealed account stays sealed."""

    NOT_SEALED = "not_sealed"
    ONE_PERSON = "one_person"
    NO_ADMINISTRATOR = "no_administrator"
    FIRST_CODE = "first_code"
    SECOND_CODE = "second_code"


@dataclass(frozen=True, slots=True)
class Opened:
    """Open until then; the activation code sets password and factor, once."""

    code: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Opener:
    """One of the two, with the code of the moment."""

    account: Account
    code: str = field(repr=False)


def seal(uow: UnitOfWork, account_id: AccountId, reason: str, occasion: Occasion) -> None:
    """Seal an account: it is disabled, and its sessions end."""
    uow.directory_down.seal(account_id, occasion.now)
    accounts.disable(uow, account_id, reason, occasion, by=_BY)
    record(uow.audit, BreakGlassSealed(subject=account_id, reason=reason), occasion)


def open_sealed(
    uow: UnitOfWork,
    account: Account,
    first: Opener,
    second: Opener,
    reason: str,
    lasting: timedelta,
    occasion: Occasion,
) -> Opened | NotOpened:
    """Open a sealed account for a time, if both prove themselves; a refusal is recorded and spends what was typed."""
    refused = _refusal(uow, account, first, second, occasion)
    until = occasion.now + min(lasting, LONGEST)
    if refused is None and not uow.directory_down.unseal(account.id, until):
        refused = NotOpened.NOT_SEALED
    if refused is not None:
        record(uow.audit, BreakGlassRefused(subject=account.id, reason=refused.value), occasion)
        return refused
    uow.accounts.enable(account.id, occasion.now)
    record(uow.audit, AccountEnabled(subject=account.id, reason=reason), occasion)
    opened = BreakGlassOpened(
        subject=account.id,
        reason=reason,
        first=first.account.id,
        second=second.account.id,
        until=until.isoformat(),
    )
    record(uow.audit, opened, occasion)
    issued = accounts.issue_activation_code(uow, account.id, CODE_LIFETIME, occasion)
    return Opened(issued.code, until)


def seal_overdue(uow: UnitOfWork, occasion: Occasion) -> int:
    """Seal what has been open for its time; a job does this every minute."""
    overdue = uow.directory_down.overdue(occasion.now)
    for account_id in overdue:
        seal(uow, account_id, "its time is over", occasion)
    return len(overdue)


def _refusal(
    uow: UnitOfWork, account: Account, first: Opener, second: Opener, occasion: Occasion
) -> NotOpened | None:
    if not uow.directory_down.is_sealed(account.id):
        return NotOpened.NOT_SEALED
    if first.account.person_id == second.account.person_id or account.id in (
        first.account.id,
        second.account.id,
    ):
        return NotOpened.ONE_PERSON
    for one in (first, second):
        held = uow.roles.of_account(one.account.id)
        whole = any(grant.includes(_WHOLE) and grant.holds_at(occasion.now) for grant in held)
        if not whole or not one.account.usable(occasion.now):
            return NotOpened.NO_ADMINISTRATOR
    for one, why in ((first, NotOpened.FIRST_CODE), (second, NotOpened.SECOND_CODE)):
        response = mfa.OneTimePasswordResponse(one.code)
        if not isinstance(mfa.verify(uow.factors, one.account.id, response, occasion.now), mfa.Accepted):
            return why
    return None
