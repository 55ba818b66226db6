"""The lines for units and groups. Called by `plan`, for a complete reading only.

Owns which line a difference in a unit or a group becomes. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from directory_sync.differences import group_changes, unit_changes
from directory_sync.facts import AccountFacts
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
from directory_sync.record_json import group_fingerprint
from directory_sync.records import GroupRecord, UnitRecord


def unit_lines(units: Sequence[UnitRecord], known: Mapping[str, UnitRecord]) -> list[UnitLine]:
    """Parents before their children, so that each line can be applied when its turn comes; removals last."""
    lines: list[UnitLine] = []
    for unit in parents_first(units):
        before = known.get(unit.key)
        if before is None:
            lines.append(UnitCreated(unit))
        elif before != unit:
            lines.append(UnitChanged(unit, unit_changes(before, unit)))
    read = {unit.key for unit in units}
    lines += [UnitRemoved(known[key]) for key in sorted(known) if key not in read]
    return lines


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


def group_lines(
    source: str, groups: Sequence[GroupRecord], facts: AccountFacts, has_account: Callable[[str], bool]
) -> list[GroupLine]:
    """Members without an account (in conflict, broken) are left out, and come in when they have one."""
    known = facts.known_groups(source)
    lines: list[GroupLine] = []
    for group in sorted(groups, key=lambda g: g.key):
        present = replace(group, members=tuple(sorted(m for m in set(group.members) if has_account(m))))
        fingerprint = group_fingerprint(present)
        before = known.get(group.key)
        if before is None:
            lines.append(GroupCreated(present, fingerprint))
        elif before.fingerprint != fingerprint:
            old = facts.group_members(source, group.key)
            new = set(present.members)
            changes = group_changes(before.name, present)
            added, removed = tuple(sorted(new - old)), tuple(sorted(old - new))
            lines.append(GroupChanged(present, before.fingerprint, fingerprint, changes, added, removed))
    read = {group.key for group in groups}
    lines += [GroupRemoved(k, known[k].name, known[k].fingerprint) for k in sorted(known) if k not in read]
    return lines
