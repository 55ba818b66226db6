"""The list of commands, and the edge where faults become one line and an exit code.

0  done          1  it could not be done, said in one line per reason
2  the command was not understood          3  done, but for what needs a person's decision
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from idp.cli.printing import complain
from idp.domain.errors import Fault

#: Every command: its module in this package. The order is that of the help page.
COMMANDS = {
    "init": "initialise",
    "upgrade": "upgrade",
    "serve": "serve",
    "radius": "radius",
    "doctor": "doctor",
    "apply": "apply",
    "export": "export",
    "sync": "sync",
    "administrator": "administrator",
    "role": "role",
    "api-token": "api_token",
    "person": "person",
    "account": "account",
    "approval": "approval",
    "application": "application",
    "factor": "factor",
    "token": "token",
    "call-back": "call_back",
    "session": "session",
    "break-glass": "break_glass",
    "drill": "drill",
    "explain": "explain",
    "who-can": "who_can",
    "audit": "audit",
    "keys": "keys",
    "master-key": "master_key",
    "outbox": "outbox",
}


class Commands(TyperGroup):
    """Loads a command's module when the command is called: a start should not wait for all of them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base's shape
        """Return the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the base's shape
        """Return the command, None if there is none of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = get_command(importlib.import_module(f"idp.cli.{module}").app)
        command.name = cmd_name
        return command


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False)


@app.callback()
def portvakt(
    ctx: typer.Context,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="The settings file; else $PORTVAKT_SETTINGS, ./portvakt.toml, /etc/portvakt/portvakt.toml."
        ),
    ] = None,
) -> None:
    """Portvakt: identity provider, single sign-on and directory synchronisation."""
    ctx.obj = settings


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        get_command(app)(None if arguments is None else list(arguments), prog_name="portvakt")
    except Fault as fault:
        complain(str(fault))
        return 1
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BrokenPipeError:
        # Whoever read the output has seen enough (`portvakt audit show | head`).
        sys.stderr.close()
        return 1
    return 0
