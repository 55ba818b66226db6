"""`portvakt sync`: bring the accounts in line with the directories; plan first, and let through what was stopped."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from directory_sync import RunInProgress
from directory_sync.run import Outcome, RunReport, Stage
from idp.cli.printing import Told, print_json, progress, say
from idp.cli.setting import Setting, open_setting
from idp.cli.sync_report import as_json, in_words
from idp.cli.sync_status import print_metrics, print_status
from idp.cli.sync_undo import show, undo
from idp.cli.sync_watch import follow_until_interrupted
from idp.configuration.table_reader import did_you_mean
from idp.domain.errors import ConfigurationError, Unavailable
from idp.jobs.leases import Leases
from idp.provisioning import decisions
from idp.provisioning.directories import Directory, load_directory, with_domain
from idp.provisioning.runs import Run as SyncRun
from idp.provisioning.synchronise import held_plan, hold_plan, synchronise
from idp.storage.leases import SqlLeases

_NEEDS_A_DECISION = 3
_STAGES = {
    Stage.READ: "entries read",
    Stage.PLAN: "planning",
    Stage.HOLD: "lines stored",
    Stage.APPLY: "lines applied",
}


class RunUnlessNamed(TyperGroup):
    """`sync ekvik` is `sync run ekvik`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` in front of what begins with no command's name."""
        named = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["run", *args])


app = typer.Typer(cls=RunUnlessNamed, add_completion=False)


@app.callback()
def sync() -> None:
    """Synchronise directories: `sync [SOURCE]` with the options of `sync run`; see and decide what runs came to."""


@app.command("run")
def run(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Argument(help="A directory's name; all of them if not given.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and plan; change nothing.")] = False,
    as_json_text: Annotated[bool, typer.Option("--json", help="Plan and outcome for programs.")] = False,
    hold: Annotated[
        bool, typer.Option("--hold", help="Keep the plan of a dry run, for `sync apply --plan HASH`.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on and follow changes until interrupted.")
    ] = False,
) -> None:
    """Read a directory, plan, and apply the plan. May be killed at any moment and run again.

    The exit code is 3 if the plan was stopped because it would disable too many, 1 if the directory could
    not be read.
    """
    _only_what_goes_together(dry_run=dry_run, hold=hold, watch=watch, as_json=as_json_text)
    if watch:
        with open_setting(ctx) as setting:
            follow_until_interrupted(setting, lambda: _directories(setting, source))
        return
    with open_setting(ctx) as setting:
        reports = [_one(setting, directory, dry_run=dry_run) for directory in _directories(setting, source)]
        for report in reports:
            if dry_run and hold and report.plan is not None and report.plan.changes_anything:
                hold_plan(setting.database, report, setting.occasion())
    _tell_and_leave(reports, dry_run=dry_run, hold=hold, as_json_text=as_json_text)


def _only_what_goes_together(*, dry_run: bool, hold: bool, watch: bool, as_json: bool) -> None:
    """Refuse what would otherwise be overlooked, and change accounts that were only to be looked at."""
    if hold and not dry_run:
        raise ConfigurationError("--hold keeps the plan of a dry run: give --dry-run, too")
    if watch and (dry_run or as_json):
        raise ConfigurationError("--watch carries changes out until it is interrupted: give no other option")


def _tell_and_leave(
    reports: Sequence[RunReport], *, dry_run: bool = False, hold: bool = False, as_json_text: bool
) -> None:
    if as_json_text:
        print_json([as_json(report) for report in reports])
    else:
        for report in reports:
            say("\n".join(in_words(report, dry_run=dry_run, hold=hold)))
    outcomes = {report.outcome for report in reports}
    if Outcome.UNREADABLE in outcomes:
        raise typer.Exit(1)
    if outcomes & {Outcome.BRAKED, Outcome.REFUSED}:
        raise typer.Exit(_NEEDS_A_DECISION)


@app.command("apply")
def apply_plan(
    ctx: typer.Context,
    plan: Annotated[str, typer.Option("--plan", help="The plan's hash, from `sync --dry-run --hold`.")],
    as_json_text: Annotated[bool, typer.Option("--json", help="Plan and outcome for programs.")] = False,
) -> None:
    """Carry out a plan that was held: the lines whose facts are unchanged, and nothing else.

    What has been overtaken is left out and listed; the next run plans it anew. If the brake would stop the plan for
    other reasons than when it was read, nothing is done, and the exit code is 3.
    """
    with open_setting(ctx) as setting:
        held = held_plan(setting.database, plan)
        if held is None:
            raise ConfigurationError(
                f"no plan waits under {plan!r}: `portvakt sync status` lists those that do"
            )
        (directory,) = _directories(setting, held.source)
        report = _one(setting, directory, plan=held)
    _tell_and_leave([report], as_json_text=as_json_text)


@app.command()
def status(
    ctx: typer.Context,
    as_json_text: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    metrics: Annotated[bool, typer.Option("--metrics", help="In Prometheus' text format.")] = False,
) -> None:
    """Show how each directory is followed, its latest runs, and what waits for a decision."""
    with open_setting(ctx) as setting:
        if metrics:
            print_metrics(setting)
            return
        print_status(setting, as_json=as_json_text)


app.command()(show)
app.command()(undo)

Run = Annotated[str, typer.Argument(help="The run's id, from `sync status`.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]


@app.command()
def release(ctx: typer.Context, run_id: Run, reason: Reason) -> None:
    """Let a stopped plan through: the next run carries out what of it still holds."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        if not decisions.release(uow, run_id, reason, setting.occasion()):
            raise ConfigurationError(_nothing_stopped(run_id))
    say(
        "Released. The next `portvakt sync` carries out what of it still holds, at once if the directory is followed."
    )


@app.command()
def reject(ctx: typer.Context, run_id: Run, reason: Reason) -> None:
    """Refuse a stopped plan."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        if not decisions.reject(uow, run_id, reason, setting.occasion()):
            raise ConfigurationError(_nothing_stopped(run_id))
    say("Rejected.")


def _nothing_stopped(run_id: str) -> str:
    return f"no stopped plan waits under {run_id!r}: `portvakt sync status` lists those that do"


def _directories(setting: Setting, source: str | None) -> Sequence[Directory]:
    with setting.database.read() as uow:
        names = uow.provisioning.directory_names()
        if source is not None and source not in names:
            raise ConfigurationError(f"there is no directory {source!r}{did_you_mean(source, names)}")
        if not names:
            raise ConfigurationError(
                "no directory is configured: describe one in a file for `portvakt apply`"
            )
        loaded = [load_directory(uow, name) for name in ([source] if source else names)]
    domain = setting.settings.mail_domain
    return [with_domain(directory, domain) for directory in loaded if directory is not None]


def _one(
    setting: Setting, directory: Directory, *, dry_run: bool = False, plan: SyncRun | None = None
) -> RunReport:
    leases = Leases(SqlLeases(setting.database))
    with progress() as told:
        try:
            return synchronise(
                setting.database,
                leases,
                directory,
                setting.occasion(),
                dry_run=dry_run,
                plan=plan,
                progress=_telling(told, directory.name),
            )
        except RunInProgress as busy:
            raise Unavailable(
                f"{directory.name}: another process is synchronising it; try again later"
            ) from busy


def _telling(told: Told, source: str) -> Any:
    def tell(stage: Stage, done: int) -> None:
        told(f"{source}: {_STAGES[stage]}", done)

    return tell
