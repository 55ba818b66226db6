"""`portvakt approval`: what waits for a second helper, who here is whoever runs commands on the server."""

from typing import Annotated

import typer

from idp.cli.printing import print_table, say
from idp.cli.setting import open_setting
from idp.domain import second_helper
from idp.domain.errors import ConfigurationError
from idp.domain.roles import SERVER, Refused
from idp.domain.roles.words import sentences

app = typer.Typer(no_args_is_help=True, help="What waits for a second helper: list, approve, reject.")

Identifier = Annotated[str, typer.Argument(help="The id that `list` shows.")]
Reason = Annotated[str, typer.Option(help="How you know that it is right, for the audit log.")]


@app.command("list")
def show(ctx: typer.Context) -> None:
    """List what waits."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        rows = [
            (
                one.approval.id,
                one.approval.act.value.replace("_", " "),
                one.login,
                one.what or ", ".join(f"{name} {value}" for name, value in one.approval.details.items()),
                one.asker,
                one.approval.reason,
                one.approval.state.value,
                f"{one.approval.expires_at:%Y-%m-%d %H:%M}",
            )
            for one in second_helper.waiting(uow, SERVER, setting.occasion())
        ]
    print_table(
        ("id", "act", "for", "what", "asked by", "why", "state", "until (UTC)"), rows, "Nothing waits."
    )


@app.command()
def approve(ctx: typer.Context, approval: Identifier, reason: Reason) -> None:
    """Approve it: whoever asked may then do it, once."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        result = second_helper.approve(uow, SERVER, approval, reason, setting.occasion())
    _settle(result)
    say("It is approved: whoever asked for it can do it now.")


@app.command()
def reject(ctx: typer.Context, approval: Identifier, reason: Reason) -> None:
    """Reject it."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        result = second_helper.reject(uow, SERVER, approval, reason, setting.occasion())
    _settle(result)
    say("It is rejected.")


def _settle(result: object) -> None:
    if isinstance(result, Refused):
        raise ConfigurationError("\n".join(sentences(result)))
