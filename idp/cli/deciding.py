"""What a use case answered, as a command says it: refusals become errors in words; days are read in one way.

Whoever runs a command on the server holds everything (`SERVER`); the use cases that pages and the API ask decide it.
"""

from datetime import UTC, datetime, time
from typing import TypeVar

from idp.domain.application import Application
from idp.domain.errors import ConfigurationError
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Refused
from idp.domain.roles.words import sentences

T = TypeVar("T")


def settled(answer: T | Refused) -> T:
    """Return the answer; raises ConfigurationError with the reasons of a refusal in words."""
    if isinstance(answer, Refused):
        raise ConfigurationError("\n".join(sentences(answer)))
    return answer


def had_been_done(answer: object) -> bool:
    """Whether a refusal says that nothing had to be done; raises ConfigurationError for any other refusal."""
    if isinstance(answer, Refused) and answer.reasons[0].code in (
        "nothing_to_do",
        "held_already",
        "not_held",
    ):
        return True
    settled(answer)
    return False


def end_of_day(text: str, option: str) -> datetime | None:
    """Return the end of a day (UTC), None for none."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise ConfigurationError(f"{option}: expected a day such as 2027-06-30, found {text!r}") from error
    return datetime.combine(day, time.max, UTC)


def moment(text: str, option: str) -> datetime:
    """Return a day or a moment, in UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{option}: expected a day such as 2024-01-01, found {text!r}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def application_called(uow: UnitOfWork, name: str) -> Application:
    """Return the system of this short name; raises ConfigurationError if there is none."""
    found = uow.catalogue.application(name)
    if found is None:
        raise ConfigurationError(f"there is no application {name!r}")
    return found
