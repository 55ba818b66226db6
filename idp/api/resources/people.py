"""People: found by a few letters, and one person whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.types import Text
from idp.domain.account import AccountState
from idp.domain.administration import no
from idp.domain.events.words import words_of
from idp.domain.handles import PersonId
from idp.domain.person import Protection
from idp.domain.reach import Way
from idp.domain.roles import Act, Refused, scopes_for
from idp.domain.whole_person import SystemStanding, WholePerson, opened, whole

#: How far a search can be paged through: who has read so many types another letter.
_DEEPEST = 10_000

Words = Annotated[
    str, Text(100, about="Parts of a name, a user name, an address, an employee number, a unit.")
]


@dataclass(frozen=True, slots=True)
class Search:
    """Whom to find."""

    words: Words


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """One line of a search. A protected name is a dash."""

    person: str
    name: str
    account: str | None
    login: str
    state: AccountState | None


@dataclass(frozen=True, slots=True)
class Employment:
    """One employment."""

    title: str
    unit: str
    starts: datetime | None
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class UsableSystem:
    """A system that an account may use; `way` says whether another factor is asked for, `reason` why it may."""

    application: str
    name: str
    way: Way
    reason: str


@dataclass(frozen=True, slots=True)
class AccountOfPerson:
    """One account of a person."""

    account: str
    login: str
    state: AccountState
    systems: tuple[UsableSystem, ...]


@dataclass(frozen=True, slots=True)
class FactOrigin:
    """Where a fact comes from."""

    fact: str
    source: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One record of what happened to a person, in words."""

    at: datetime
    what: str
    type: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person. What is protected is left out (`masked`) until the record is opened with a reason."""

    person: str
    name: str
    protected: bool
    masked: bool
    employee_number: str | None
    addresses: tuple[str, ...]
    employments: tuple[Employment, ...]
    origins: tuple[FactOrigin, ...]
    accounts: tuple[AccountOfPerson, ...]
    history: tuple[Happened, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """Why a protected record is opened."""

    reason: Annotated[str, Text(200, 1, about="Why; the person can read it.")]


def find(call: Call[Search, Nothing]) -> Page[FoundPerson]:
    """Find people that the token reaches."""
    within = scopes_for(call.doer, Act.SEE_PERSON, call.occasion.now)
    skip = int(call.after) if call.after else 0
    lines = call.register.search(call.query.words, call.most + 1, within, call.occasion.now, skip)
    page = [
        FoundPerson(line.person_id, line.shown_name, line.account_id, line.login, line.state)
        for line in lines[: call.most]
    ]
    more = len(lines) > call.most and skip + call.most < _DEEPEST
    return Page(page, str(skip + call.most) if more else "")


def show(call: Call[Nothing, Nothing]) -> Person | Refused:
    """Return one person."""
    found = whole(call.uow, call.register, call.doer, PersonId(call.path["person"]), call.occasion)
    return no("unknown") if found is None else _told(found)


def open_record(call: Call[Nothing, Opening]) -> Person | Refused:
    """Open a protected record; that it was, is recorded for the person to read."""
    person = PersonId(call.path["person"])
    found = opened(call.uow, call.register, call.doer, person, call.body.reason, call.occasion)
    return found if isinstance(found, Refused) else _told(found)


def _told(seen: WholePerson) -> Person:
    return Person(
        person=seen.id,
        name=seen.name,
        protected=seen.protection is not Protection.NONE,
        masked=seen.masked,
        employee_number=seen.employee_number or None,
        addresses=tuple(seen.addresses),
        employments=tuple(Employment(one.title, one.unit, one.starts, one.ends) for one in seen.employments),
        origins=tuple(
            FactOrigin(fact, origin.source, origin.attribute) for fact, origin in seen.origins.items()
        ),
        accounts=tuple(
            AccountOfPerson(
                one.account.id,
                one.account.login,
                one.account.state,
                tuple(_usable(each) for each in one.systems),
            )
            for one in seen.accounts
        ),
        history=tuple(
            Happened(one.at, words_of(one.type), one.type, one.who, one.reason) for one in seen.history
        ),
    )


def _usable(one: SystemStanding) -> UsableSystem:
    return UsableSystem(
        one.application.id, one.application.name, one.standing.way, one.standing.reasons[0].code
    )


OPERATIONS = (
    Operation(
        "people.find",
        "GET",
        "/people",
        "Find people by a few letters.",
        Act.SEE_PERSON,
        find,
        FoundPerson,
        Search,
        Nothing,
        paged=True,
    ),
    Operation(
        "people.show",
        "GET",
        "/people/{person}",
        "Return one person.",
        Act.SEE_PERSON,
        show,
        Person,
        Nothing,
        Nothing,
    ),
    Operation(
        "people.open",
        "POST",
        "/people/{person}/open",
        "Open a protected record with a reason; it is recorded for the person to read.",
        Act.OPEN_PROTECTED,
        open_record,
        Person,
        Nothing,
        Opening,
        secret=True,
        recorded=True,
    ),
)
