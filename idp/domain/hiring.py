"""People without a directory: hired by hand. Consultants have a sponsor, everybody an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import mfa
from idp.domain import accounts
from idp.domain.account import Account, AccountState, PasswordSource
from idp.domain.administration import no
from idp.domain.appointments import allowed, printable
from idp.domain.audit import record
from idp.domain.events import AccountCreated
from idp.domain.handles import AccountId, PersonId, new_id
from idp.domain.naming import login_series
from idp.domain.occasion import Occasion
from idp.domain.person import Person
from idp.domain.planned_acts import Planned, PlannedAct
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Doer, Refused

#: Employments that are kept here and in no directory.
SOURCE = "local"
INVITATION = timedelta(days=3)
LONGEST_STAY = timedelta(days=366 * 5)
_MOST_TRIES = 50


class Kind(StrEnum):
    """Whom no personnel system lists."""

    CONSULTANT = "consultant"
    POLITICIAN = "politician"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be hired by hand; `ends` is the end of the assignment or mandate."""

    given_name: str
    surname: str
    kind: Kind
    unit: str
    title: str
    starts: datetime
    ends: datetime
    sponsor: str = ""


@dataclass(frozen=True, slots=True)
class Hired:
    """The new account, and the code that lets its holder set password and factor once."""

    account: Account
    invitation: mfa.IssuedCode


def hire(uow: UnitOfWork, doer: Doer, new: Newcomer, reason: str, occasion: Occasion) -> Hired | Refused:
    """Hire somebody at a unit until a day, and invite them; the account is disabled when the day comes."""
    refused = check(uow, doer, new, reason, occasion)
    if refused is not None:
        return refused
    given, surname = printable(new.given_name), printable(new.surname)
    person = Person(PersonId(new_id()), given, surname, f"{given} {surname}".strip(), created_at=occasion.now)
    account = _account(uow, person, new, occasion)
    if account is None:
        return no("name_taken")
    uow.people.employ(person.id, SOURCE, new.unit, printable(new.title), new.starts, new.ends)
    record(
        uow.audit,
        AccountCreated(
            subject=account.id, object=f"{new.kind.value} {new.sponsor}".strip(), reason=printable(reason),
            login=account.login,
        ),
        occasion,
    )  # fmt: skip
    leaving = PlannedAct(new_id(), account.id, Planned.DISABLE, new.ends, "the assignment has ended", "")
    uow.planned_acts.add(leaving, occasion.now)
    code = accounts.issue_activation_code(uow, account.id, INVITATION, occasion, reason=printable(reason))
    return Hired(account, code)


def check(uow: UnitOfWork, doer: Doer, new: Newcomer, reason: str, occasion: Occasion) -> Refused | None:
    """Say why somebody cannot be hired so; None if they can."""
    place = uow.roles.place(new.unit)
    if place is None:
        return no("unknown_scope")
    refused = allowed(uow, doer, Act.HIRE, place, f"hire at {new.unit}", occasion)
    if refused is not None:
        return refused
    if not printable(reason) or not printable(f"{new.given_name} {new.surname}"):
        return no("no_reason")
    if not occasion.now < new.ends or not new.starts < new.ends or new.ends - occasion.now > LONGEST_STAY:
        return no("wrong_period")
    if new.kind is Kind.CONSULTANT:
        sponsor = uow.accounts.by_login(new.sponsor) if new.sponsor else None
        if sponsor is None or sponsor.state is not AccountState.ACTIVE:
            return no("no_sponsor")
    return None


def _account(uow: UnitOfWork, person: Person, new: Newcomer, occasion: Occasion) -> Account | None:
    series = login_series(person.given_name or person.surname, person.surname)
    for number in range(1, _MOST_TRIES + 1):
        account = Account(
            id=AccountId(new_id()),
            person_id=person.id,
            login=series.nth(number),
            state=AccountState.ACTIVE,
            password_source=PasswordSource.LOCAL,
            starts=new.starts if new.starts > occasion.now else None,
        )
        free = uow.accounts.by_login(account.login) is None
        if free and uow.accounts.add_local(person, account, occasion.now):
            return account
    return None
