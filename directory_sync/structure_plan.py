"""The lines for units and groups. Called by `plan`, for a complete reading only.

Owns which line a difference in a unit or a group becomes. Pure.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from directory_sync.differences import group_changes, unit_changes
from directory_sync.facts import AccountFacts, KnownGroup
from directory_sync.line_json import line_from_json, line_to_json
from directory_sync.lines import (
    GroupChanged,
    GroupCreated,
    GroupLine,
    GroupRemoved,
    Line,
    UnitChanged,
    UnitCreated,
    UnitLine,
    UnitRemoved,
)
from directory_sync.record_json import (
    ABSENT_MARK,
    FINGERPRINT_SIZE,
    group_fingerprint,
    unit_fingerprint,
    unit_from_text,
    unit_text,
)
from directory_sync.records import GroupRecord, UnitRecord
from directory_sync.shelf import Shelf, same, side_by_side
from directory_sync.survey import Survey

_IN_A_CIRCLE = 1_000_000
_REMOVALS = 2_000_000
"""Deeper than any tree."""


def unit_lines(survey: Survey, facts: AccountFacts) -> Iterator[Line]:
    """Parents before their children, so that each line can be applied when its turn comes; removals last."""
    if survey.units is None:
        return
    scratch = survey.scratch
    read, known = (Shelf(scratch, unit_text, unit_from_text) for _ in range(2))
    tree = _Tree(Shelf(scratch, same, same))
    for unit in survey.units:
        read.put(unit.key, unit)
        tree.add(unit)
    for unit in facts.known_units(survey.source):
        known.put(unit.key, unit)
    taken_back = facts.taken_back(survey.source)
    lines = Shelf[Line](scratch, line_to_json, line_from_json)
    for key, now, before in side_by_side(read.in_order(), known.in_order()):
        line = _unit_line(now, before, taken_back.get(key), survey)
        if line is not None:
            depth = _REMOVALS if now is None else tree.depth(now.code)
            lines.put(json.dumps([line.record.code, key]), line, depth)
    yield from (line for _, line in lines.in_order())


def _unit_line(
    now: UnitRecord | None, before: UnitRecord | None, said: bytes | None, survey: Survey
) -> UnitLine | None:
    """`said` is what the directory said when a human took it back."""
    if now is None:
        if before is None or said == ABSENT_MARK or not _is_gone(before.key, survey):
            return None
        return UnitRemoved(before)
    if said is not None and said == unit_fingerprint(now):
        return None
    if before is None:
        return UnitCreated(now)
    if before == now and said is None:
        return None
    # Also without a change, so that what was taken back is not remembered when something else has been said.
    return UnitChanged(now, unit_changes(before, now))


def _is_gone(key: str, survey: Survey) -> bool:
    """Whether one that a complete reading did not show is gone: not if any entry without a key might be this one."""
    return not survey.keyless_structure and key not in survey.left_alone


class _Tree:
    """How deep each unit lies, by code."""

    def __init__(self, parents: Shelf[str]) -> None:
        self._parents = parents

    def add(self, unit: UnitRecord) -> None:
        self._parents.put(unit.code, unit.parent_code or "")

    def depth(self, code: str) -> int:
        """How many units are above it; those in a circle are the deepest."""
        above = {code}
        parent = self._parents.get(code)
        while parent and parent in self._parents:
            if parent in above:
                return _IN_A_CIRCLE
            above.add(parent)
            parent = self._parents.get(parent)
        return len(above)


def group_lines(
    survey: Survey,
    facts: AccountFacts,
    has_account: Callable[[str], bool],
    keys: Collection[str] | None = None,
) -> Iterator[GroupLine]:
    """The lines of every group, or of those with these keys alone.

    Members without an account (in conflict, broken) are left out, and come in when they have one.
    """
    if survey.groups is None:
        return
    known = Shelf(survey.scratch, _known_to_text, _known_from_text)
    for key, group in facts.known_groups(survey.source, keys):
        known.put(key, group)
    gone = Shelf(survey.scratch, _known_to_text, _known_from_text)
    taken_back = facts.taken_back(survey.source)
    read = ((group.key, group) for group in survey.groups)
    for key, now, before in side_by_side(read, known.in_order()):
        said = taken_back.get(key)
        if now is not None:
            line = _group_line(now, before, said, survey, facts, has_account)
            if line is not None:
                yield line
        elif before is not None and said != ABSENT_MARK and _is_gone(key, survey):
            gone.put(key, before)
    for key, before in gone.in_order():
        yield GroupRemoved(key, before.name, before.fingerprint)


def _group_line(
    group: GroupRecord,
    before: KnownGroup | None,
    said: bytes | None,
    survey: Survey,
    facts: AccountFacts,
    has_account: Callable[[str], bool],
) -> GroupLine | None:
    if group.key in survey.left_alone:
        return None
    if before is not None and said is None and before.fingerprint == group_fingerprint(group):
        return None
    present = _with_members(group, (member for member in group.members if has_account(member)))
    fingerprint = group_fingerprint(present)
    if said is not None and said == fingerprint:
        return None
    if before is None:
        return GroupCreated(present, fingerprint)
    if said is None and before.fingerprint == fingerprint:
        return None
    old = facts.group_members(survey.source, group.key)
    return _group_changed(present, before, old, survey, anyway=said is not None)


def _known_to_text(group: KnownGroup) -> str:
    return group.fingerprint.hex() + group.name


def _known_from_text(text: str) -> KnownGroup:
    size = 2 * FINGERPRINT_SIZE
    return KnownGroup(text[size:], bytes.fromhex(text[:size]))


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
