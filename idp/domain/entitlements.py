"""What an owner and an administrator of a system decide about single people: let in, kept out, the system's own roles.

Beside the policy, never instead of it: who is kept out stays out whatever the policy says; who is let in still proves
what the policy asks for. Each decision has a reason and may have an end; it is ended, never deleted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from idp.domain.account import Account
from idp.domain.administration import Done, done, no
from idp.domain.application import Application
from idp.domain.appointments import allowed, printable
from idp.domain.audit import record
from idp.domain.events import AccessReviewed, EntitlementEnded, EntitlementGiven
from idp.domain.handles import AccountId, ApplicationId
from idp.domain.occasion import Occasion
from idp.domain.participants import session_ended
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Doer, Refused, System

#: How many people one form may keep out (C6); each of them can be let back.
MOST_AT_ONCE = 50
_ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")


class Kind(StrEnum):
    """What is decided."""

    LET_IN = "let_in"
    KEPT_OUT = "kept_out"
    ROLE = "role"


#: Which act decides about which.
ACT_OF = {
    Kind.LET_IN: Act.DECIDE_ACCESS,
    Kind.KEPT_OUT: Act.DECIDE_ACCESS,
    Kind.ROLE: Act.ASSIGN_APPLICATION_ROLES,
}


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One decision about one account and one system; `ends` is the first instant after it, None is open."""

    application: ApplicationId
    account: AccountId
    kind: Kind
    role: str = ""
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeldEntitlement:
    """One decision as lists show it. A protected person's name is a dash."""

    entitlement: Entitlement
    login: str
    name: str
    given_at: datetime
    given_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class DefinedRole:
    """A role of the system's own: what the system calls it, and what people call it."""

    role: str
    title: str


class Entitlements(Protocol):
    """Decisions about single people."""

    def add(self, one: Entitlement, reason: str, by: str, now: datetime) -> bool:
        """Store a decision; False if the same one holds already."""

    def end(self, one: Entitlement, by: str, now: datetime) -> bool:
        """End a decision; False if it does not hold."""

    def of_application(self, application: ApplicationId, now: datetime) -> Sequence[HeldEntitlement]:
        """Return what holds for a system, by login."""

    def roles_of(self, account: AccountId, application: ApplicationId, now: datetime) -> tuple[str, ...]:
        """Return the system's own roles that an account has there; sorted."""

    def defined(self, application: ApplicationId) -> Sequence[DefinedRole]:
        """Return the system's own roles."""

    def define(self, application: ApplicationId, role: DefinedRole) -> bool:
        """Store a role of the system's own; False if it is there."""

    def undefine(self, application: ApplicationId, role: str, now: datetime) -> bool:
        """Remove a role that nobody has; False otherwise."""


def give(
    uow: UnitOfWork, doer: Doer, login: str, one: Entitlement, reason: str, occasion: Occasion
) -> Done | Refused:
    """Decide about one person; the opposite decision ends with it. Nobody decides about their own access."""
    why, account = printable(reason), uow.accounts.by_login(login)
    refused = _refused(uow, doer, one, account, why, occasion)
    if refused is not None or account is None:
        return refused or no("unknown")
    if one.ends is not None and one.ends <= occasion.now:
        return no("ended_already")
    if one.kind is Kind.ROLE and one.role not in {
        role.role for role in uow.entitlements.defined(one.application)
    }:
        return no("unknown_role")
    decided = Entitlement(one.application, account.id, one.kind, one.role, one.ends)
    if one.kind is not Kind.ROLE:
        other = Kind.LET_IN if one.kind is Kind.KEPT_OUT else Kind.KEPT_OUT
        _end(uow, Entitlement(one.application, account.id, other), why, occasion)
    if not uow.entitlements.add(decided, why, occasion.actor.name, occasion.now):
        return no("held_already")
    _note_given(uow, decided, why, occasion)
    if one.kind is Kind.KEPT_OUT:
        take_out(uow, account, one.application, occasion)
    return Done()


def withdraw(
    uow: UnitOfWork, doer: Doer, login: str, one: Entitlement, reason: str, occasion: Occasion
) -> Done | Refused:
    """End a decision about one person."""
    why, account = printable(reason), uow.accounts.by_login(login)
    refused = _refused(uow, doer, one, account, why, occasion)
    if refused is not None or account is None:
        return refused or no("unknown")
    ended = _end(uow, Entitlement(one.application, account.id, one.kind, one.role), why, occasion)
    if ended and one.kind is Kind.LET_IN:
        take_out(uow, account, one.application, occasion)
    return done(ended)


