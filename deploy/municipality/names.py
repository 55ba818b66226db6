"""Draws a person's names so that namesakes are about as common as in a real municipality.

Owns the mixture (DOMAIN.md section 7.1): one in six has a name from elsewhere; the others have a
surname of the Tax Agency's list two times in five, with one name that is common just here, else a
rare one. Knows nothing of employment.
"""

import bisect
import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from deploy.municipality.given_names import FEMALE, FEMALE_RARE, FOREIGN, MALE, MALE_RARE
from deploy.municipality.surnames import (
    COMMON_SURNAMES,
    COMMON_WEIGHTS,
    NATURE_ENDINGS,
    NATURE_FIRST,
    NATURE_LAST,
)

FOREIGN_SHARE = 0.14
COMMON_SHARE = 0.41
LOCAL_SURNAME = "Ekman"
LOCAL_BOOST = 1.6
DOUBLE_SURNAME_SHARE = 0.05
RARE_CALL_NAME_SHARE = 0.14
SEVERAL_GIVEN_NAMES_SHARE = 0.8
ENDING_SHARE = 0.12
# With rank r, the weight 1/(r + 15) gives the commonest of forty names about five in a hundred.
RANK_OFFSET = 15


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody is called: all given names, the one used, and the surname."""

    call_name: str
    surname: str
    given_names: str

    @property
    def display(self) -> str:
        return f"{self.call_name} {self.surname}".strip()


def _cumulative(weights: Sequence[float]) -> list[float]:
    return list(itertools.accumulate(weights))


_RANKED = _cumulative([1 / (rank + RANK_OFFSET) for rank in range(1, 41)])
_SURNAME_WEIGHTS = _cumulative(
    [
        weight * (LOCAL_BOOST * 8 if name == LOCAL_SURNAME else 1)
        for name, weight in zip(COMMON_SURNAMES, COMMON_WEIGHTS, strict=True)
    ]
)
_ORIGIN_WEIGHTS = _cumulative([origin.weight for origin in FOREIGN])


def _pick(rng: Random, values: Sequence[str], cumulative: list[float]) -> str:
    place = bisect.bisect(cumulative, rng.random() * cumulative[len(values) - 1])
    return values[min(place, len(values) - 1)]


def _cohort(female: bool, birth_year: int) -> tuple[str, ...]:  # noqa: FBT001  # which of two tables
    table = FEMALE if female else MALE
    return next((names for since, names in reversed(table) if birth_year >= since), table[0][1])


def _call_name(rng: Random, *, female: bool, birth_year: int) -> str:
    if rng.random() < RARE_CALL_NAME_SHARE:
        return rng.choice(FEMALE_RARE if female else MALE_RARE)
    return _pick(rng, _cohort(female, birth_year)[:40], _RANKED)


def _rare_surname(rng: Random) -> str:
    first = rng.choice(NATURE_FIRST)
    last = rng.choice(NATURE_ENDINGS if rng.random() < ENDING_SHARE else NATURE_LAST)
    # Hall and lund, never Hall and lind: Swedish writes no letter thrice, and nobody is called Bergberg.
    return first + last if first[-1] != last[0] and first.lower() != last else f"{first}man"


def _swedish_surname(rng: Random) -> str:
    if rng.random() < COMMON_SHARE:
        return _pick(rng, COMMON_SURNAMES, _SURNAME_WEIGHTS)
    return _rare_surname(rng)


def _surname(rng: Random) -> str:
    surname = _swedish_surname(rng)
    if rng.random() >= DOUBLE_SURNAME_SHARE:
        return surname
    other = _swedish_surname(rng)
    return surname if other == surname else f"{surname}{rng.choice(('-', ' '))}{other}"


def draw_name(rng: Random, *, female: bool, birth_year: int) -> Name:
    """One person's names, for that sex and year of birth."""
    if rng.random() < FOREIGN_SHARE:
        place = bisect.bisect(_ORIGIN_WEIGHTS, rng.random() * _ORIGIN_WEIGHTS[-1])
        origin = FOREIGN[min(place, len(FOREIGN) - 1)]
        call_name = rng.choice(origin.female if female else origin.male)
        return Name(call_name, rng.choice(origin.surnames), call_name)
    call_name = _call_name(rng, female=female, birth_year=birth_year)
    given = [call_name]
    if rng.random() < SEVERAL_GIVEN_NAMES_SHARE:
        # Further names are mostly those of an older generation; the call name is often not first.
        further = _call_name(rng, female=female, birth_year=birth_year - 30)
        if further not in call_name:
            given.insert(rng.choice((0, 1, 1)), further)
    return Name(call_name, _surname(rng), " ".join(given))


_LOGIN_LETTERS = str.maketrans(
    {"ø": "o", "æ": "a", "ß": "s", "ð": "d", "þ": "t", "ł": "l", "đ": "d", "ı": "i"}
)


def letters(text: str) -> str:
    """The plain letters a to z of a name, as an old account system would take them."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LOGIN_LETTERS))
    return "".join(letter for letter in plain if "a" <= letter <= "z")
