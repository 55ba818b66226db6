"""The three-way comparison: what the file says, what was last applied, what is stored now. Pure.

file = stored                        nothing to do, whatever was applied before
stored = applied, file differs       the file was edited: change
stored ≠ applied, file differs       somebody else changed it since: shown, left alone
                                     unless overwriting was asked for
stored, never applied, file differs  the same: it was made without the file
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.configuration.objects import Fields, JsonValue, Reference, is_secret
from idp.configuration.ports import Applied


class Action(StrEnum):
    """What is done with one object."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    LEFT_ALONE = "left_alone"
    NO_LONGER_IN_FILE = "no_longer_in_file"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: what is stored, what the file says, and what was last applied if that is neither."""

    name: str
    stored: JsonValue
    wanted: JsonValue
    applied: JsonValue
    elsewhere: bool
    """Whether it was changed elsewhere since the file was last applied."""


@dataclass(frozen=True, slots=True)
class Line:
    """One object that differs."""

    reference: Reference
    action: Action
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that differs, in the order in which it is applied, and what a person should know besides."""

    lines: tuple[Line, ...]
    unchanged: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def doing(self) -> tuple[Line, ...]:
        """The lines that change something."""
        idle = (Action.LEFT_ALONE, Action.NO_LONGER_IN_FILE)
        return tuple(line for line in self.lines if line.action not in idle)

    @property
    def left_alone(self) -> tuple[Line, ...]:
        """The lines that need a person's decision first."""
        return tuple(line for line in self.lines if line.action is Action.LEFT_ALONE)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person who applies allows: names to overwrite, and whether what left the file is removed."""

    overwrite: frozenset[str] = frozenset()
    remove: bool = False

    def overwrites(self, reference: Reference) -> bool:
        """Whether the object was named, alone or with its kind."""
        return not self.overwrite.isdisjoint((reference.name, str(reference), reference.key))


def compare(
    wanted: Mapping[Reference, Fields],
    stored: Mapping[Reference, Fields],
    applied: Mapping[Reference, Applied],
    file: str,
    choices: Choices,
) -> Plan:
    """Return what applying would do."""
    lines = []
    for reference, fields in wanted.items():
        last = applied.get(reference)
        line = _line(reference, fields, stored.get(reference), last.fields if last else None, choices)
        if line is not None:
            lines.append(line)
    unchanged = len(wanted) - len(lines)
    # What refers to others goes first, so the kinds are taken backwards.
    for reference, last in sorted(applied.items(), key=_backwards):
        if reference not in wanted and last.file == file and reference in stored:
            lines.append(_gone(reference, stored[reference], last.fields, choices))
    return Plan(tuple(lines), unchanged)


def _backwards(item: tuple[Reference, Applied]) -> tuple[int, str]:
    order = list(type(item[0].kind))
    return -order.index(item[0].kind), item[0].name


def _line(
    reference: Reference, wanted: Fields, stored: Fields | None, applied: Fields | None, choices: Choices
) -> Line | None:
    if stored is None:
        changes = tuple(
            FieldChange(name, None, value, None, elsewhere=False) for name, value in wanted.items()
        )
        # Applied once and gone: somebody removed it, which is a change like any other.
        removed = applied is not None and not choices.overwrites(reference)
        return Line(reference, Action.LEFT_ALONE if removed else Action.CREATE, changes)
    names = [*wanted, *(name for name in stored if name not in wanted and not is_secret(stored[name]))]
    changes = tuple(
        FieldChange(name, stored.get(name), wanted.get(name), last, stored.get(name) != last)
        for name in names
        if stored.get(name) != wanted.get(name)
        for last in [applied.get(name) if applied is not None else None]
    )
    if not changes:
        return None
    elsewhere = applied is None or any(change.elsewhere for change in changes)
    kept = elsewhere and not choices.overwrites(reference)
    return Line(reference, Action.LEFT_ALONE if kept else Action.CHANGE, changes)


def _gone(reference: Reference, stored: Fields, applied: Fields, choices: Choices) -> Line:
    changes = tuple(
        FieldChange(name, stored.get(name), None, last, elsewhere=True)
        for name, last in applied.items()
        if stored.get(name) != last
    )
    if not choices.remove:
        return Line(reference, Action.NO_LONGER_IN_FILE)
    if changes and not choices.overwrites(reference):
        return Line(reference, Action.LEFT_ALONE, changes)
    return Line(reference, Action.REMOVE)
