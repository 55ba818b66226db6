"""People: found by a few letters, and one person whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.types import Text
from idp.domain.account import AccountState
from idp.domain.administration import no, seen
from idp.domain.handles import PersonId
from idp.domain.roles import Act, Refused, scopes_for

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
class AccountOfPerson:
    """One account of a person."""

    account: str
    login: str
    state: AccountState


@dataclass(frozen=True, slots=True)
class Person:
    """One person. What is protected is left out; opening it is an act of its own."""

    person: str
    name: str
    protected: bool
    employee_number: str | None
    addresses: tuple[str, ...]
    employments: tuple[Employment, ...]
    accounts: tuple[AccountOfPerson, ...]


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
    person_id = PersonId(call.path["person"])
    person = call.uow.people.get(person_id)
    if person is None or seen(call.uow, call.doer, person_id, call.occasion) is None:
        return no("unknown")
    protected = person.protection.value != "none"
    register = call.register
    return Person(
        person=person.id,
        name=person.shown_name,
        protected=protected,
        employee_number=None if protected else person.employee_number,
        addresses=() if protected else tuple(register.addresses_of(person_id)),
        employments=()
        if protected
        else tuple(
            Employment(one.title, one.unit, one.starts, one.ends)
            for one in register.employments_of(person_id)
        ),
        accounts=tuple(
            AccountOfPerson(one.id, one.login, one.state) for one in register.accounts_of(person_id)
        ),
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
)
