"""What a correct reader of the directory must find: who collides, who is broken and why.

Owns an oracle that shares no rule with the product: it was written from DOMAIN.md section 3 alone,
and where that leaves a choice (scripts other than Latin), it says nothing.
"""

import datetime as dt
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from deploy.municipality.model import Municipality, Person

BROKEN_REASONS = {
    "broken_no_name": "no_name",
    "broken_blank_name": "no_name",
    "broken_same_number": "same_employee_number",
    "broken_not_utf8": "not_utf8",
    # An ordinary employee but for a character that turns the rest of the line around.
    "direction_override": "control_character",
}
PARTICLES = frozenset(("af", "av", "von", "de", "la", "van", "der", "el", "al", "bin"))
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss", "ð": "d", "þ": "th", "ł": "l", "đ": "d", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Collision:
    """A key that several entries lay claim to."""

    key: str
    dns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry of which no account can be made, and why."""

    dn: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExpectedResult:
    """The facts, in the form that is written as JSON."""

    seed: str
    reference: str
    counts: dict[str, int]
    address_collisions: tuple[Collision, ...]
    login_collisions: tuple[Collision, ...]
    mail_collisions: tuple[Collision, ...]
    without_login: tuple[str, ...]
    broken: tuple[Broken, ...]
    locked: tuple[str, ...]
    ended: tuple[str, ...]
    not_started: tuple[str, ...]
    protected: dict[str, str]
    unknown_unit_codes: tuple[str, ...]
    cases: dict[str, tuple[str, ...]]

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def _plain(text: str) -> str | None:
    """The letters a to z of a name; None if it has letters that are not Latin."""
    lower = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    letters = [letter for letter in unicodedata.normalize("NFKD", lower) if letter.isalpha()]
    return "".join(letters) if all(letter.isascii() for letter in letters) else None


def address_key(call_name: str, surname: str) -> str | None:
    """The canonical key of an address (DOMAIN.md section 3.1): the local part without dots and hyphens."""
    parts = surname.split()
    joined = parts if parts and parts[0].lower() in PARTICLES else parts[-1:]
    return _plain(call_name + "".join(joined))


def _person_key(person: Person) -> str | None:
    if not isinstance(person.call_name, str) or not person.surname or person.protection:
        return None
    return address_key(person.call_name, person.surname)


def _collisions(pairs: Iterable[tuple[str | None, str]]) -> tuple[Collision, ...]:
    holders: dict[str, list[str]] = defaultdict(list)
    for key, dn in pairs:
        if key:
            holders[key].append(dn)
    return tuple(Collision(key, tuple(dns)) for key, dns in sorted(holders.items()) if len(dns) > 1)


def _moment(text: str) -> dt.datetime | None:
    """The plain form only; the odd ones are cases of their own."""
    try:
        return dt.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _dns(people: Iterable[Person]) -> tuple[str, ...]:
    return tuple(person.dn for person in people)


def expected_result(model: Municipality) -> ExpectedResult:
    """Everything that tests compare with, at noon UTC of the day of reference."""
    noon = dt.datetime.combine(model.reference, dt.time(12), dt.UTC)
    people = model.people
    whole = model.employees + model.leavers + model.politicians
    codes = {unit.code for unit in model.organisation.units}
    cases: dict[str, list[str]] = defaultdict(list)
    for person in people:
        for case in person.cases:
            cases[case].append(person.dn)
    ends = ((person, _moment(person.end)) for person in people if person.end)
    starts = ((person, _moment(person.start)) for person in people if person.start)
    return ExpectedResult(
        seed=model.seed,
        reference=model.reference.isoformat(),
        counts=_counts(model),
        address_collisions=_collisions((_person_key(person), person.dn) for person in whole),
        login_collisions=_collisions(
            (person.login and person.login.casefold(), person.dn) for person in people
        ),
        mail_collisions=_collisions((person.mail and person.mail.casefold(), person.dn) for person in people),
        without_login=_dns(person for person in people if not person.login),
        broken=tuple(
            Broken(person.dn, BROKEN_REASONS[case])
            for person in people
            for case in person.cases
            if case in BROKEN_REASONS
        ),
        locked=_dns(person for person in people if person.locked_since),
        ended=_dns(person for person, end in ends if end and end <= noon),
        not_started=_dns(person for person, start in starts if start and start > noon),
        protected={person.dn: person.protection for person in people if person.protection},
        unknown_unit_codes=tuple(sorted({code for person in people for code in person.unit_codes} - codes)),
        cases={case: tuple(dns) for case, dns in sorted(cases.items())},
    )


def _counts(model: Municipality) -> dict[str, int]:
    return {
        "employees": len(model.employees),
        "leavers": len(model.leavers),
        "politicians": len(model.politicians),
        "broken": len(model.broken),
        "entries_of_people": len(model.people),
        "groups": len(model.groups),
        "units": len(model.organisation.units),
        "workplaces": len(model.organisation.workplaces),
        "several_employments": sum(len(person.unit_codes) > 1 for person in model.employees),
    }
