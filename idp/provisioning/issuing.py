"""Issuing names: each person gets the first of a series that is nobody else's, and nobody's ever was.

Owns the rounds of trying. What is taken is decided by storing it and by nothing else: a name is claimed, and
whose it is then is read back. What was read before only says where to begin. A name once taken stays taken,
so what one run has learnt of a series stays true.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from idp.domain.handles import PersonId
from idp.domain.naming import Series
from idp.provisioning.ports import IssuedNames

_FIRST_LOOK = 8
_WIDER = 8
_MOST_SERIES = 20_000
"""Of how many series a run remembers where to begin, those asked for last: a million people have nearly a million."""
_MOST_OWN = 1000
"""How far into a series a person's own earlier name is looked for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody who is to get a name of a series. `known` says that the person may own some of them already."""

    person_id: PersonId
    series: Series
    known: bool = False


class Issuer:
    """Issues the names of one space: user names, or the addresses of one mail domain."""

    def __init__(self, space: str, canonical: Callable[[str], str]) -> None:
        self._space = space
        self._canonical = canonical
        self._begin: dict[Series, int] = {}
        """Every name of the series before this number is somebody's."""

    def issue(self, names: IssuedNames, wishes: Sequence[Wish], now: datetime) -> Mapping[PersonId, str]:
        """Give everybody a name. Equal wishes are met in the order in which they stand."""
        for series in list(islice(self._begin, max(0, len(self._begin) - _MOST_SERIES))):
            del self._begin[series]
        given = dict(self._own(names, wishes))
        waiting = [(wish, self._next(wish.series)) for wish in wishes if wish.person_id not in given]
        while waiting:
            claims: dict[str, PersonId] = {}
            for wish, number in waiting:
                claims.setdefault(self._key(wish.series, number), wish.person_id)
            owners = names.claim(self._space, claims, now)
            lost: list[Wish] = []
            for wish, number in waiting:
                if owners.get(self._key(wish.series, number)) == wish.person_id:
                    given[wish.person_id] = wish.series.nth(number)
                else:
                    lost.append(wish)
            waiting = self._onward(names, lost)
        return given

    def _own(self, names: IssuedNames, wishes: Sequence[Wish]) -> Iterator[tuple[PersonId, str]]:
        """Who had a name of the series before gets it back: a returning person, a name changed back."""
        known = [wish for wish in wishes if wish.known]
        owned = names.of(self._space, [wish.person_id for wish in known]) if known else {}
        for wish in known:
            found = self._among(owned.get(wish.person_id, frozenset()), wish.series)
            if found is not None:
                yield wish.person_id, found

    def _among(self, own: AbstractSet[str], series: Series) -> str | None:
        if not own:
            return None
        names = (series.nth(number) for number in range(1, _MOST_OWN))
        return next((name for name in names if self._canonical(name) in own), None)

    def _onward(self, names: IssuedNames, lost: Sequence[Wish]) -> list[tuple[Wish, int]]:
        """Find for each loser a number that looks free, looking ever further ahead."""
        found: list[tuple[Wish, int]] = []
        look, searching = _FIRST_LOOK, list(lost)
        while searching:
            ends = {wish.series: self._begin[wish.series] + look for wish in searching}
            ahead = {self._key(one, n) for one, end in ends.items() for n in range(self._begin[one], end)}
            taken = names.taken(self._space, ahead)
            still: list[Wish] = []
            for wish in searching:
                if self._skip_taken(wish.series, ends[wish.series], taken):
                    found.append((wish, self._next(wish.series)))
                else:
                    still.append(wish)
            look, searching = look * _WIDER, still
        return found

    def _skip_taken(self, series: Series, end: int, taken: AbstractSet[str]) -> bool:
        number = self._begin[series]
        while number < end and self._key(series, number) in taken:
            number += 1
        self._begin[series] = number
        return number < end

    def _next(self, series: Series) -> int:
        number = self._begin.pop(series, 1)
        self._begin[series] = number + 1  # and is the newest of them again
        return number

    def _key(self, series: Series, number: int) -> str:
        return self._canonical(series.nth(number))
