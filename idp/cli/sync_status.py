"""`portvakt sync status`: how each directory is followed, and its latest runs."""

from datetime import datetime
from typing import Any

from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import Setting
from idp.metrics.figures import directory_figures
from idp.provisioning.overview import DirectoryOverview, overview
from idp.provisioning.runs import WAITING, Run, RunState

_WAITS = (RunState.HELD, *WAITING)
"""States whose plan `sync apply --plan` takes."""


def print_status(setting: Setting, *, as_json: bool) -> None:
    """Print it as tables, or as JSON."""
    with setting.database.read() as uow:
        found = overview(uow)
    if as_json:
        print_json([_as_json(one, setting.now) for one in found])
        return
    followed = [one for one in found if one.watched is not None and one.watched.mechanism]
    if followed:
        headings = ("directory", "followed by", "state", "lag", "latest change", "read whole", "node", "why")
        print_table(headings, [_row(one, setting.now) for one in followed], "")
        say("")
    print_table(
        ("run", "directory", "began (UTC)", "state", "read", "applied", "plan that waits", "why"),
        [_run_row(run) for one in found for run in one.runs],
        "Nothing has been synchronised yet.",
    )


def print_metrics(setting: Setting) -> None:
    """Print the same as metrics in Prometheus' text format: for a collector that reads files or runs commands."""
    with setting.database.read() as uow:
        say(directory_figures(overview(uow), setting.now).decode().rstrip())


def _row(one: DirectoryOverview, now: datetime) -> tuple[object, ...]:
    watched, lag = one.watched, one.lag(now)
    if watched is None:
        return (one.name,)
    took = "" if watched.took is None else f", {watched.took.total_seconds() * 1000:.0f} ms"
    return (
        one.name,
        watched.mechanism,
        watched.state.value,
        "" if lag is None else f"{lag.total_seconds():.0f} s",
        "" if watched.changed_at is None else f"{watched.changed_at:%Y-%m-%d %H:%M:%S}{took}",
        "" if watched.full_at is None else f"{watched.full_at:%Y-%m-%d %H:%M}",
        one.node,
        watched.error,
    )


def _run_row(run: Run) -> tuple[object, ...]:
    applied = run.report.get("applied") or run.report.get("lines")
    counted = ", ".join(f"{n} {kind}" for kind, n in applied.items()) if isinstance(applied, dict) else ""
    return (
        run.id,
        run.source,
        f"{run.started_at:%Y-%m-%d %H:%M}",
        run.state.value,
        run.report.get("persons_read", ""),
        counted,
        run.plan_hash if run.state in _WAITS else "",
        run.report.get("reason", ""),
    )


def _as_json(one: DirectoryOverview, now: datetime) -> dict[str, Any]:
    watched, lag = one.watched, one.lag(now)
    return {
        "directory": one.name,
        "capabilities": dict(one.capabilities),
        "followed": None
        if watched is None
        else {
            "by": watched.mechanism,
            "state": watched.state.value,
            "node": one.node,
            "lag_seconds": None if lag is None else lag.total_seconds(),
            "current_at": watched.current_at,
            "changed_at": watched.changed_at,
            "took_milliseconds": None if watched.took is None else watched.took.total_seconds() * 1000,
            "changes": watched.changes,
            "full_at": watched.full_at,
            "error": watched.error,
            "error_at": watched.error_at,
        },
        "waiting": None if one.waiting is None else one.waiting.id,
        "runs": [
            {
                "run": run.id,
                "source": run.source,
                "state": run.state.value,
                "started_at": run.started_at,
                "ended_at": run.ended_at,
                "plan": run.plan_hash,
                "reverts": run.reverts,
                "decided_by": run.decided_by,
                "report": run.report,
            }
            for run in one.runs
        ],
    }
