"""`portvakt outbox`: messages that could not be delivered."""

from typing import Annotated

import typer

from idp.cli.printing import print_table, say
from idp.cli.setting import open_setting
from idp.domain.errors import ConfigurationError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="What is to be done later, and what was given up."
)


@app.command("list")
def show(ctx: typer.Context) -> None:
    """List what was given up, newest first, and say how much waits."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        letters = uow.outbox.dead_letters()
        waiting, age = uow.outbox.backlog(setting.now)
    rows = [
        (letter.id, letter.topic, letter.attempts, f"{letter.dead_at:%Y-%m-%d %H:%M}", letter.last_error)
        for letter in letters
    ]
    print_table(("message", "topic", "tries", "given up (UTC)", "last error"), rows, "Nothing was given up.")
    say(f"{waiting} due" + (f", the oldest for {int(age.total_seconds())} s" if waiting else ""))


@app.command()
def requeue(
    ctx: typer.Context, message: Annotated[int, typer.Argument(help="The message's number, from `list`.")]
) -> None:
    """Let a message that was given up be tried anew."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        if not uow.outbox.requeue(message, setting.now):
            raise ConfigurationError(f"message {message} was not given up")
    say(f"Message {message} will be tried anew.")
