"""One person whole, as somebody may see them: facts with their origin, accounts, what they may use and why, history.

Protected personal data are masked until somebody opens the record with a reason, which is recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import mfa
from idp.domain import reach
from idp.domain.account import Account
from idp.domain.administration import no, seen
from idp.domain.administration_ports import HeldRole
from idp.domain.application import Application
from idp.domain.appointments import allowed, printable
from idp.domain.audit import record
from idp.domain.events import RecordOpened
from idp.domain.handles import ApplicationId, PersonId
from idp.domain.moving import is_ours
from idp.domain.occasion import Occasion
from idp.domain.person import Origin, Person, Protection
from idp.domain.planned_acts import PlannedAct
from idp.domain.ports import UnitOfWork
from idp.domain.reach import Standing, Way
from idp.domain.register import EmploymentLine, HistoryLine, Register
from idp.domain.roles import Act, Allowed, Doer, Refused, may_act
from idp.domain.session import Session

_HISTORY = 20
_MASKED = "—"


@dataclass(frozen=True, slots=True)
class SystemStanding:
    """A system that an account may use, and why."""

    application: Application
    standing: Standing


@dataclass(frozen=True, slots=True)
class WholeAccount:
    """One account with all that belongs to it. `cooling_until` only while it cools off after a reset."""

    account: Account
    factors: Sequence[mfa.Enrolled]
    sessions: Sequence[Session]
    systems: Sequence[SystemStanding]
    roles: Sequence[HeldRole]
    cooling_until: datetime | None


@dataclass(frozen=True, slots=True)
class WholePerson:
    """Everything that a person's page shows. `can` is what the reader may do to them; `ours`: of no directory."""

    id: PersonId
    name: str
    protection: Protection
    masked: bool
    employee_number: str
    addresses: Sequence[str]
    employments: Sequence[EmploymentLine]
    origins: Mapping[str, Origin]
    accounts: Sequence[WholeAccount]
    planned: Sequence[PlannedAct]
    history: Sequence[HistoryLine]
    applications: Mapping[ApplicationId, Application]
    """By id: what the history is about."""
    can: frozenset[Act]
    ours: bool


def whole(
    uow: UnitOfWork, register: Register, doer: Doer, person_id: PersonId, occasion: Occasion
) -> WholePerson | None:
    """Return a person as the doer sees them; None for foreign and unknown ones alike."""
    return _whole(uow, register, doer, person_id, occasion, opened=False)


def opened(
    uow: UnitOfWork, register: Register, doer: Doer, person_id: PersonId, reason: str, occasion: Occasion
) -> WholePerson | Refused:
    """Open a protected record: it takes a role and a reason, and is recorded for the person to read."""
    somebody, why = seen(uow, doer, person_id, occasion), printable(reason)
    if somebody is None:
        return no("unknown")
    refused = allowed(uow, doer, Act.OPEN_PROTECTED, somebody, person_id, occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    record(uow.audit, RecordOpened(subject=person_id, reason=why), occasion)
    return _whole(uow, register, doer, person_id, occasion, opened=True) or no("unknown")


def _whole(
    uow: UnitOfWork,
    register: Register,
    doer: Doer,
    person_id: PersonId,
    occasion: Occasion,
    *,
    opened: bool,
) -> WholePerson | None:
    person, somebody = uow.people.get(person_id), seen(uow, doer, person_id, occasion)
    if person is None or somebody is None:
        return None
    now, masked = occasion.now, person.protection is not Protection.NONE and not opened
    found = register.accounts_of(person_id)
    held = [one for one in uow.roles.held(now) if one.person_id == person_id]
    can = frozenset(act for act in Act if isinstance(may_act(_able(doer), act, somebody, now), Allowed))
    return WholePerson(
        id=person.id,
        name=_MASKED if masked else person.display_name,
        protection=person.protection,
        masked=masked,
        employee_number="" if masked else person.employee_number or "",
        addresses=() if masked else register.addresses_of(person_id),
        employments=() if masked else register.employments_of(person_id),
        origins={} if masked else _origins(person),
        accounts=[_account(uow, one, held, now, masked=masked) for one in found],
        planned=uow.planned_acts.of_person(person_id),
        applications=uow.catalogue.applications,
        history=() if masked else register.history([person_id, *(one.id for one in found)], _HISTORY),
        can=can,
        ours=is_ours(uow, person_id),
    )


def _account(
    uow: UnitOfWork, account: Account, held: Sequence[HeldRole], now: datetime, *, masked: bool
) -> WholeAccount:
    (known,) = uow.archive.everybody(now, past=False, account=account.id)
    systems = []
    for one in sorted(uow.catalogue.applications.values(), key=lambda one: one.title):
        standing = reach.standing(known, one, uow.catalogue, now)
        if standing.way is not Way.OUT:
            systems.append(SystemStanding(one, standing))
    sessions = uow.sessions.of_account(account.id, now)
    return WholeAccount(
        account,
        mfa.enrolled(uow.factors, account.id),
        # From where somebody signs in may tell where they live.
        () if masked else sessions,
        systems,
        [one for one in held if one.account_id == account.id],
        account.cooling_until if account.cools(now) else None,
    )


def _origins(person: Person) -> Mapping[str, Origin]:
    return dict(sorted(person.origins.items()))


def _able(doer: Doer) -> Doer:
    """Return the doer as if freshly proved: what may be done is shown, and the proof is asked for on the way."""
    return Doer(doer.grants, doer.person, doer.within, doer.acts, doer.account)
