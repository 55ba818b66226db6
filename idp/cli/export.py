"""`portvakt export`: the configuration as a file that `apply` reads."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.configuring import configuration
from idp.cli.printing import say
from idp.cli.setting import open_setting
from idp.configuration.export import export as exported
from idp.domain.errors import ConfigurationError

app = typer.Typer(add_completion=False)


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output if not given.")] = None,
) -> None:
    """Write networks, directories, local groups and applications as TOML; no secret is in it."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        here = configuration(uow, setting.sealer)
        text = exported(here.fields(here.stored()))
    if file is None:
        say(text.rstrip("\n"))
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise ConfigurationError(f"{file} exists already and is left as it is") from error
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from error
