"""The lines for units and groups. Called by `plan`, for a complete reading only.

Owns which line a difference in a unit or a group becomes. Pure.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from directory_sync.differences import group_changes, unit_changes
from directory_sync.facts import AccountFacts, KnownGroup
from directory_sync.lines import (
    GroupChanged,
    GroupCreated,
    GroupLine,
    GroupRemoved,
    UnitChanged,
    UnitCreated,
    UnitLine,
    UnitRemoved,
)
from directory_sync.record_json import ABSENT_MARK, group_fingerprint, unit_fingerprint
from directory_sync.records import GroupRecord, UnitRecord
from directory_sync.survey import Survey


def unit_lines(survey: Survey, facts: AccountFacts) -> list[UnitLine]:
    """Parents before their children, so that each line can be applied when its turn comes; removals last."""
    if survey.units is None:
        return []
    known, taken_back = facts.known_units(survey.source), facts.taken_back(survey.source)
    lines: list[UnitLine] = []
    for unit in parents_first(survey.units):
        before, said = known.get(unit.key), taken_back.get(unit.key)
        if said is not None and said == unit_fingerprint(unit):
            continue
        if before is None:
            lines.append(UnitCreated(unit))
        elif before != unit or said is not None:
            # Also without a change, so that what was taken back is not remembered when something else has been said.
            lines.append(UnitChanged(unit, unit_changes(before, unit)))
    gone = _gone(known, survey.units, survey)
    return lines + [UnitRemoved(known[key]) for key in gone if taken_back.get(key) != ABSENT_MARK]


def _gone(known: Collection[str], read: Sequence[UnitRecord | GroupRecord], survey: Survey) -> list[str]:
    """The keys that a complete reading did not show; none if any entry showed no key and so might be one of them."""
    if survey.keyless_structure:
        return []
    present = {record.key for record in read} | survey.left_alone
    return sorted(key for key in known if key not in present)


def parents_first(units: Sequence[UnitRecord]) -> list[UnitRecord]:
    """Ordered by code, each unit after its parent.

    Units whose parents form a loop come last, in order of code.
    """
    children: dict[str | None, list[UnitRecord]] = {}
    codes = {unit.code for unit in units}
    for unit in sorted(units, key=lambda u: (u.code, u.key), reverse=True):
        parent = unit.parent_code if unit.parent_code in codes else None
        children.setdefault(parent, []).append(unit)
    ordered: list[UnitRecord] = []
    stack = list(children.get(None, ()))
    placed: set[str] = set()
    while stack:
        unit = stack.pop()
        ordered.append(unit)
        if unit.code not in placed:
            placed.add(unit.code)
            stack += children.get(unit.code, ())
    reached = {unit.key for unit in ordered}
    looped = (unit for unit in units if unit.key not in reached)
    return ordered + sorted(looped, key=lambda u: (u.code, u.key))


def group_lines(survey: Survey, facts: AccountFacts, has_account: Callable[[str], bool]) -> list[GroupLine]:
    """Members without an account (in conflict, broken) are left out, and come in when they have one."""
    if survey.groups is None:
        return []
    known, taken_back = facts.known_groups(survey.source), facts.taken_back(survey.source)
    lines: list[GroupLine] = []
    for group in sorted(survey.groups, key=lambda g: g.key):
        if group.key in survey.left_alone:
            continue
        before, said = known.get(group.key), taken_back.get(group.key)
        if before is not None and said is None and before.fingerprint == group_fingerprint(group):
            continue
        present = _with_members(group, (member for member in group.members if has_account(member)))
        if said is not None and said == group_fingerprint(present):
            continue
        if before is None:
            lines.append(GroupCreated(present, group_fingerprint(present)))
        elif said is not None or before.fingerprint != group_fingerprint(present):
            old = facts.group_members(survey.source, group.key)
            changed = _group_changed(present, before, old, survey, anyway=said is not None)
            lines += [] if changed is None else [changed]
    return lines + [
        GroupRemoved(key, known[key].name, known[key].fingerprint)
        for key in _gone(known, survey.groups, survey)
        if taken_back.get(key) != ABSENT_MARK
    ]


def _group_changed(
    group: GroupRecord, before: KnownGroup, old: AbstractSet[str], survey: Survey, *, anyway: bool
) -> GroupChanged | None:
    """A member whose own entry is broken stays: what it says is not used, neither for the person nor against."""
    new = {*group.members, *(old & survey.broken_persons)}
    group = _with_members(group, new)
    fingerprint = group_fingerprint(group)
    if fingerprint == before.fingerprint and not anyway:
        return None
    changes = group_changes(before.name, group)
    return GroupChanged(
        group, before.fingerprint, fingerprint, changes, tuple(sorted(new - old)), tuple(sorted(old - new))
    )


def _with_members(group: GroupRecord, members: Iterable[str]) -> GroupRecord:
    return replace(group, members=tuple(sorted(set(members))))
