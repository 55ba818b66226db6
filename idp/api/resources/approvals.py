"""What waits for a second helper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.reasons import WithReason
from idp.domain import second_helper
from idp.domain.approvals import State
from idp.domain.roles import Act, Refused


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that was asked for, such as `hours`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Approval:
    """One request; `may_decide` tells whether whoever reads this may approve it."""

    approval: str
    account: str
    act: Act
    details: tuple[Detail, ...]
    reason: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    state: State
    may_decide: bool


def listed(call: Call[Nothing, Nothing]) -> Page[Approval] | Refused:
    """Return what waits."""
    return Page(_seen(call))


def approve(call: Call[Nothing, WithReason]) -> Nothing | Refused:
    """Approve one."""
    result = second_helper.approve(
        call.uow, call.doer, call.path["approval"], call.body.reason, call.occasion
    )
    return result if isinstance(result, Refused) else Nothing()


def reject(call: Call[Nothing, WithReason]) -> Nothing | Refused:
    """Reject one."""
    result = second_helper.reject(call.uow, call.doer, call.path["approval"], call.body.reason, call.occasion)
    return result if isinstance(result, Refused) else Nothing()


def _seen(call: Call[Nothing, Nothing]) -> Sequence[Approval]:
    return [
        Approval(
            approval=one.approval.id,
            account=one.approval.account_id,
            act=one.approval.act,
            details=tuple(Detail(name, value) for name, value in sorted(one.approval.details.items())),
            reason=one.approval.reason,
            asked_by=one.approval.asked_by,
            asked_at=one.approval.asked_at,
            expires_at=one.approval.expires_at,
            state=one.approval.state,
            may_decide=one.may_decide,
        )
        for one in second_helper.waiting(call.uow, call.doer, call.occasion)
    ]


OPERATIONS = (
    Operation(
        "approvals.list", "GET", "/approvals", "List what waits for a second helper.",
        Act.APPROVE, listed, Approval, Nothing, Nothing, paged=True,
    ),
    Operation(
        "approvals.approve", "POST", "/approvals/{approval}/approve", "Approve what another helper asked for.",
        Act.APPROVE, approve, Nothing, Nothing, WithReason,
    ),
    Operation(
        "approvals.reject", "POST", "/approvals/{approval}/reject", "Reject what another helper asked for.",
        Act.APPROVE, reject, Nothing, Nothing, WithReason,
    ),
)  # fmt: skip
