"""Who is to be called what: user names and addresses of one directory's persons.

Owns when a name is given, kept, or replaced, and that protected personal details do not show in one. That
nothing passes to another person is `issuing`'s and the table's behind it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from directory_sync import PersonRecord
from directory_sync import Protection as RecordProtection
from idp.domain.addresses import address_series, canonical, needs_a_look
from idp.domain.handles import PersonId
from idp.domain.naming import (
    DEFAULT_RULES,
    Rules,
    Series,
    likeness,
    login_series,
    neutral_series,
    shows_name,
)
from idp.domain.person import Person, Protection
from idp.provisioning.issuing import Issuer, Wish
from idp.provisioning.ports import IssuedNames, NewAddress

LOGINS = "login"
"""The space of user names among the names ever issued; every mail domain is another."""


@dataclass(frozen=True, slots=True)
class MailDomain:
    """Where addresses are given, and by which rules; an empty name gives none."""

    name: str = ""
    rules: Rules = DEFAULT_RULES


class NameDesk:
    """Gives names for the length of one run; what it learns of what is taken stays true."""

    def __init__(self, mail: MailDomain) -> None:
        self.mail = mail
        self._logins = Issuer(LOGINS, likeness)
        self._addresses = Issuer(mail.name, canonical)

    def claim_logins(
        self, names: IssuedNames, wanted: Mapping[PersonId, str], now: datetime
    ) -> Collection[PersonId]:
        """Put down the directory's own user names; return the persons whose name is or was another's."""
        claims: dict[str, PersonId] = {}
        for person_id, login in wanted.items():
            claims.setdefault(likeness(login), person_id)
        owners = names.claim(LOGINS, claims, now) if claims else {}
        return {person_id for person_id, login in wanted.items() if owners[likeness(login)] != person_id}

    def make_logins(
        self, names: IssuedNames, records: Mapping[PersonId, PersonRecord], now: datetime, *, known: bool
    ) -> Mapping[PersonId, str]:
        """Make user names for those whose directory gives none that may be used."""
        wishes = [Wish(person_id, self._login_series(record), known) for person_id, record in records.items()]
        return self._logins.issue(names, wishes, now) if wishes else {}

    def _login_series(self, record: PersonRecord) -> Series:
        if record.protection is not RecordProtection.NONE:
            return neutral_series(self.mail.rules)
        return login_series(record.given_name, record.surname, self.mail.rules)

    def give_addresses(
        self, names: IssuedNames, persons: Sequence[Person], now: datetime, *, known: bool
    ) -> list[NewAddress]:
        """Give everybody the first address that is free or was theirs; nothing without a mail domain."""
        if not self.mail.name or not persons:
            return []
        wishes = [Wish(person.id, self.series(person), known) for person in persons]
        given = self._addresses.issue(names, wishes, now)
        return [self._address(person, given[person.id]) for person in persons]

    def _address(self, person: Person, local_part: str) -> NewAddress:
        open_name = person.protection is Protection.NONE
        unconfirmed = open_name and needs_a_look(person.given_name, person.surname)
        return NewAddress(person.id, f"{local_part}@{self.mail.name}", self.mail.name, unconfirmed)

    def series(self, person: Person) -> Series:
        """Return the addresses to try for a person; a change of it is what brings a new address."""
        if person.protection is not Protection.NONE:
            return neutral_series(self.mail.rules)
        return address_series(person.given_name, person.surname, self.mail.rules)


def usable_login(record: PersonRecord) -> str | None:
    """Return the directory's user name, unless it lets a protected name show."""
    if record.login is None:
        return None
    hidden = record.protection is not RecordProtection.NONE
    return None if hidden and shows_name(record.login, record.given_name, record.surname) else record.login
