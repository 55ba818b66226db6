"""Who can use a system and why, now or on a past day; what its owner decided; the system's own roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.types import Text
from idp.domain import entitlements, reach
from idp.domain.administration import Done, no
from idp.domain.application import Application
from idp.domain.entitlements import DefinedRole, Entitlement, Kind
from idp.domain.handles import AccountId
from idp.domain.ports import Catalogue
from idp.domain.reach import Standing, Way
from idp.domain.reason import Reason as Why
from idp.domain.reasons import sentence
from idp.domain.roles import Act, Refused

Reason = Annotated[str, Text(200, 1, about="Why, for the audit log.")]
Login = Annotated[str, Text(320, 1, about="Login or e-mail address.")]
Role = Annotated[str, Text(64, about="A role of the system's own; for `role` alone.")]


@dataclass(frozen=True, slots=True)
class OnDay:
    """Now, or on a past day as it was kept then."""

    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskedWhy:
    """Who, from where, when."""

    login: Login
    address: Annotated[str, Text(64, about="An IP address; none is from no known network.")] = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can use a system, or could with a second factor. A protected name is a dash."""

    account: str
    login: str
    name: str
    way: Way
    why: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Why somebody can, or cannot; and what would change it."""

    way: Way
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    sentences: tuple[str, ...]


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
    reason: Reason
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """End what was decided."""

    login: Login
    kind: Kind
    reason: Reason


@dataclass(frozen=True, slots=True)
class Assign:
    """Assign a role of the system's own, or end it."""

    login: Login
    role: Role
    reason: Reason
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
    reason: Reason


@dataclass(frozen=True, slots=True)
class Decision:
    """It is done."""

    done: bool = True


def who_can(call: Call[OnDay, Nothing]) -> Page[User] | Refused:
    """Return who can use a system, by login."""
    found = _then(call, call.query.at)
    if isinstance(found, Refused):
        return found
    application, catalogue, at, past = found
    standings = reach.who_can(call.uow.archive.everybody(at, past=past), application, catalogue, at)
    rest = [one for one in standings if one.known.facts.account.login > call.after]
    page = rest[: call.most]
    last = page[-1].known.facts.account.login if len(rest) > len(page) else ""
    return Page([_user(one) for one in page], last)


def explain(call: Call[AskedWhy, Nothing]) -> Explained | Refused:
    """Say why somebody can or cannot, and what would change it."""
    found = _then(call, call.query.at)
    if isinstance(found, Refused):
        return found
    application, catalogue, at, past = found
    account = call.uow.accounts.by_login(call.query.login)
    if account is None:
        return no("unknown")
    try:
        address = ip_address(call.query.address) if call.query.address else None
    except ValueError:
        return no("malformed")
    known = call.uow.archive.everybody(at, past=past, account=account.id)
    if not known:
        return no("unknown")
    made = reach.explained(known[0], application, catalogue, at, address)
    every: Sequence[Why] = (*made.reasons, *made.changes)
    return Explained(
        made.way,
        tuple(one.code for one in made.reasons),
        tuple(one.code for one in made.changes),
        tuple(sentence(one) for one in every),
    )


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


def _then(
    call: Call[OnDay, Nothing] | Call[AskedWhy, Nothing], asked: datetime | None
) -> tuple[Application, Catalogue, datetime, bool] | Refused:
    now = call.occasion.now
    at, past = min(asked or now, now), asked is not None and asked < now
    identifier = call.application()
    if entitlements.sees(call.uow, call.doer, identifier, call.occasion) is None:
        return no("unknown")
    catalogue = call.uow.archive.catalogue(at) if past else call.uow.catalogue
    application = catalogue.applications.get(identifier) if catalogue else None
    return no("unknown") if catalogue is None or application is None else (application, catalogue, at, past)


def _user(one: Standing) -> User:
    account = one.known.facts.account
    return User(account.id, account.login, one.known.name, one.way, one.reasons[0].code)


def _done(result: Done | Refused) -> Decision | Refused:
    return Decision() if isinstance(result, Done) else result


_PATH = "/applications/{application}"
OPERATIONS = (
    Operation(
        "access.who_can", "GET", f"{_PATH}/users", "Return who can use a system, now or on a past day.",
        Act.SEE_APPLICATION, who_can, User, OnDay, Nothing, paged=True,
    ),
    Operation(
        "access.explain", "GET", f"{_PATH}/explain", "Say why somebody can or cannot use it, and what would change it.",
        Act.SEE_APPLICATION, explain, Explained, AskedWhy, Nothing,
    ),
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
