"""`portvakt break-glass`: administrators' accounts that two people open together when nothing else works."""

from typing import Annotated

import typer

from idp.cli.printing import print_table, say
from idp.cli.setting import account_called, open_setting
from idp.configuration.durations import parse_duration
from idp.domain.accounts import add_administrator
from idp.domain.break_glass import LONGEST, NotOpened, Opener, open_sealed, seal
from idp.domain.errors import ConfigurationError

app = typer.Typer(no_args_is_help=True, help="Sealed administrators' accounts that open with two people.")

_WHY = {
    NotOpened.NOT_SEALED: "the account is no sealed break-glass account",
    NotOpened.ONE_PERSON: "it takes two different people, and neither is the account itself",
    NotOpened.NO_ADMINISTRATOR: "both have to be administrators of Portvakt",
    NotOpened.FIRST_CODE: "the first person's code was not right",
    NotOpened.SECOND_CODE: "the second person's code was not right",
}


@app.command()
def add(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(help="The login, such as break-glass-1.")],
) -> None:
    """Add an administrator's account of Portvakt's own, and seal it at once."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        added = add_administrator(uow, f"Break glass {login}", login, setting.occasion())
        if added is None:
            raise ConfigurationError(f"the login {login!r} is or was somebody's; choose another")
        seal(uow, added.account.id, "made", setting.occasion())
    say(f"{login} is sealed. `portvakt break-glass open {login}` opens it with two administrators.")


@app.command("open")
def open_(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(help="The sealed account.")],
    first: Annotated[str, typer.Option(help="Login of one administrator.")],
    second: Annotated[str, typer.Option(help="Login of another.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    lasting: Annotated[str, typer.Option("--for", help="How long, such as 4h; at most 24h.")] = "4h",
) -> None:
    """Open a sealed account: both administrators are asked for the code that their app or token shows."""
    duration = parse_duration(lasting)
    if duration is None or not duration <= LONGEST:
        raise ConfigurationError(f"--for: expected a duration up to 24h, found {lasting!r}")
    if not reason.strip():
        raise ConfigurationError("--reason: expected a text")
    codes = [typer.prompt(f"Code of {name}", hide_input=True, err=True) for name in (first, second)]
    with open_setting(ctx) as setting, setting.database.write() as uow:
        account = account_called(uow, login)
        openers = [
            Opener(account_called(uow, name), code) for name, code in zip((first, second), codes, strict=True)
        ]
        opened = open_sealed(
            uow, account, openers[0], openers[1], reason.strip(), duration, setting.occasion()
        )
    if isinstance(opened, NotOpened):
        # Outside the unit of work: what was typed is spent, and the refusal recorded.
        raise ConfigurationError(_WHY[opened])
    say(f"{login} is open until {opened.until:%Y-%m-%d %H:%M} UTC.")
    say(f"    activation code  {opened.code}")
    say(
        "It sets password and second factor once, within an hour. `portvakt break-glass close` seals it again."
    )


@app.command()
def close(ctx: typer.Context, login: Annotated[str, typer.Argument(help="The open account.")]) -> None:
    """Seal an account again, before its time is over."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        account = account_called(uow, login)
        if account.id not in {held for held, _, _ in uow.directory_down.sealed_accounts()}:
            raise ConfigurationError(f"{login} is no break-glass account")
        seal(uow, account.id, "closed by hand", setting.occasion())
    say(f"{login} is sealed.")


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """Show all break-glass accounts."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        held = uow.directory_down.sealed_accounts()
    rows = [
        (login, f"open until {until:%Y-%m-%d %H:%M} UTC" if until else "sealed") for _, login, until in held
    ]
    print_table(
        ("login", "state"), rows, "There is none: `portvakt break-glass add break-glass-1` makes one."
    )
