"""Makes one person: drawn, or hand-written with the rest drawn.

Owns employee numbers, logins, and how likely each kind of employment is. Knows nothing of groups.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

from deploy.municipality.directory_names import below, rdn
from deploy.municipality.edge_facts import local
from deploy.municipality.edge_names import HandWritten
from deploy.municipality.ldif import personnel_dn
from deploy.municipality.model import Person, stable_uuid
from deploy.municipality.names import Name, draw_name, letters
from deploy.municipality.organisation import Unit, Workplace
from deploy.municipality.passwords import password_of

# 78 permanent, 12 temporary, 10 paid by the hour (DOMAIN.md section 7.2).
EMPLOYMENT_TYPES = ("tillsvidare", "visstid", "timavlönad")
EMPLOYMENT_WEIGHTS = (78, 12, 10)
YOUNGEST, OLDEST = 19, 68
FIRST_NUMBER = 100_001
NUMBERS_PER_DISTRICT = 10_000


@dataclass(slots=True)
class PeopleMaker:
    """The state of one district's generation: the dice, the next number, the logins given."""

    seed: str
    reference: dt.date
    district: int
    rng: Random
    _drawn: int = 0
    _logins: Counter[str] = field(default_factory=Counter)

    def _next_number(self) -> str:
        self._drawn += 1
        return str(FIRST_NUMBER + (self.district - 1) * NUMBERS_PER_DISTRICT + self._drawn - 1)

    def _next_login(self, name: Name) -> str:
        """Three letters of each name and a number: annand01. Never longer than twelve."""
        stem = (letters(name.call_name)[:3] + letters(name.surname)[:3]) or "anstalld"
        self._logins[stem] += 1
        suffix = "" if self.district == 1 else f"s{self.district}"
        return f"{stem}{self._logins[stem]:02d}{suffix}"

    def _birth_year(self) -> int:
        """Ages lean towards the middle of working life."""
        return self.reference.year - round(self.rng.triangular(YOUNGEST, OLDEST, 47))

    def draw(self, workplace: Workplace, *, unit: Unit | None = None) -> Person:
        """Somebody who works there, with everything drawn."""
        rng = self.rng
        birth_year = self._birth_year()
        name = draw_name(rng, female=rng.random() < workplace.administration.women, birth_year=birth_year)
        return self._place(name, workplace, unit or rng.choice(workplace.placements), birth_year)

    def _place(self, name: Name, workplace: Workplace, unit: Unit, birth_year: int) -> Person:
        number = self._next_number()
        login = self._next_login(name)
        kind = self.rng.choices(EMPLOYMENT_TYPES, EMPLOYMENT_WEIGHTS)[0]
        start, end = self._dates(kind, birth_year)
        return Person(
            dn=below(personnel_dn(self.district, workplace.administration.name), "uid", login),
            entry_uuid=stable_uuid(self.seed, "person", number),
            number=number,
            login=login,
            common_name=name.display,
            surname=name.surname,
            given_names=name.given_names,
            call_name=name.call_name,
            employment_types=(kind,),
            unit_codes=(unit.code,),
            titles=(self.rng.choice(workplace.area.titles),),
            start=start,
            end=end,
            password=password_of(self.seed, number),
        )

    def _dates(self, kind: str, birth_year: int) -> tuple[str, str | None]:
        adult = dt.date(birth_year + YOUNGEST - 1, 8, 1)
        days = max((self.reference - adult).days, 90)
        # Squared: most have been here for a few years, some for thirty.
        worked = 30 + int((days - 30) * self.rng.random() ** 2)
        start = local(self.reference - dt.timedelta(days=worked))
        if kind == "tillsvidare":
            return start, None
        return start, local(self.reference + dt.timedelta(days=self.rng.randint(14, 400)), 23, 59)

    def write_by_hand(self, hand: HandWritten, workplace: Workplace) -> Person:
        """The person of a hand-written row: what the row leaves open is drawn."""
        name = Name(hand.call_name, hand.surname, hand.call_name.strip())
        unit = workplace.placements[0]
        drawn = self._place(name, workplace, unit, self._birth_year())
        # Unless a row says so, its people are employed for good: only one thing is odd at a time.
        usual = replace(
            drawn, employment_types=("tillsvidare",), end=None, cases=(hand.case,), slug=hand.slug
        )
        person = replace(usual, **hand.fields)
        parent = personnel_dn(self.district, workplace.administration.name)
        return replace(person, dn=f"{_own_rdn(person, hand.rdn_attribute)},{parent}")


def _own_rdn(person: Person, attribute: str) -> str:
    values = {"uid": person.login, "cn": person.common_name, "employeeNumber": person.number}
    value = values[attribute]
    return rdn(attribute, value) if value else rdn("employeeNumber", person.number or "")
