"""The generated municipality: its size, its shape, and that it is the same every time."""

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from deploy.municipality.administrations import ADMINISTRATIONS
from deploy.municipality.generate import build, directory_ldif
from deploy.municipality.groups import BIG_GROUP, PAGED_GROUP
from deploy.municipality.model import Municipality

REFERENCE = dt.date(2026, 11, 24)


def test_has_2400_employees_at_100_workplaces_in_seven_administrations_and_a_head_office(
    municipality: Municipality,
) -> None:
    workplaces = municipality.organisation.workplaces
    assert len(municipality.employees) == 2400
    assert len(workplaces) == 100
    assert len(ADMINISTRATIONS) == 8
    per_administration = Counter(workplace.administration.slug for workplace in workplaces)
    assert per_administration == {
        "kommunledning": 2, "barn-utbildning": 35, "vard-omsorg": 30, "individ-familj": 5,
        "kultur-fritid": 12, "teknik-service": 10, "miljo-bygg": 2, "raddning": 4,
    }  # fmt: skip
    assert sum(w.employees for w in workplaces if w.administration.slug == "barn-utbildning") == 950


def test_unit_codes_have_five_levels_and_begin_with_their_parents(municipality: Municipality) -> None:
    units = municipality.organisation.units
    codes = {unit.code for unit in units}
    assert len(codes) == len(units)
    assert {unit.level for unit in units} == {1, 2, 3, 4, 5}
    for unit in units[1:]:
        assert unit.parent_code in codes
        assert unit.code.startswith(unit.parent_code or "")


def test_the_same_seed_gives_the_same_octets(municipality: Municipality) -> None:
    assert build(REFERENCE) == municipality
    assert "".join(directory_ldif(REFERENCE)) == "".join(directory_ldif(REFERENCE))


def test_another_seed_gives_other_people(municipality: Municipality) -> None:
    other = build(REFERENCE, seed="ekvik-2")
    names = {person.common_name for person in municipality.employees if not person.cases}
    assert len(names & {person.common_name for person in other.employees}) < len(names) / 4
    assert not {p.entry_uuid for p in other.people} & {p.entry_uuid for p in municipality.people}


def test_identifiers_and_names_of_entries_are_unique(municipality: Municipality) -> None:
    dns = [person.dn.casefold() for person in municipality.people] + [
        g.dn.casefold() for g in municipality.groups
    ]
    assert len(dns) == len(set(dns))
    uuids = [person.entry_uuid for person in municipality.people] + [
        g.entry_uuid for g in municipality.groups
    ]
    assert len(uuids) == len(set(uuids))


def test_about_six_in_a_hundred_have_several_employments(municipality: Municipality) -> None:
    several = [person for person in municipality.employees if len(person.unit_codes) > 1]
    assert 0.05 < len(several) / 2400 < 0.09
    assert any(len(person.unit_codes) == 3 for person in several)


def test_namesakes_are_as_common_as_the_statistics_say(municipality: Municipality) -> None:
    drawn = Counter(person.common_name for person in municipality.employees if not person.cases)
    share = sum(count for count in drawn.values() if count > 1) / 2400
    assert 0.02 < share < 0.07


def test_everyone_but_the_chief_and_the_loop_has_a_manager_above(municipality: Municipality) -> None:
    managers = {person.dn: person.manager for person in municipality.employees}
    loop = {person.dn for person in municipality.employees if "manager_loop" in person.cases}
    assert len(loop) == 2
    for dn, manager in managers.items():
        if dn in loop:
            assert manager in loop
            continue
        above, steps = manager, 0
        while above is not None:
            above, steps = managers[above], steps + 1
        assert steps <= 3
    assert sum(manager is None for manager in managers.values()) == 1


def test_employment_kinds_are_drawn_in_their_shares(municipality: Municipality) -> None:
    kinds = Counter(person.employment_types[0] for person in municipality.employees)
    assert 0.75 < kinds["tillsvidare"] / 2400 < 0.82
    assert 0.09 < kinds["visstid"] / 2400 < 0.15


def test_leavers_ended_before_the_day_of_reference_and_stand_apart(municipality: Municipality) -> None:
    assert len(municipality.leavers) == 250
    for person in municipality.leavers:
        assert person.end is not None
        assert person.end < "20261124"
        assert "ou=Slutat" in person.dn
    assert 0.75 < sum(person.locked_since is not None for person in municipality.leavers) / 250 < 0.95


def test_groups_reach_every_workplace_and_have_the_odd_ones(municipality: Municipality) -> None:
    groups = {group.name: group for group in municipality.groups}
    assert sum(name.startswith("arbetsplats-") for name in groups) == 100
    assert sum(name.startswith("forvaltning-") for name in groups) == 8
    assert len(groups["it-ombud"].members) == 8
    assert len(groups["datoranvandare"].members) == BIG_GROUP
    assert len(groups["medarbetarenkaten"].members) == PAGED_GROUP
    assert groups["tom-grupp"].members == ()
    people = {person.dn for person in municipality.people}
    assert not set(groups["borttagen-medlem"].members) <= people
    assert groups["projekt-2030-arbetsgrupp"].dn in groups["projekt-2030-styrgrupp"].members
    assert groups["projekt-2030-styrgrupp"].dn in groups["projekt-2030-arbetsgrupp"].members


def test_groups_nest_four_levels_deep(municipality: Municipality) -> None:
    groups = {group.dn: group for group in municipality.groups}
    group = next(group for group in municipality.groups if group.name == "vardinformation")
    depth = 1
    while inner := [groups[member] for member in group.members if member in groups]:
        group, depth = inner[0], depth + 1
    assert depth == 4


def test_politicians_have_a_mandate_and_no_employee_number() -> None:
    model = build(REFERENCE, politicians=120)
    assert len(model.politicians) == 120
    assert all(person.number is None and person.end == "20301014220000Z" for person in model.politicians)


def test_a_workplace_too_small_for_its_hand_written_people_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        build(REFERENCE, employees=200)
    assert len(build(REFERENCE, employees=200, edge_cases=False).employees) == 200


def test_districts_never_share_a_login_a_number_or_a_name_of_an_entry() -> None:
    districts = [build(REFERENCE, district=number, edge_cases=number == 1) for number in (1, 2, 3)]
    for key in ("dn", "number", "entry_uuid"):
        values = [getattr(person, key) for model in districts for person in model.people]
        repeated = [value for value, count in Counter(values).items() if count > 1]
        assert repeated == (["900001"] if key == "number" else [])
    logins = Counter(p.login for model in districts[1:] for p in model.people)
    assert max(logins.values()) == 1


def _most_memory(employees: int, output: Path) -> int:
    """The largest resident set, in KiB, of a process that writes this many people."""
    command = [
        "-m",
        "deploy.municipality",
        "--reference",
        "2026-11-24",
        "--employees",
        str(employees),
        str(output),
    ]
    child = subprocess.Popen([sys.executable, *command], cwd=Path(__file__).parents[2])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_maxrss


def test_memory_does_not_grow_with_the_number_of_people(tmp_path: Path) -> None:
    small = _most_memory(4_800, tmp_path / "small.ldif")
    assert _most_memory(24_000, tmp_path / "large.ldif") < small + 6 * 1024
    assert (tmp_path / "large.ldif").stat().st_size > 4 * (tmp_path / "small.ldif").stat().st_size
