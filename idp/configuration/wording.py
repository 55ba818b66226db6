"""A plan in words and as JSON. Secrets are named, never shown."""

import json

from idp.configuration.comparison import Action, FieldChange, Line, Plan
from idp.configuration.objects import JsonValue, is_secret

_HEADS = {
    Action.CREATE: "create {0}",
    Action.CHANGE: "change {0}",
    Action.REMOVE: "remove {0}",
    Action.LEFT_ALONE: "leave {0} alone: it was changed elsewhere since it was last applied",
    Action.NO_LONGER_IN_FILE: "keep {0}: it is no longer in the file (--remove removes it)",
}


def in_words(plan: Plan) -> list[str]:
    """Return the plan as lines for people."""
    lines = []
    for line in plan.lines:
        lines.append(_head(line))
        lines += [f"    {_change(line, change)}" for change in line.changes if _tells(line, change)]
        if line.action is Action.LEFT_ALONE:
            lines.append(f"    edit the file, or allow it with --overwrite '{line.reference}'")
    lines += [f"warning: {warning}" for warning in plan.warnings]
    lines.append(_summary(plan))
    return lines


def _head(line: Line) -> str:
    if line.action is Action.LEFT_ALONE and all(change.stored is None for change in line.changes):
        return f"leave {line.reference} alone: it was removed elsewhere since it was last applied"
    return _HEADS[line.action].format(line.reference)


def as_json(plan: Plan) -> dict[str, JsonValue]:
    """Return the plan as JSON values."""
    return {
        "lines": [
            {
                "kind": line.reference.kind.value,
                "name": line.reference.name,
                "action": line.action.value,
                "changes": [_change_json(change) for change in line.changes if _tells(line, change)],
            }
            for line in plan.lines
        ],
        "warnings": [*plan.warnings],
        "unchanged": plan.unchanged,
    }


def _tells(line: Line, change: FieldChange) -> bool:
    """A new object's empty fields tell nothing."""
    return line.action is not Action.CREATE or change.wanted not in (None, "", [], {})


def _change(line: Line, change: FieldChange) -> str:
    if line.action is Action.CREATE:
        return f"{change.name}: {shown(change.wanted)}"
    if is_secret(change.stored) or is_secret(change.wanted):
        return f"{change.name}: {'changed elsewhere' if change.elsewhere else 'replaced'} (not shown)"
    text = f"{change.name}: {shown(change.stored)} -> {shown(change.wanted)}"
    if change.elsewhere and line.action is Action.LEFT_ALONE:
        text += f" (last applied: {shown(change.applied)})"
    return text


def _change_json(change: FieldChange) -> dict[str, JsonValue]:
    values = {"stored": change.stored, "wanted": change.wanted, "last_applied": change.applied}
    hidden: dict[str, JsonValue] = {
        name: "(not shown)" if is_secret(value) else value for name, value in values.items()
    }
    return {"field": change.name, "changed_elsewhere": change.elsewhere, **hidden}


def shown(value: JsonValue) -> str:
    """Return a value as people read it."""
    if is_secret(value):
        return "(not shown)"
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _summary(plan: Plan) -> str:
    counts = [
        (f"{len(chosen)} {word}")
        for action, word in (
            (Action.CREATE, "to create"),
            (Action.CHANGE, "to change"),
            (Action.REMOVE, "to remove"),
            (Action.LEFT_ALONE, "left alone"),
        )
        if (chosen := [line for line in plan.lines if line.action is action])
    ]
    return ", ".join([*(counts or ["nothing to do"]), f"{plan.unchanged} unchanged"])
