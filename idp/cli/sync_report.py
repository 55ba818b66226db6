"""What came of a synchronisation, in words and as JSON. Protected persons' values are in neither."""

import json
from typing import Any

from directory_sync import LeftOut, Line, line_to_json, sentence
from directory_sync.run import Outcome, RunReport

_HEADS = {
    Outcome.UNCHANGED: "nothing to do",
    Outcome.PLANNED: "planned, nothing changed",
    Outcome.APPLIED: "applied",
    Outcome.BRAKED: "STOPPED, nothing changed",
    Outcome.REFUSED: "REFUSED, nothing changed",
    Outcome.UNREADABLE: "could not be read, nothing changed",
}


def in_words(report: RunReport, *, dry_run: bool, hold: bool = False) -> list[str]:
    """Return a report as lines for people; a dry run tells every line of the plan, and what may be done with it."""
    lines = [f"{report.source}: {_HEADS[report.outcome]}; {report.persons_read} persons read"]
    if report.continued:
        lines.append(
            f"  an unfinished run ({report.continued}) {'waits to be' if dry_run else 'was'} carried to its end"
        )
    if report.outcome is Outcome.BRAKED and report.braked is not None:
        lines.append(f"  {report.braked.reason}")
    elif report.reason:
        lines.append(f"  {report.reason}")
    if report.plan is not None and dry_run:
        lines += [f"  {sentence(line)}" for line in report.plan.lines]
    counts = report.plan.counts if report.plan is not None and dry_run else report.applied
    lines += [f"  {count} {kind}" for kind, count in counts.items() if count]
    if not dry_run:
        lines += [f"  {sentence(line)}" for line in report.conflicts]
    lines += [f"  broken: {entry.dn}: {entry.reason}" for entry in report.broken]
    lines += [f"  left out: {sentence(left.line)} – {left.reason}" for left in report.left_out]
    return lines + [f"  {one}" for one in _next_steps(report, dry_run=dry_run, hold=hold)]


def _next_steps(report: RunReport, *, dry_run: bool, hold: bool) -> list[str]:
    """What somebody who reads this may want to do now."""
    if report.outcome is Outcome.REFUSED:
        return [f"look at it again: `portvakt sync {report.source} --dry-run --hold`"]
    if report.plan is None or not report.plan.changes_anything:
        return []
    if dry_run and hold:
        return [
            f"kept; `portvakt sync apply --plan {report.plan_hash}` carries out just this, as far as it still holds"
        ]
    if dry_run:
        return ["not kept; with --hold just this plan can be carried out later"]
    if report.outcome is Outcome.BRAKED:
        return [
            f"every line: `portvakt sync show {report.run}`",
            f"let it through or refuse it: `portvakt sync release {report.run}` or `reject`, each with --reason",
        ]
    return []


def as_json(report: RunReport) -> dict[str, Any]:
    """Return a report as JSON values."""
    plan = report.plan
    return {
        "source": report.source,
        "outcome": report.outcome.value,
        "persons_read": report.persons_read,
        "reason": report.reason,
        "run": report.run,
        "continued": report.continued,
        "braked": None
        if report.braked is None
        else {
            "reason": report.braked.reason,
            "would_disable": report.braked.would_disable,
            "of": report.braked.of,
        },
        "plan": None
        if plan is None
        else {
            "hash": report.plan_hash,
            "counts": dict(plan.counts),
            "lines": [_line(line) for line in plan.lines],
        },
        "applied": {kind: count for kind, count in report.applied.items() if count},
        "left_out": [_left_out(left) for left in report.left_out],
        "broken": [{"dn": entry.dn, "key": entry.key, "reason": entry.reason} for entry in report.broken],
    }


def _line(line: Line) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(line_to_json(line))
    if _is_protected(value):
        key = (value.get("record") or value.get("last") or {}).get("key")
        value = {"line": value["line"], "key": key}
    return {**value, "sentence": sentence(line)}


def _is_protected(value: Any) -> bool:
    """Whether a record anywhere in the line is of somebody with protected personal data."""
    if isinstance(value, dict):
        return value.get("protection", "none") != "none" or any(map(_is_protected, value.values()))
    return isinstance(value, list) and any(map(_is_protected, value))


def _left_out(left: LeftOut) -> dict[str, Any]:
    return {"reason": left.reason, **_line(left.line)}