def review(
    uow: UnitOfWork,
    doer: Doer,
    application: ApplicationId,
    keep_out: Sequence[str],
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """Note that an owner looked at who can use a system, and keep out whom they named; all of them or none."""
    why = printable(reason)
    refused = _asked(uow, doer, Act.DECIDE_ACCESS, application, occasion) or (
        None if why else no("no_reason")
    )
    if refused is not None:
        return refused
    if len(keep_out) > MOST_AT_ONCE:
        return no("too_many")
    found = [uow.accounts.by_login(login) for login in keep_out]
    if any(account is None or account.person_id == doer.person for account in found):
        return no("own_account" if all(found) else "unknown")
    for login in keep_out:
        give(uow, doer, login, Entitlement(application, AccountId(""), Kind.KEPT_OUT), why, occasion)
    told = AccessReviewed(subject=application, object=application, reason=why, kept_out=len(keep_out))
    record(uow.audit, told, occasion)
    return Done(len(keep_out))


def define(
    uow: UnitOfWork,
    doer: Doer,
    application: ApplicationId,
    role: DefinedRole,
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """Name a role that the system knows, so that it can be assigned."""
    why = printable(reason)
    refused = _asked(uow, doer, Act.DECIDE_ACCESS, application, occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    if not _ROLE.fullmatch(role.role) or not printable(role.title):
        return no("role_name")
    if not uow.entitlements.define(application, role):
        return no("held_already")
    given = EntitlementGiven(object=application, reason=why, kind="defined", role=role.role)
    record(uow.audit, given, occasion)
    return Done()


def undefine(
    uow: UnitOfWork, doer: Doer, application: ApplicationId, role: str, reason: str, occasion: Occasion
) -> Done | Refused:
    """Remove a role that nobody has."""
    why = printable(reason)
    refused = _asked(uow, doer, Act.DECIDE_ACCESS, application, occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    if not uow.entitlements.undefine(application, role, occasion.now):
        return no("role_in_use")
    ended = EntitlementEnded(object=application, reason=why, kind="defined", role=role)
    record(uow.audit, ended, occasion)
    return Done()


def sees(uow: UnitOfWork, doer: Doer, application: ApplicationId, occasion: Occasion) -> Application | None:
    """Return a system whose users the doer may see."""
    found = uow.catalogue.applications.get(application)
    if found is None or _asked(uow, doer, Act.SEE_APPLICATION, application, occasion) is not None:
        return None
    return found


def take_out(uow: UnitOfWork, account: Account, application: ApplicationId, occasion: Occasion) -> None:
    """Let the system's own room end what it began in the account's living sessions; the sessions go on elsewhere."""
    for session in uow.sessions.unended(account.id):
        for one in uow.sessions.participants(session):
            if one.application_id == application:
                uow.outbox.add(session_ended(one), occasion.now)


def _asked(
    uow: UnitOfWork, doer: Doer, act: Act, application: ApplicationId, occasion: Occasion
) -> Refused | None:
    if application not in uow.catalogue.applications:
        return no("unknown")
    return allowed(uow, doer, act, System(application), f"system {application}", occasion)


def _refused(
    uow: UnitOfWork, doer: Doer, one: Entitlement, account: Account | None, why: str, occasion: Occasion
) -> Refused | None:
    refused = _asked(uow, doer, ACT_OF[one.kind], one.application, occasion)
    if refused is not None:
        return refused
    if account is None:
        return no("unknown")
    if doer.person is not None and doer.person == account.person_id:
        return no("own_account")
    return None if why else no("no_reason")


def _end(uow: UnitOfWork, one: Entitlement, why: str, occasion: Occasion) -> bool:
    ended = uow.entitlements.end(one, occasion.actor.name, occasion.now)
    if ended:
        told = EntitlementEnded(
            subject=one.account, object=one.application, reason=why, kind=one.kind.value, role=one.role
        )
        record(uow.audit, told, occasion)
    return ended


def _note_given(uow: UnitOfWork, one: Entitlement, why: str, occasion: Occasion) -> None:
    given = EntitlementGiven(
        subject=one.account,
        object=one.application,
        reason=why,
        kind=one.kind.value,
        role=one.role,
        ends=one.ends.isoformat() if one.ends else "",
    )
    record(uow.audit, given, occasion)
