"""`portvakt call-back`: the numbers and addresses that codes may be sent to."""

from typing import Annotated

import typer

import mfa
from idp.cli.printing import print_table, say
from idp.cli.setting import account_called, open_setting
from idp.domain import call_back
from idp.domain.errors import ConfigurationError
from idp.domain.roles import Refused
from idp.domain.roles.words import sentences

app = typer.Typer(
    no_args_is_help=True, help="Call-back: the numbers and addresses that codes may be sent to."
)

Login = Annotated[str, typer.Argument(help="Login or e-mail address of the account.")]


@app.command()
def approve(
    ctx: typer.Context,
    login: Login,
    number: Annotated[str, typer.Argument(help="070-123 45 67, +46 70 123 45 67, or an e-mail address.")],
    voice: Annotated[bool, typer.Option("--voice", help="Call it and read the code out.")] = False,
) -> None:
    """Approve a number or address for somebody. It waits a day: nothing is sent to it at once."""
    channel = mfa.Channel.VOICE_CALL if voice else mfa.Channel.TEXT_MESSAGE
    if "@" in number:
        channel = mfa.Channel.EMAIL
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        try:
            bound = call_back.approve(uow, found, channel, number, setting.occasion())
        except ValueError as error:
            raise ConfigurationError(f"{number}: {error}") from error
    if isinstance(bound, Refused):
        raise ConfigurationError(" ".join(sentences(bound)))
    if bound is None:
        say(f"{found.login} has that already.")
        return
    say(f"{found.login}: codes can be sent to {bound.shown} from {bound.usable_from:%Y-%m-%d %H:%M} UTC.")


@app.command("list")
def show(ctx: typer.Context, login: Login) -> None:
    """List somebody's approved numbers and addresses, as their owner recognises them."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        found = account_called(uow, login)
        rows = [
            (one.id, one.channel.value, one.shown, one.bound_by, f"{one.usable_from:%Y-%m-%d %H:%M}")
            for one in mfa.approved_destinations(uow.factors, found.id)
        ]
    print_table(("id", "channel", "to", "approved by", "usable from"), rows, "none is approved")


@app.command()
def remove(
    ctx: typer.Context,
    login: Login,
    destination: Annotated[str, typer.Argument(help="The id that `list` shows.")],
) -> None:
    """Remove one; its address is erased."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        done = call_back.remove(uow, found.id, destination, setting.occasion())
    if not done:
        raise ConfigurationError(f"{found.login} has no such number or address: {destination}")
    say(f"{found.login}: it is removed.")
