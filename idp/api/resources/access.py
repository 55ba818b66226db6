"""Who can use a system and why, now or on a past day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.types import Text
from idp.domain import entitlements, reach
from idp.domain.administration import no
from idp.domain.application import Application
from idp.domain.ports import Catalogue
from idp.domain.reach import Standing, Way
from idp.domain.reason import Reason as Why
from idp.domain.reasons import sentence
from idp.domain.roles import Act, Refused

Login = Annotated[str, Text(320, 1, about="Login or e-mail address.")]


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
)  # fmt: skip
