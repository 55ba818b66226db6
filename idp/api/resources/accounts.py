"""Accounts: state, and what is done to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation
from idp.api.reasons import Why, WithReason
from idp.api.types import Number
from idp.domain import administration
from idp.domain.account import AccountState
from idp.domain.administration import Done, account_seen, no
from idp.domain.roles import Act, Refused
from mfa import TemporaryCodePurpose, enrolled
from mfa.temporary_access import LONGEST_ACTIVATION_LIFETIME, LONGEST_TEMPORARY_LIFETIME, MOST_USES

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor, without its secret."""

    id: str
    kind: str
    name: str
    used_at: datetime | None
    counter_went_backwards_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """One account."""

    account: str
    person: str
    login: str
    state: AccountState
    disabled_reason: str | None
    disabled_at: datetime | None
    starts: datetime | None
    cooling_until: datetime | None
    version: int
    factors: tuple[Factor, ...]
    sessions: Annotated[int, Number(0, 100_000)]


@dataclass(frozen=True, slots=True)
class TemporaryCode:
    """What a temporary code is to be."""

    reason: Why
    hours: Annotated[int, Number(1, LONGEST_TEMPORARY_LIFETIME // _HOUR)] = 8
    uses: Annotated[int, Number(1, MOST_USES)] = 1
    purpose: TemporaryCodePurpose = TemporaryCodePurpose.SIGN_IN


@dataclass(frozen=True, slots=True)
class ActivationCode:
    """What an activation code is to be."""

    reason: Why
    hours: Annotated[int, Number(1, LONGEST_ACTIVATION_LIFETIME // _HOUR)] = 72


@dataclass(frozen=True, slots=True)
class Code:
    """A code, shown once."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """How many sessions ended."""

    ended: Annotated[int, Number(0, 100_000)]


def show(call: Call[Nothing, Nothing]) -> AccountDetails | Refused:
    """Return one account."""
    account = account_seen(call.uow, call.doer, call.account(), call.occasion)
    if account is None:
        return no("unknown")
    return AccountDetails(
        account=account.id,
        person=account.person_id,
        login=account.login,
        state=account.state,
        disabled_reason=account.disabled_reason,
        disabled_at=account.disabled_at,
        starts=account.starts,
        cooling_until=account.cooling_until,
        version=account.version,
        factors=tuple(
            Factor(one.id, one.kind.value, one.name, one.last_used_at, one.regressed_at)
            for one in enrolled(call.uow.factors, account.id)
        ),
        sessions=len(call.uow.sessions.of_account(account.id, call.occasion.now)),
    )


def disable(call: Call[Nothing, WithReason]) -> AccountDetails | Refused:
    """Disable an account and end its sessions."""
    result = administration.disable(call.uow, call.doer, call.account(), call.body.reason, call.occasion)
    return result if isinstance(result, Refused) else show(call)  # type: ignore[arg-type]  # the body is not read


def enable(call: Call[Nothing, WithReason]) -> AccountDetails | Refused:
    """Enable an account."""
    result = administration.enable(call.uow, call.doer, call.account(), call.body.reason, call.occasion)
    return result if isinstance(result, Refused) else show(call)  # type: ignore[arg-type]  # the body is not read


def end_sessions(call: Call[Nothing, Nothing]) -> Ended | Refused:
    """End every session."""
    result = administration.end_their_sessions(call.uow, call.doer, call.account(), "", call.occasion)
    return Ended(result.count) if isinstance(result, Done) else result


def temporary_code(call: Call[Nothing, TemporaryCode]) -> Code | Refused:
    """Issue a code in place of a second factor."""
    body = call.body
    issued = administration.temporary_code(
        call.uow,
        call.doer,
        call.account(),
        body.hours * _HOUR,
        body.uses,
        body.reason,
        call.occasion,
        body.purpose,
    )
    return issued if isinstance(issued, Refused) else Code(issued.code, issued.expires_at)


def activation_code(call: Call[Nothing, ActivationCode]) -> Code | Refused:
    """Issue a code that lets a first factor be set up."""
    body = call.body
    issued = administration.activation_code(
        call.uow, call.doer, call.account(), body.hours * _HOUR, body.reason, call.occasion
    )
    return issued if isinstance(issued, Refused) else Code(issued.code, issued.expires_at)


OPERATIONS = (
    Operation(
        "accounts.show", "GET", "/accounts/{account}", "Return one account.",
        Act.SEE_PERSON, show, AccountDetails, Nothing, Nothing,
    ),
    Operation(
        "accounts.disable", "POST", "/accounts/{account}/disable", "Disable an account and end its sessions.",
        Act.DISABLE, disable, AccountDetails, Nothing, WithReason, current=show,
    ),
    Operation(
        "accounts.enable", "POST", "/accounts/{account}/enable", "Enable an account again.",
        Act.ENABLE, enable, AccountDetails, Nothing, WithReason, current=show,
    ),
    Operation(
        "accounts.end_sessions", "POST", "/accounts/{account}/end-sessions", "End all sessions of an account.",
        Act.END_SESSIONS, end_sessions, Ended, Nothing, Nothing,
    ),
    Operation(
        "accounts.temporary_code", "POST", "/accounts/{account}/temporary-codes",
        "Issue a code in place of a second factor.",
        Act.ISSUE_TEMPORARY_CODE, temporary_code, Code, Nothing, TemporaryCode, secret=True,
    ),
    Operation(
        "accounts.activation_code", "POST", "/accounts/{account}/activation-codes",
        "Issue a code that lets a first factor be set up.",
        Act.ISSUE_ACTIVATION_CODE, activation_code, Code, Nothing, ActivationCode, secret=True,
    ),
)  # fmt: skip
