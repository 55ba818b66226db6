"""Generates Ekvik kommun: the same people for the same seed, day of reference and size.

Owns the order of things. Dice are thrown from one `Random` per district, so a district never
depends on another, and a million entries need no more memory than 2,400.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from deploy.municipality.cast import demo_people
from deploy.municipality.directory_names import LEAVERS, below, branch_dn
from deploy.municipality.edge_facts import (
    account_facts,
    broken_entries,
    employment_facts,
    former_employees,
    local,
    protected_identities,
)
from deploy.municipality.edge_names import HandWritten, edge_names
from deploy.municipality.groups import make_groups
from deploy.municipality.ldif import POLITICIANS, district_ldif, head, personnel_dn
from deploy.municipality.model import LOCKED_FOR_GOOD, Municipality, Person
from deploy.municipality.organisation import EMPLOYEES, Organisation, Workplace, build_organisation
from deploy.municipality.people import PeopleMaker

SEED = "ekvik-1"
LEAVERS_PER_EMPLOYEE = 250 / 2400
TWO_EMPLOYMENTS = 0.06
THREE_EMPLOYMENTS = 0.01
MUST_CHANGE = 0.01


def hand_written(reference: dt.date) -> list[HandWritten]:
    """Everyone who is written by hand and employed."""
    return [
        *demo_people(),
        *edge_names(),
        *employment_facts(reference),
        *account_facts(reference),
        *protected_identities(),
    ]


def _by_workplace(hands: list[HandWritten], organisation: Organisation) -> dict[str, list[HandWritten]]:
    known = {workplace.unit.name for workplace in organisation.workplaces}
    rows: dict[str, list[HandWritten]] = defaultdict(list)
    for hand in hands:
        if hand.workplace not in known:
            raise ValueError(f"{hand.display} works at {hand.workplace!r}, which does not exist")
        rows[hand.workplace].append(hand)
    return rows


def _staff(maker: PeopleMaker, workplace: Workplace, hands: list[HandWritten]) -> Iterator[Person]:
    """A workplace's people: its manager, the hand-written, then as many as are left."""
    if not workplace.employees:
        return
    if len(hands) >= workplace.employees:
        raise ValueError(
            f"{workplace.unit.name} has no room for {len(hands)} hand-written people and a manager"
        )
    manager = maker.draw(workplace, unit=workplace.unit)
    yield replace(
        manager, titles=("Enhetschef",), employment_types=("tillsvidare",), end=None, cases=("leads",)
    )
    for hand in hands:
        yield maker.write_by_hand(hand, workplace)
    for _ in range(workplace.employees - 1 - len(hands)):
        yield maker.draw(workplace)


def _further_employments(maker: PeopleMaker, person: Person, workplaces: tuple[Workplace, ...]) -> Person:
    """Some have a second employment (school and leisure, say), a few a third."""
    chance = maker.rng.random()
    more = 2 if chance < THREE_EMPLOYMENTS else 1 if chance < THREE_EMPLOYMENTS + TWO_EMPLOYMENTS else 0
    for workplace in maker.rng.sample(workplaces, more):
        unit = maker.rng.choice(workplace.placements)
        title = maker.rng.choice(workplace.area.titles)
        codes = dict.fromkeys((*person.unit_codes, unit.code))
        person = replace(
            person, unit_codes=tuple(codes), titles=tuple(dict.fromkeys((*person.titles, title)))
        )
    return person


def _dress(maker: PeopleMaker, person: Person, workplaces: tuple[Workplace, ...]) -> Person:
    """Second employments and pending changes of password; hand-written people keep to their row."""
    if person.cases:
        return person
    person = _further_employments(maker, person, workplaces)
    return replace(person, must_change_password=maker.rng.random() < MUST_CHANGE)


def _with_managers(staff: dict[str, list[Person]], organisation: Organisation) -> list[Person]:
    """Everyone's manager leads the workplace; its manager's leads the administration; theirs is the chief."""
    chief: str | None = None
    heads: dict[str, str] = {}
    people = []
    for workplace in organisation.workplaces:
        own = staff[workplace.unit.code]
        if not own:
            continue
        leader = own[0]
        above = heads.get(workplace.administration.code, chief)
        heads.setdefault(workplace.administration.code, leader.dn)
        chief = chief or leader.dn
        people.append(replace(leader, manager=above))
        people += [replace(person, manager=leader.dn) for person in own[1:]]
    return _loop(people)


