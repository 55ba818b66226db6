"""What is to be done to an account at a time that somebody chose: planned, listed, withdrawn, carried out.

The rights are asked when it is planned and asked again when it is due: whoever lost the role plans in vain.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.domain import administration
from idp.domain.administration import Done, account_seen, done, no
from idp.domain.appointments import allowed, doer_of, printable
from idp.domain.audit import record
from idp.domain.events import ActPlanned
from idp.domain.handles import AccountId, new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import SERVER, Act, Doer, Refused


class Planned(StrEnum):
    """What can be planned."""

    DISABLE = "disable"
    ENABLE = "enable"


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """One act that is to come. `planned_by` is an account's id, or "" for a command."""

    id: str
    account_id: AccountId
    act: Planned
    due_at: datetime
    reason: str
    planned_by: str


def plan(
    uow: UnitOfWork,
    doer: Doer,
    account_id: AccountId,
    act: Planned,
    due_at: datetime,
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """Plan to disable or enable an account at a time to come."""
    why, account = printable(reason), account_seen(uow, doer, account_id, occasion)
    somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
    if somebody is None:
        return no("unknown")
    refused = allowed(uow, doer, Act(act.value), somebody, account_id, occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    if due_at <= occasion.now:
        return no("ended_already")
    planned = PlannedAct(new_id(), account_id, act, due_at, why, doer.account or "")
    uow.planned_acts.add(planned, occasion.now)
    _note(uow, planned, why, occasion, "planned")
    return Done()


def withdraw(uow: UnitOfWork, doer: Doer, planned_id: str, occasion: Occasion) -> Done | Refused:
    """Withdraw what was planned."""
    planned = uow.planned_acts.get(planned_id)
    account = account_seen(uow, doer, planned.account_id, occasion) if planned else None
    somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
    if planned is None or somebody is None:
        return no("unknown")
    refused = allowed(uow, doer, Act(planned.act.value), somebody, planned.account_id, occasion)
    if refused is not None:
        return refused
    settled = uow.planned_acts.settle(planned_id, "withdrawn", occasion.now)
    if settled:
        _note(uow, planned, planned.reason, occasion, "withdrawn")
    return done(settled)


def carry_out_next(uow: UnitOfWork, occasion: Occasion) -> bool:
    """Carry out one act that is due, with the rights that its planner has now; False if none is due."""
    planned = uow.planned_acts.next_due(occasion.now)
    if planned is None:
        return False
    doer, on = SERVER, occasion
    if planned.planned_by:
        planner = uow.accounts.get(AccountId(planned.planned_by))
        usable = planner is not None and planner.usable(occasion.now)
        doer = doer_of(planner) if planner is not None and usable else Doer()
        on = Occasion(
            occasion.now,
            occasion.request_id,
            Actor(ActorKind.ACCOUNT, planned.planned_by),
            node=occasion.node,
        )
    perform = administration.disable if planned.act is Planned.DISABLE else administration.enable
    result = perform(uow, doer, planned.account_id, planned.reason, on)
    outcome = "done" if isinstance(result, Done) else result.reasons[0].code
    uow.planned_acts.settle(planned.id, outcome, occasion.now)
    if isinstance(result, Refused):
        _note(uow, planned, outcome, occasion, "not_done")
    return True


def _note(uow: UnitOfWork, planned: PlannedAct, reason: str, occasion: Occasion, what: str) -> None:
    record(
        uow.audit,
        ActPlanned(
            subject=planned.account_id,
            object=planned.id,
            reason=reason,
            act=planned.act.value,
            due=planned.due_at.isoformat(),
            what=what,
        ),
        occasion,
    )
