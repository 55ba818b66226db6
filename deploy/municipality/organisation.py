"""The organisation: a head office, seven administrations, a hundred workplaces, their teams.

Owns names, sizes and the five levels of unit codes; each code begins with its parent's. Knows
nothing of people but how many belong where and what they are called at work.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.municipality.administrations import ADMINISTRATIONS, Administration, Area
from deploy.municipality.directory_names import ORGANISATION, below, branch_dn

EMPLOYEES = 2400
TEAM_SIZE = 14


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it stands in the directory; level 1 is the municipality, 5 a team."""

    code: str
    parent_code: str | None
    name: str
    level: int
    dn: str


@dataclass(frozen=True, slots=True)
class Workplace:
    """A workplace, how many work there, and the units its people are placed in."""

    unit: Unit
    administration: Administration
    area: Area
    employees: int
    teams: tuple[Unit, ...]

    @property
    def placements(self) -> tuple[Unit, ...]:
        return self.teams or (self.unit,)


def apportion(total: int, weights: list[int]) -> list[int]:
    """Share out whole people by weight, largest remainders first."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares


def _unit(parent: Unit, number: str, name: str) -> Unit:
    """Codes grow by two digits a level: 1, 120, 12003, 1200307, 120030701."""
    return Unit(parent.code + number, parent.code, name, parent.level + 1, below(parent.dn, "ou", name))


def municipality_unit(district: int) -> Unit:
    """The root; no code of one district is the beginning of another's."""
    code = "1" if district == 1 else f"D{district:05d}"
    return Unit(code, None, ORGANISATION, 1, branch_dn(district, ORGANISATION))


@dataclass(frozen=True, slots=True)
class Organisation:
    """All units, parents first, and the workplaces with their sizes."""

    root: Unit
    units: tuple[Unit, ...]
    workplaces: tuple[Workplace, ...]


def _workplaces(root: Unit, employees: int) -> Iterator[tuple[list[Unit], Workplace | None]]:
    sizes = apportion(employees, [administration.employees for administration in ADMINISTRATIONS])
    for administration, size in zip(ADMINISTRATIONS, sizes, strict=True):
        top = _unit(root, administration.code, administration.name)
        yield [top], None
        weights = [weight for area in administration.areas for _, weight in area.workplaces]
        shares = iter(apportion(size, weights))
        for area_number, area in enumerate(administration.areas, start=1):
            middle = _unit(top, f"{area_number:02d}", area.name)
            yield [middle], None
            for number, (name, _) in enumerate(area.workplaces, start=1):
                unit = _unit(middle, f"{number:02d}", name)
                share = next(shares)
                count = share // TEAM_SIZE if share >= 2 * TEAM_SIZE else 0
                teams = tuple(
                    _unit(unit, f"{team:02d}", f"{name}, arbetslag {team}") for team in range(1, count + 1)
                )
                yield [unit, *teams], Workplace(unit, administration, area, share, teams)


def build_organisation(employees: int = EMPLOYEES, district: int = 1) -> Organisation:
    """The organisation with this many employees in it, spread as the real one's are."""
    root = municipality_unit(district)
    units = [root]
    workplaces = []
    for made, workplace in _workplaces(root, employees):
        units.extend(made)
        if workplace:
            workplaces.append(workplace)
    return Organisation(root, tuple(units), tuple(workplaces))
