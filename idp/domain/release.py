"""What a system may be told of a person: one list of facts and one rule, the same for every protocol. Pure.

A protocol maps its own words (claims, attributes) to facts, says which a system asks for and may have, and asks
`released` for what leaves the house. What was sent to whom and when is kept and shown to the person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from idp.domain.handles import AccountId, ApplicationId
from idp.domain.person import Protection

Value = TypeVar("Value")


class Fact(StrEnum):
    """Something known of a person, in no protocol's words."""

    DISPLAY_NAME = "display_name"
    GIVEN_NAME = "given_name"
    SURNAME = "surname"
    LOGIN = "login"
    MAIL = "mail"
    LANGUAGE = "language"
    GROUPS = "groups"
    UNITS = "units"
    UNIT_NAMES = "unit_names"
    TITLE = "title"
    EMPLOYEE_NUMBER = "employee_number"
    AFFILIATION = "affiliation"
    ORGANISATION = "organisation"
    ASSURANCE = "assurance"
    IDENTIFIER = "identifier"
    ROLES = "roles"


#: All that leaves the house of a person with protected personal data: a masked name, the language to speak in, the
#: opaque identifiers without which nobody could be told apart, that they belong to the organisation, and how surely;
#: and the roles that were assigned in that very system, which tell it nothing that it does not know.
NEUTRAL = frozenset(
    {
        Fact.DISPLAY_NAME,
        Fact.LANGUAGE,
        Fact.IDENTIFIER,
        Fact.AFFILIATION,
        Fact.ORGANISATION,
        Fact.ASSURANCE,
        Fact.ROLES,
    }
)


def may_leave(fact: Fact, protection: Protection) -> bool:
    """Whether a fact of a person with this protection may be told to any system at all."""
    return protection is Protection.NONE or fact in NEUTRAL


def released(
    values: Mapping[str, Value], facts: Mapping[str, Fact], asked: Iterable[str], protection: Protection
) -> dict[str, Value]:
    """Return the values among `asked` that exist and may leave, in the order in which they were asked for."""
    return {
        name: values[name]
        for name in dict.fromkeys(asked)
        if name in values and may_leave(facts[name], protection)
    }


@dataclass(frozen=True, slots=True)
class Release:
    """What one system was told of one account: names of facts, first and last time."""

    account_id: AccountId
    application_id: ApplicationId
    facts: tuple[str, ...]
    first_at: datetime
    last_at: datetime


class Releases(Protocol):
    """What was sent to whom and when."""

    def keep(
        self, account_id: AccountId, application_id: ApplicationId, facts: Iterable[Fact], now: datetime
    ) -> None:
        """Note that an application was told these facts just now."""

    def of_account(self, account_id: AccountId) -> Iterable[Release]:
        """Return what every application was told, newest first."""
