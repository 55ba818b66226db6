"""An account's living sessions, its factors and what is planned for it: seen, ended, removed, planned, withdrawn."""

from dataclasses import dataclass
from datetime import datetime

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.reasons import Why, WithReason
from idp.domain import administration, planned_acts
from idp.domain.administration import Done, account_seen, no
from idp.domain.handles import SessionId
from idp.domain.person import Protection
from idp.domain.planned_acts import Planned
from idp.domain.roles import Act, Refused


@dataclass(frozen=True, slots=True)
class LivingSession:
    """One session. Of a protected person neither address nor device is told."""

    session: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    device: str | None


@dataclass(frozen=True, slots=True)
class ActToCome:
    """What is planned for an account."""

    planned: str
    act: Planned
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What is to be done when."""

    act: Planned
    due_at: datetime
    reason: Why


@dataclass(frozen=True, slots=True)
class Carried:
    """It is done."""

    done: bool = True


def sessions(call: Call[Nothing, Nothing]) -> Page[LivingSession] | Refused:
    """Return the living sessions of an account."""
    account = account_seen(call.uow, call.doer, call.account(), call.occasion)
    person = call.uow.people.get(account.person_id) if account else None
    if account is None or person is None:
        return no("unknown")
    told = person.protection is Protection.NONE
    return Page(
        [
            LivingSession(
                one.id,
                one.created_at,
                one.seen_at,
                one.expires_at,
                (one.address or None) if told else None,
                (one.user_agent or None) if told else None,
            )
            for one in call.uow.sessions.of_account(account.id, call.occasion.now)
        ]
    )


def end_session(call: Call[Nothing, WithReason]) -> Carried | Refused:
    """End one session."""
    session = SessionId(call.path["session"])
    result = administration.end_their_session(
        call.uow, call.doer, call.account(), session, call.body.reason, call.occasion
    )
    return Carried() if isinstance(result, Done) else result


def remove_factor(call: Call[Nothing, WithReason]) -> Carried | Refused:
    """Remove a lost factor."""
    result = administration.remove_factor(
        call.uow, call.doer, call.account(), call.path["factor"], call.body.reason, call.occasion
    )
    return Carried() if isinstance(result, Done) else result


def planned(call: Call[Nothing, Nothing]) -> Page[ActToCome] | Refused:
    """Return what is planned for an account."""
    account = account_seen(call.uow, call.doer, call.account(), call.occasion)
    if account is None:
        return no("unknown")
    found = call.uow.planned_acts.of_person(account.person_id)
    return Page(
        [ActToCome(one.id, one.act, one.due_at, one.reason) for one in found if one.account_id == account.id]
    )


def plan(call: Call[Nothing, NewPlan]) -> Carried | Refused:
    """Plan to disable or enable an account."""
    body = call.body
    result = planned_acts.plan(
        call.uow, call.doer, call.account(), body.act, body.due_at, body.reason, call.occasion
    )
    return Carried() if isinstance(result, Done) else result


def withdraw(call: Call[Nothing, Nothing]) -> Carried | Refused:
    """Withdraw what was planned."""
    result = planned_acts.withdraw(call.uow, call.doer, call.path["planned"], call.occasion)
    return Carried() if isinstance(result, Done) else result


OPERATIONS = (
    Operation(
        "accounts.sessions", "GET", "/accounts/{account}/sessions", "Return the living sessions of an account.",
        Act.SEE_PERSON, sessions, LivingSession, Nothing, Nothing, paged=True,
    ),
    Operation(
        "accounts.end_session", "POST", "/accounts/{account}/sessions/{session}/end", "End one session.",
        Act.END_SESSIONS, end_session, Carried, Nothing, WithReason,
    ),
    Operation(
        "accounts.remove_factor", "POST", "/accounts/{account}/factors/{factor}/remove",
        "Remove a lost factor; nothing is put in its place.",
        Act.REMOVE_FACTOR, remove_factor, Carried, Nothing, WithReason,
    ),
    Operation(
        "accounts.planned", "GET", "/accounts/{account}/planned-acts", "Return what is planned for an account.",
        Act.SEE_PERSON, planned, ActToCome, Nothing, Nothing, paged=True,
    ),
    Operation(
        "accounts.plan", "POST", "/accounts/{account}/planned-acts",
        "Plan to disable or enable an account at a time to come.",
        Act.DISABLE, plan, Carried, Nothing, NewPlan,
    ),
    Operation(
        "accounts.withdraw", "POST", "/planned-acts/{planned}/withdraw", "Withdraw what was planned.",
        Act.DISABLE, withdraw, Carried, Nothing, Nothing,
    ),
)  # fmt: skip
