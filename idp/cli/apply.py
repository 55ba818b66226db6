"""`portvakt apply`: bring the configuration to what a file says."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.configuring import configuration, surroundings
from idp.cli.printing import print_json, say
from idp.cli.setting import Setting, open_setting
from idp.configuration.apply import carry_out, prepare
from idp.configuration.comparison import Choices, Plan
from idp.configuration.objects import Content, Reference
from idp.configuration.reader import read_file
from idp.configuration.wording import as_json as plan_as_json
from idp.configuration.wording import in_words
from idp.domain.errors import ConfigurationError

app = typer.Typer(add_completion=False)
_NEEDS_A_DECISION = 3


@app.command()
def apply(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Networks, directories, groups and applications in TOML.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The plan for programs.")] = False,
    overwrite: Annotated[
        list[str] | None,
        typer.Option(
            help="An object whose changes from elsewhere may be overwritten: NAME or 'application NAME'."
        ),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove what this file made and no longer describes.")
    ] = False,
) -> None:
    """Create and update what FILE describes, all of it or nothing; applying twice changes nothing.

    What was changed elsewhere since is shown and left alone; the exit code is then 3.
    """
    choices = Choices(frozenset(overwrite or ()), remove)
    described = _read(file)
    with open_setting(ctx) as setting:
        plan = _run(setting, described, file.name, choices, doing=not dry_run)
    if as_json:
        print_json(plan_as_json(plan))
    else:
        say("\n".join(in_words(plan)))
    if plan.left_alone:
        raise typer.Exit(_NEEDS_A_DECISION)


def _read(file: Path) -> dict[Reference, Content]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: is not UTF-8 text") from error
    return read_file(text, surroundings(file.absolute().parent))


def _run(
    setting: Setting, described: dict[Reference, Content], name: str, choices: Choices, *, doing: bool
) -> Plan:
    begin = setting.database.write if doing else setting.database.read
    with begin() as uow:
        here = configuration(uow, setting.sealer)
        if doing:
            here.store.lock()
        prepared = prepare(here, described, name, choices)
        if doing:
            carry_out(here, prepared, setting.occasion())
    return prepared.plan