def _loop(people: list[Person]) -> list[Person]:
    """Two people who are each other's managers."""
    pair = {"loop-a": "loop-b", "loop-b": "loop-a"}
    by_slug = {person.slug: person.dn for person in people if person.slug in pair}
    return [
        replace(person, manager=by_slug[pair[person.slug]])
        if person.slug in by_slug and person.slug
        else person
        for person in people
    ]


def _former(
    maker: PeopleMaker, organisation: Organisation, count: int, hands: list[HandWritten]
) -> list[Person]:
    """Those who left within a year: most entries are locked, some only have an end date."""
    places = {workplace.unit.name: workplace for workplace in organisation.workplaces}
    parent = personnel_dn(maker.district, LEAVERS)
    left = [maker.write_by_hand(hand, places[hand.workplace]) for hand in hands]
    for _ in range(count - len(hands)):
        person = maker.draw(maker.rng.choice(organisation.workplaces))
        ended = local(maker.reference - dt.timedelta(days=maker.rng.randint(1, 365)))
        locked = LOCKED_FOR_GOOD if maker.rng.random() < 0.85 else None
        start = min(person.start or ended, ended)
        left.append(replace(person, start=start, end=ended, locked_since=locked))
    return [replace(person, dn=below(parent, "uid", person.login or "")) for person in left]


def _next_mandate(day: dt.date) -> dt.date:
    """Mandates begin on 15 October of every fourth year: 2022, 2026, 2030."""
    years = range(day.year, day.year + 5)
    return next(begin for year in years if year % 4 == 2 and (begin := dt.date(year, 10, 15)) > day)


def _politicians(maker: PeopleMaker, organisation: Organisation, count: int) -> list[Person]:
    """The elected: no employee number, no unit, a mandate that ends."""
    parent = branch_dn(maker.district, POLITICIANS)
    ends = local(_next_mandate(maker.reference))
    drawn = [maker.draw(organisation.workplaces[0]) for _ in range(count)]
    return [
        replace(
            person, dn=below(parent, "uid", person.login or ""), number=None, end=ends, unit_codes=(),
            employment_types=("förtroendevald",), titles=("Ledamot",),
        )
        for person in drawn
    ]  # fmt: skip


def build(
    reference: dt.date,
    *,
    seed: str = SEED,
    employees: int = EMPLOYEES,
    politicians: int = 0,
    district: int = 1,
    edge_cases: bool = True,
) -> Municipality:
    """One district, whole in memory; the first is the municipality with its hand-written people."""
    maker = PeopleMaker(seed, reference, district, Random(f"{seed}/{district}"))
    organisation = build_organisation(employees, district)
    hands = _by_workplace(hand_written(reference) if edge_cases else [], organisation)
    staff = {
        workplace.unit.code: [
            _dress(maker, person, organisation.workplaces)
            for person in _staff(maker, workplace, _take(hands, workplace))
        ]
        for workplace in organisation.workplaces
    }
    people = _with_managers(staff, organisation)
    former = former_employees(reference) if edge_cases else []
    leavers = _former(maker, organisation, max(round(employees * LEAVERS_PER_EMPLOYEE), len(former)), former)
    places = {workplace.unit.name: workplace for workplace in organisation.workplaces}
    broken = (
        [maker.write_by_hand(hand, places[hand.workplace]) for hand in broken_entries()] if edge_cases else []
    )
    return Municipality(
        seed=seed,
        reference=reference,
        district=district,
        organisation=organisation,
        employees=tuple(people),
        leavers=tuple(leavers),
        politicians=tuple(_politicians(maker, organisation, politicians)),
        broken=tuple(broken),
        groups=make_groups(seed, district, organisation, people),
    )


def _take(hands: dict[str, list[HandWritten]], workplace: Workplace) -> list[HandWritten]:
    """Some names of workplaces occur in two administrations: the first gets the hand-written."""
    return hands.pop(workplace.unit.name, [])


def directory_ldif(
    reference: dt.date,
    *,
    seed: str = SEED,
    employees: int = EMPLOYEES,
    politicians: int = 0,
    edge_cases: bool = True,
) -> Iterator[str]:
    """The whole directory as LDIF, streamed: beyond 2,400 employees, district after district."""
    yield from head(reference, seed)
    district, left = 1, employees
    while left > 0:
        model = build(
            reference,
            seed=seed,
            employees=min(left, EMPLOYEES),
            politicians=politicians if district == 1 else 0,
            district=district,
            edge_cases=edge_cases and district == 1,
        )
        yield from district_ldif(model)
        district, left = district + 1, left - EMPLOYEES
