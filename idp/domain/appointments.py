"""Giving and taking roles: the use cases behind page, API and command."""

from dataclasses import replace
from datetime import datetime

from idp.domain.account import Account
from idp.domain.audit import record
from idp.domain.events import ActRefused, RoleGiven, RoleTaken
from idp.domain.handles import AccountId, ApplicationId
from idp.domain.occasion import Occasion
from idp.domain.own_factors import may_change
from idp.domain.ports import UnitOfWork
from idp.domain.reason import Reason
from idp.domain.roles import (
    WHOLE,
    Act,
    Appointment,
    Doer,
    Grant,
    Reach,
    Refused,
    Role,
    Scope,
    Somebody,
    Target,
    may_act,
    unit_scope,
)
from idp.domain.session import LivingSession

LONGEST_REASON = 200
_LONGEST_OBJECT = 200


def doer_of(account: Account, *, proved_lately: bool = True) -> Doer:
    """Return an account as who acts."""
    return Doer(
        account.grants,
        account.person_id,
        account=account.id,
        proved_lately=proved_lately,
        cooling_until=account.cooling_until,
    )


def doer_in(living: LivingSession, occasion: Occasion) -> Doer:
    """Return somebody in a browser as who acts."""
    return doer_of(living.account, proved_lately=may_change(living, occasion))


def give(
    uow: UnitOfWork, doer: Doer, account: Account, grant: Grant, reason: str, occasion: Occasion
) -> Refused | None:
    """Give a role to an account; None when it is done. Asked under a lock, with the rights of this moment."""
    known, why = _known(uow, grant), printable(reason)
    holder = uow.roles.somebody(account.person_id, occasion.now)
    if known is None or holder is None:
        return _no("unknown_scope")
    if not why:
        return _no("no_reason")
    if known.ends is not None and known.ends <= occasion.now:
        return _no("ended_already")
    uow.roles.lock_administrators()
    refused = _asked(uow, doer, Act.GIVE_ROLE, known, holder, occasion)
    if refused is not None:
        return refused
    if not uow.roles.add(account.id, known, why, occasion.actor.name, occasion.now):
        return _no("held_already")
    note_given(uow, account.id, known, why, occasion)
    return None


def take(
    uow: UnitOfWork, doer: Doer, account: Account, grant: Grant, reason: str, occasion: Occasion
) -> Refused | None:
    """Take a role from an account; None when it is done. The last administrator who stays keeps it (C4)."""
    known, why = _known(uow, grant) or grant, printable(reason)
    holder = uow.roles.somebody(account.person_id, occasion.now)
    if holder is None or not why:
        return _no("no_reason")
    uow.roles.lock_administrators()
    refused = _asked(uow, doer, Act.TAKE_ROLE, known, holder, occasion)
    if refused is not None:
        return refused
    if (grant.role, grant.scope) == (Role.ADMINISTRATOR, WHOLE) and is_last(uow, account.id):
        return _no("last_administrator")
    if not uow.roles.take(account.id, known, occasion.actor.name, occasion.now):
        return _no("not_held")
    record(
        uow.audit,
        RoleTaken(subject=account.id, object=shown(known.scope), reason=why, role=known.role.value),
        occasion,
    )
    return None


def is_last(uow: UnitOfWork, account_id: AccountId) -> bool:
    """Whether the account alone administers everything for good; ask it under the lock."""
    held = uow.roles.of_account(account_id)
    stays = any(
        grant.role is Role.ADMINISTRATOR and grant.scope == WHOLE and grant.ends is None for grant in held
    )
    return stays and uow.roles.other_administrators(account_id) == 0


def note_given(uow: UnitOfWork, account_id: AccountId, grant: Grant, reason: str, occasion: Occasion) -> None:
    """Record that a role was given."""
    record(
        uow.audit,
        RoleGiven(
            subject=account_id,
            object=shown(grant.scope),
            reason=reason,
            role=grant.role.value,
            ends=grant.ends.isoformat() if grant.ends else "",
        ),
        occasion,
    )


def refuse(uow: UnitOfWork, refused: Refused, act: Act, about: str, occasion: Occasion) -> None:
    """Record that somebody may not do something (A1)."""
    record(
        uow.audit,
        ActRefused(object=about[:_LONGEST_OBJECT], reason=refused.reasons[0].code, act=act.value),
        occasion,
    )


def allowed(
    uow: UnitOfWork, doer: Doer, act: Act, target: Target, about: str, occasion: Occasion
) -> Refused | None:
    """Ask `may_act`, and record a refusal; None if it is allowed."""
    answer = may_act(doer, act, target, occasion.now)
    if not isinstance(answer, Refused):
        return None
    refuse(uow, answer, act, about, occasion)
    return answer


def printable(typed: str) -> str:
    """Return a reason as one printable line, for records and lists (A4); "" if it is none."""
    words = " ".join(typed.split())
    return words[:LONGEST_REASON] if words.isprintable() else ""


def shown(scope: Scope) -> str:
    """Return a scope as records name it."""
    return scope.reach.value if scope == WHOLE else f"{scope.reach.value} {scope.key}"


def scope_of(reach: str, key: str) -> Scope | None:
    """Return the scope that was typed or chosen; None if it is none."""
    if reach not in {one.value for one in Reach}:
        return None
    if (Reach(reach) is Reach.ORGANISATION) != (not key):
        return None
    return Scope(Reach(reach), key)


def until(grant: Grant, ends: datetime | None) -> Grant:
    """Return the grant with an end."""
    return replace(grant, ends=ends)


def _asked(
    uow: UnitOfWork, doer: Doer, act: Act, grant: Grant, holder: Somebody, occasion: Occasion
) -> Refused | None:
    # The doer's own roles may have been taken while this waited for the lock (C9).
    now_held = doer
    if doer.account is not None:
        now_held = replace(doer, grants=uow.roles.of_account(doer.account))
    about = f"{grant.role.value} {shown(grant.scope)} {holder.person}"
    return allowed(uow, now_held, act, Appointment(grant, holder), about, occasion)


def _known(uow: UnitOfWork, grant: Grant) -> Grant | None:
    """Return the grant with the units above its scope; None if there is no such unit or application."""
    scope = grant.scope
    if scope.reach is Reach.UNIT:
        place = uow.roles.place(scope.key)
        return None if place is None else replace(grant, scope=unit_scope(place.code, place.above))
    if scope.reach is Reach.APPLICATION and ApplicationId(scope.key) not in uow.catalogue.applications:
        return None
    return grant


def _no(code: str) -> Refused:
    return Refused((Reason(code),))
