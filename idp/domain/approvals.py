"""Four eyes for privileged people: what would let a helper stand in their place waits for a second helper's approval.

Privileged is whoever holds a role in Portvakt itself. The helper does the act as always; the first time it becomes a
request, which somebody else approves (`second_helper.py`), and done again, exactly the same, it spends the approval.
Each change of a request is one conditional write; a request lasts for hours and serves once. Whoever
runs commands on the server holds the master key and needs nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from idp.domain.audit import record
from idp.domain.events import ApprovalAsked, ApprovalUsed
from idp.domain.handles import AccountId, new_id
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.reason import Reason
from idp.domain.roles import Act, Doer, Refused, Somebody

#: How long a request lasts, approved or not: as long as the two helpers' working day.
LASTS = timedelta(hours=8)
#: The refusals that say that somebody else is asked first.
WAITS = frozenset({"second_helper_asked", "second_helper_waits"})


class State(StrEnum):
    """What became of a request."""

    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Approval:
    """One request. `details` say what of the act was asked for, in names and texts; never a secret."""

    id: str
    account_id: AccountId
    act: Act
    details: Mapping[str, str]
    reason: str
    asked_by: AccountId
    asked_at: datetime
    expires_at: datetime
    state: State = State.ASKED
    decided_by: str = ""


class Approvals(Protocol):
    """Requests, of which nothing is ever deleted while it is open."""

    def add(self, approval: Approval) -> None:
        """Store a new request."""

    def get(self, approval_id: str) -> Approval | None:
        """Return a request, whatever became of it."""

    def open(self, now: datetime) -> Sequence[Approval]:
        """Return what is asked for or approved and not used, oldest first."""

    def move(self, approval: Approval, to: State, by: str, now: datetime) -> bool:
        """Change a request that still is as `approval` says and has not expired; False if it is not so."""


def privileged(somebody: Somebody, now: datetime) -> bool:
    """Whether a person holds a role in Portvakt itself."""
    return any(grant.holds_at(now) for grant in somebody.grants)


def needed(uow: UnitOfWork, somebody: Somebody, now: datetime) -> bool:
    """Whether a second helper must approve what opens this person's account."""
    return uow.catalogue.factors.second_helper and privileged(somebody, now)


def waits_for_second(
    uow: UnitOfWork,
    doer: Doer,
    act: Act,
    account_id: AccountId,
    details: Mapping[str, str],
    reason: str,
    occasion: Occasion,
) -> Refused | None:
    """Return None if the act may go on, having spent its approval if it needs one; else ask for one, and say so.

    Call it last, when everything else allows the act.
    """
    now, account = occasion.now, uow.accounts.get(account_id)
    somebody = uow.roles.somebody(account.person_id, now) if account else None
    if doer.account is None or somebody is None or not needed(uow, somebody, now):
        return None
    wanted = (account_id, act, dict(details), doer.account)
    same = [
        one
        for one in uow.approvals.open(now)
        if (one.account_id, one.act, dict(one.details), one.asked_by) == wanted
    ]
    if not same:
        asked = Approval(new_id(), account_id, act, details, reason, doer.account, now, now + LASTS)
        uow.approvals.add(asked)
        event = ApprovalAsked(subject=account_id, object=asked.id, reason=reason, act=act.value)
        record(uow.audit, event, occasion)
        return Refused((Reason("second_helper_asked"),))
    found = next((one for one in same if one.state is State.APPROVED), None)
    if found is None or not uow.approvals.move(found, State.USED, doer.account, now):
        return Refused((Reason("second_helper_waits"),))
    record(uow.audit, ApprovalUsed(subject=account_id, object=found.id, act=act.value), occasion)
    return None
