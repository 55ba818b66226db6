"""The second helper: sees what waits for approval, and approves or rejects it. Neither the first nor the person."""

from collections.abc import Sequence
from dataclasses import dataclass

import mfa
from idp.domain.administration import Done, account_seen, done, no
from idp.domain.appointments import allowed, printable
from idp.domain.approvals import Approval, State
from idp.domain.audit import record
from idp.domain.events import ApprovalGiven, ApprovalRejected
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Allowed, Doer, Refused, may_act


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request as somebody sees it: whose account, who asked, which thing, and what the reader may do with it."""

    approval: Approval
    login: str
    person: str
    asker: str
    what: str
    may_decide: bool
    mine: bool


def waiting(uow: UnitOfWork, doer: Doer, occasion: Occasion) -> Sequence[Waiting]:
    """Return the open requests about people whom the doer may see."""
    found = []
    for one in uow.approvals.open(occasion.now):
        account = account_seen(uow, doer, one.account_id, occasion)
        somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
        if account is None or somebody is None:
            continue
        asker = uow.accounts.get(one.asked_by)
        may = isinstance(may_act(_able(doer), one.act, somebody, occasion.now), Allowed)
        open_to_decide = one.state is State.ASKED and may and not _first(uow, doer, one)
        login = asker.login if asker else ""
        mine = one.asked_by == doer.account
        what = _what(uow, one)
        found.append(Waiting(one, account.login, account.person_id, login, what, open_to_decide, mine))
    return found


def approve(uow: UnitOfWork, doer: Doer, approval_id: str, reason: str, occasion: Occasion) -> Done | Refused:
    """Approve what another helper asked for; that helper may then do it, once."""
    found = _asked(uow, doer, approval_id, reason, occasion)
    if isinstance(found, Refused):
        return found
    if _first(uow, doer, found):
        return no("own_request")
    if not uow.approvals.move(found, State.APPROVED, occasion.actor.name, occasion.now):
        return no("nothing_to_do")
    event = ApprovalGiven(
        subject=found.account_id, object=found.id, reason=printable(reason), act=found.act.value
    )
    record(uow.audit, event, occasion)
    return Done()


def reject(uow: UnitOfWork, doer: Doer, approval_id: str, reason: str, occasion: Occasion) -> Done | Refused:
    """Reject what was asked for; whoever asked may take it back so."""
    found = _asked(uow, doer, approval_id, reason, occasion)
    if isinstance(found, Refused):
        return found
    changed = uow.approvals.move(found, State.REJECTED, occasion.actor.name, occasion.now)
    if changed:
        why = printable(reason)
        event = ApprovalRejected(subject=found.account_id, object=found.id, reason=why, act=found.act.value)
        record(uow.audit, event, occasion)
    return done(changed)


def _asked(
    uow: UnitOfWork, doer: Doer, approval_id: str, reason: str, occasion: Occasion
) -> Approval | Refused:
    found = uow.approvals.get(approval_id)
    account = account_seen(uow, doer, found.account_id, occasion) if found else None
    somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
    if found is None or somebody is None:
        return no("unknown")
    # Who approves must be allowed to do it: the approval is as good as the act.
    for act in (Act.APPROVE, found.act):
        refused = allowed(uow, doer, act, somebody, found.account_id, occasion)
        if refused is not None:
            return refused
    if not printable(reason):
        return no("no_reason")
    return found if found.state is State.ASKED else no("nothing_to_do")


def _what(uow: UnitOfWork, approval: Approval) -> str:
    """Return the factor's name or the token's number that is meant, "" for a code."""
    factor = approval.details.get("about")
    if factor is None:
        return approval.details.get("serial", "")
    held = mfa.enrolled(uow.factors, approval.account_id)
    return next((one.name or one.kind.value for one in held if one.id == factor), factor)


def _first(uow: UnitOfWork, doer: Doer, approval: Approval) -> bool:
    """Whether the doer is the human being who asked, by whichever account or token."""
    asker = uow.accounts.get(approval.asked_by)
    return doer.person is not None and asker is not None and asker.person_id == doer.person


def _able(doer: Doer) -> Doer:
    return Doer(doer.grants, doer.person, doer.within, doer.acts, doer.account)
