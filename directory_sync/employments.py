"""Employments from an entry's values, which belong together by number only.

Owns that rule. Pure. A directory's values are a set (RFC 4511 §4.1.7) and say nothing of which title or date belongs to
which unit. So one title or date holds for every employment; as many as there are units are taken in the order in which
they are stored; any other number of dates cannot be understood, and of titles the first is taken.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from directory_sync.attribute_mapping import PersonMapping
from directory_sync.attribute_values import Attributes, Unusable, clean
from directory_sync.generalized_time import parse_end, parse_start
from directory_sync.records import EmploymentRecord

T = TypeVar("T")
Parse: TypeAlias = Callable[[str, ZoneInfo], datetime]

_FIELDS = ("unit_codes", "titles", "starts", "ends")


def map_employments(
    attributes: Attributes, mapping: PersonMapping, zone: ZoneInfo, origins: dict[str, str]
) -> tuple[EmploymentRecord, ...]:
    """One employment for each unit code, in order of the codes; notes where the values come from. Raises `Unusable`."""
    names = (mapping.unit_code, mapping.title, mapping.employment_start, mapping.employment_end)
    values = [() if name is None else attributes.get(name.lower(), ()) for name in names]
    used = zip(_FIELDS, names, values, strict=True)
    origins.update((field, name) for field, name, texts in used if texts and name is not None)
    return _employments(*values, names, zone)


@lru_cache(maxsize=8192)  # thousands share a unit, a title and a date: one tuple for all of them
def _employments(
    codes: tuple[str, ...],
    titles: tuple[str, ...],
    starts: tuple[str, ...],
    ends: tuple[str, ...],
    names: tuple[str | None, ...],
    zone: ZoneInfo,
) -> tuple[EmploymentRecord, ...]:
    units: Sequence[str | None] = _texts(codes, names[0])
    titled = _texts(titles, names[1])
    begun = _moments(starts, names[2], zone, parse_start)
    ended = _moments(ends, names[3], zone, parse_end)
    if not (units or titled or begun or ended):
        return ()
    number = max(1, len(units))
    rows = zip(
        units or (None,),
        _spread(titled, number) or _spread(titled[:1], number) or (),
        _dates(begun, number, names[2]),
        _dates(ended, number, names[3]),
        strict=True,
    )
    made = (EmploymentRecord(*row) for row in rows)
    return tuple(sorted(made, key=lambda e: (e.unit_code or "", e.title or "")))


def _texts(values: tuple[str, ...], name: str | None) -> list[str]:
    return [text for value in values if (text := clean(value, name or ""))]


def _moments(values: tuple[str, ...], name: str | None, zone: ZoneInfo, parse: Parse) -> list[datetime]:
    try:
        return [parse(text, zone) for text in _texts(values, name)]
    except ValueError as error:
        raise Unusable(f"{name}: {error}") from None


def _dates(values: list[datetime], number: int, name: str | None) -> list[datetime | None]:
    spread = _spread(values, number)
    if spread is None:
        raise Unusable(
            f"{name} has {len(values)} values for {number} units: which is for which, nobody can tell"
        )
    return spread


def _spread(values: list[T], number: int) -> list[T | None] | None:
    """One for all, one each, or none at all; None if there is no telling."""
    if len(values) in {0, 1}:
        return [values[0] if values else None] * number
    return list(values) if len(values) == number else None
