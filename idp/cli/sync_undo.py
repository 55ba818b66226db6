"""`portvakt sync show` and `sync undo`: read what a run has done, and take it back."""

from typing import Annotated

import typer

from directory_sync import RunInProgress, sentence
from idp.cli.printing import print_json, say
from idp.cli.setting import Setting, account_called, open_setting
from idp.domain.errors import ConfigurationError, Unavailable
from idp.provisioning.directories import Directory, load_directories
from idp.provisioning.undo import UndoPlan, apply_undo, plan_undo, read_run

RunId = Annotated[str, typer.Argument(help="The run's id, from `sync status`.")]


def show(
    ctx: typer.Context,
    run_id: RunId,
    as_json_text: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every line of a run, and what became of it."""
    with open_setting(ctx) as setting:
        _run_directory(setting, run_id)
        lines = read_run(setting.database, run_id)
    if as_json_text:
        print_json(
            [
                {
                    "number": one.number,
                    "state": one.state,
                    "reason": one.reason,
                    "sentence": sentence(one.line),
                }
                for one in lines
            ]
        )
        return
    for one in lines:
        say(f"{one.number:>6} {one.state:<9} {sentence(one.line)}{' – ' + one.reason if one.reason else ''}")


def undo(
    ctx: typer.Context,
    run_id: RunId,
    person: Annotated[str | None, typer.Option(help="Only for this login or address.")] = None,
    plan: Annotated[str | None, typer.Option("--plan", help="Carry out the plan with this hash.")] = None,
) -> None:
    """Take a run back, whole or for one person. Without `--plan` only the plan is shown, with its hash.

    Only what still is as the run left it is taken back. While the directory goes on saying what it said, the next runs
    leave it alone.
    """
    with open_setting(ctx) as setting:
        directory = _run_directory(setting, run_id)
        key = None if person is None else _key_of(setting, person, directory.name)
        found = plan_undo(setting.database, run_id, directory, setting.occasion(), key)
        if found is None or not found.undoing.lines:
            raise ConfigurationError(f"nothing of run {run_id!r} is left to be taken back")
        if plan is None:
            _tell(found)
            return
        if plan != found.hash:
            raise ConfigurationError("the plan is another one by now: look at it again without --plan")
        try:
            made, left_out = apply_undo(setting.database, found, directory, setting.occasion())
        except RunInProgress as busy:
            raise Unavailable(f"{directory.name}: another run goes on; try again later") from busy
    say(f"Taken back by run {made}: {len(found.undoing.lines) - len(left_out)} lines.")
    for out in left_out:
        say(f"  left out: {sentence(out.line)} – {out.reason}")


def _tell(found: UndoPlan) -> None:
    for line in found.undoing.lines:
        say(f"  {sentence(line)}")
    for out in found.undoing.left_out:
        say(f"  stays: {sentence(out.line)} – {out.reason}")
    say(f"plan {found.hash}: `portvakt sync undo {found.run.id} --plan {found.hash}` carries it out.")


def _run_directory(setting: Setting, run_id: str) -> Directory:
    with setting.database.read() as uow:
        run = uow.provisioning.runs.get(run_id)
        if run is None:
            raise ConfigurationError(f"there is no run {run_id!r}: `portvakt sync status` lists them")
        for directory in load_directories(uow, setting.settings.mail_domain):
            if directory.name == run.source:
                return directory
    raise ConfigurationError(f"the directory {run.source!r} of this run is not configured any more")


def _key_of(setting: Setting, login: str, source: str) -> str:
    with setting.database.read() as uow:
        account = account_called(uow, login)
    if account.directory != source or account.directory_key is None:
        raise ConfigurationError(f"{login!r} does not come from {source}")
    return account.directory_key
