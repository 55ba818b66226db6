"""People without a directory: hired by hand with an end, moved by hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation
from idp.api.reasons import Why
from idp.api.types import Text
from idp.domain import hiring, moving
from idp.domain.administration import Done
from idp.domain.handles import PersonId
from idp.domain.hiring import Hired, Kind, Newcomer
from idp.domain.roles import Act, Refused

Unit = Annotated[str, Text(64, 1, about="The code of a unit.")]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be hired; a consultant has a sponsor, everybody an end."""

    given_name: Annotated[str, Text(100, 1)]
    kind: Kind
    unit: Unit
    starts: datetime
    ends: datetime
    reason: Why
    surname: Annotated[str, Text(100)] = ""
    title: Annotated[str, Text(100)] = ""
    sponsor: Annotated[str, Text(320, about="Login of who answers for a consultant.")] = ""


@dataclass(frozen=True, slots=True)
class HiredPerson:
    """The new account, and the code that lets its holder set password and factor once."""

    person: str
    account: str
    login: str
    invitation: str
    invitation_expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewUnit:
    """Where somebody is moved."""

    unit: Unit
    reason: Why


@dataclass(frozen=True, slots=True)
class Moved:
    """It is done."""

    done: bool = True


def hire(call: Call[Nothing, NewPerson]) -> HiredPerson | Refused:
    """Hire somebody and invite them."""
    body = call.body
    new = Newcomer(
        body.given_name,
        body.surname,
        body.kind,
        body.unit,
        body.title,
        body.starts,
        body.ends,
        body.sponsor,
    )
    done = hiring.hire(call.uow, call.doer, new, body.reason, call.occasion)
    if not isinstance(done, Hired):
        return done
    account, code = done.account, done.invitation
    return HiredPerson(account.person_id, account.id, account.login, code.code, code.expires_at)


def change_unit(call: Call[Nothing, NewUnit]) -> Moved | Refused:
    """Move somebody whom no directory lists."""
    body = call.body
    done = moving.change_unit(
        call.uow, call.doer, PersonId(call.path["person"]), body.unit, body.reason, call.occasion
    )
    return Moved() if isinstance(done, Done) else done


OPERATIONS = (
    Operation(
        "people.hire", "POST", "/people", "Hire somebody whom no directory lists, and invite them.",
        Act.HIRE, hire, HiredPerson, Nothing, NewPerson, secret=True,
    ),
    Operation(
        "people.change_unit", "POST", "/people/{person}/unit", "Move somebody whom no directory lists to another unit.",
        Act.CHANGE_UNIT, change_unit, Moved, Nothing, NewUnit,
    ),
)  # fmt: skip
