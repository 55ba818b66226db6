"""What a system's owner decided about single people, and the system's own roles."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.reasons import Why
from idp.api.types import Text
from idp.domain import entitlements
from idp.domain.administration import Done, no
from idp.domain.entitlements import DefinedRole, Entitlement, Kind
from idp.domain.handles import AccountId
from idp.domain.roles import Act, Refused

Login = Annotated[str, Text(320, 1, about="Login or e-mail address.")]
Role = Annotated[str, Text(64, about="A role of the system's own.")]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about one account."""

    account: str
    login: str
    name: str
    kind: Kind
    role: str
    ends: datetime | None
    given_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Let somebody in, or keep them out."""

    login: Login
    kind: Kind
    reason: Why
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """End what was decided."""

    login: Login
    kind: Kind
    reason: Why


@dataclass(frozen=True, slots=True)
class Assign:
    """Assign a role of the system's own, or end it."""

    login: Login
    role: Role
    reason: Why
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role that the system knows."""

    role: Role
    title: Annotated[str, Text(200, 1)]


@dataclass(frozen=True, slots=True)
class NewRole:
    """A role that the system knows, and why it is named."""

    role: Role
    title: Annotated[str, Text(200, 1)]
    reason: Why


@dataclass(frozen=True, slots=True)
class Decision:
    """It is done."""

    done: bool = True


def decided(call: Call[Nothing, Nothing]) -> Page[Decided] | Refused:
    """Return what was decided about single people."""
    identifier = call.application()
    if entitlements.sees(call.uow, call.doer, identifier, call.occasion) is None:
        return no("unknown")
    held = call.uow.entitlements.of_application(identifier, call.occasion.now)
    start = int(call.after) if call.after else 0
    page = held[start : start + call.most]
    last = str(start + len(page)) if len(held) > start + len(page) else ""
    return Page(
        [
            Decided(
                one.entitlement.account,
                one.login,
                one.name,
                one.entitlement.kind,
                one.entitlement.role,
                one.entitlement.ends,
                one.given_at,
                one.reason,
            )
            for one in page
        ],
        last,
    )


def decide(call: Call[Nothing, Decide]) -> Decision | Refused:
    """Let somebody in or keep them out."""
    body = call.body
    if body.kind is Kind.ROLE:
        return no("malformed")
    one = Entitlement(call.application(), AccountId(""), body.kind, ends=body.ends)
    return _done(entitlements.give(call.uow, call.doer, body.login, one, body.reason, call.occasion))


def end(call: Call[Nothing, End]) -> Decision | Refused:
    """End what was decided."""
    body = call.body
    if body.kind is Kind.ROLE:
        return no("malformed")
    one = Entitlement(call.application(), AccountId(""), body.kind)
    return _done(entitlements.withdraw(call.uow, call.doer, body.login, one, body.reason, call.occasion))


def own_roles(call: Call[Nothing, Nothing]) -> Page[OwnRole] | Refused:
    """Return the roles that the system knows."""
    identifier = call.application()
    if entitlements.sees(call.uow, call.doer, identifier, call.occasion) is None:
        return no("unknown")
    return Page([OwnRole(one.role, one.title) for one in call.uow.entitlements.defined(identifier)])


def define(call: Call[Nothing, NewRole]) -> Decision | Refused:
    """Name a role that the system knows."""
    body = call.body
    role = DefinedRole(body.role, body.title)
    return _done(
        entitlements.define(call.uow, call.doer, call.application(), role, body.reason, call.occasion)
    )


def assign(call: Call[Nothing, Assign]) -> Decision | Refused:
    """Assign a role of the system's own."""
    body = call.body
    one = Entitlement(call.application(), AccountId(""), Kind.ROLE, body.role, body.ends)
    return _done(entitlements.give(call.uow, call.doer, body.login, one, body.reason, call.occasion))


def unassign(call: Call[Nothing, Assign]) -> Decision | Refused:
    """End a role of the system's own."""
    body = call.body
    one = Entitlement(call.application(), AccountId(""), Kind.ROLE, body.role)
    return _done(entitlements.withdraw(call.uow, call.doer, body.login, one, body.reason, call.occasion))


def _done(result: Done | Refused) -> Decision | Refused:
    return Decision() if isinstance(result, Done) else result


_PATH = "/applications/{application}"
OPERATIONS = (
    Operation(
        "access.decided", "GET", f"{_PATH}/decisions", "Return what was decided about single people.",
        Act.SEE_APPLICATION, decided, Decided, Nothing, Nothing, paged=True,
    ),
    Operation(
        "access.decide", "POST", f"{_PATH}/decisions", "Let somebody in, or keep them out, whatever the policy says.",
        Act.DECIDE_ACCESS, decide, Decision, Nothing, Decide,
    ),
    Operation(
        "access.end", "POST", f"{_PATH}/decisions/end", "End what was decided about somebody.",
        Act.DECIDE_ACCESS, end, Decision, Nothing, End,
    ),
    Operation(
        "access.roles", "GET", f"{_PATH}/roles", "Return the roles that the system itself knows.",
        Act.SEE_APPLICATION, own_roles, OwnRole, Nothing, Nothing, paged=True,
    ),
    Operation(
        "access.define_role", "POST", f"{_PATH}/roles", "Name a role that the system itself knows.",
        Act.DECIDE_ACCESS, define, Decision, Nothing, NewRole,
    ),
    Operation(
        "access.assign_role", "POST", f"{_PATH}/roles/assign", "Assign a role of the system's own.",
        Act.ASSIGN_APPLICATION_ROLES, assign, Decision, Nothing, Assign,
    ),
    Operation(
        "access.end_role", "POST", f"{_PATH}/roles/end", "End a role of the system's own.",
        Act.ASSIGN_APPLICATION_ROLES, unassign, Decision, Nothing, Assign,
    ),
)  # fmt: skip
