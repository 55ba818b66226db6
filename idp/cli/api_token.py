"""`portvakt api-token`: tokens of the API."""

from typing import Annotated

import typer

from idp.cli.deciding import application_called, settled
from idp.cli.printing import print_table, say
from idp.cli.setting import open_setting
from idp.configuration.durations import parse_duration
from idp.domain import api_tokens
from idp.domain.errors import ConfigurationError
from idp.domain.roles import SERVER, WHOLE, Act, application_scope, unit_scope

app = typer.Typer(no_args_is_help=True, help="Tokens of the API: issue, list, revoke.")


@app.command()
def issue(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Which program it is for.")],
    acts: Annotated[list[Act], typer.Option("--act", help="What it is for; may be given again.")],
    unit: Annotated[str, typer.Option(help="Code of the unit that it reaches, and all below it.")] = "",
    application: Annotated[str, typer.Option(help="Short name of the system that it reaches.")] = "",
    valid_for: Annotated[str, typer.Option("--valid-for", help="How long, at most 366d.")] = "90d",
) -> None:
    """Make a token for just these acts and print it, once."""
    lifetime = parse_duration(valid_for)
    if lifetime is None:
        raise ConfigurationError(f"--valid-for: expected a duration such as 90d, found {valid_for!r}")
    with open_setting(ctx) as setting, setting.database.write() as uow:
        scope = unit_scope(unit) if unit else WHOLE
        if application:
            scope = application_scope(application_called(uow, application).id)
        issued = settled(api_tokens.issue(uow, SERVER, name, scope, acts, lifetime, setting.occasion()))
    say(issued.text)
    say(f"Token {issued.token.id} for {name}, until {issued.token.expires_at:%Y-%m-%d %H:%M} UTC.")


@app.command("list")
def list_tokens(ctx: typer.Context) -> None:
    """List the tokens that were not withdrawn."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        rows = [
            (
                one.id,
                one.name,
                one.scope.key or "everything",
                " ".join(sorted(act.value for act in one.acts)),
                f"{one.expires_at:%Y-%m-%d}",
                f"{one.used_at:%Y-%m-%d}" if one.used_at else "–",
            )
            for one in uow.api_tokens.all()
        ]
    print_table(("token", "for", "reaches", "acts", "ends", "used"), rows, "There is no token.")


@app.command()
def revoke(
    ctx: typer.Context,
    token: Annotated[str, typer.Argument(help="The token's id, from `api-token list`.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
) -> None:
    """Withdraw a token at once."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        settled(api_tokens.revoke(uow, SERVER, token, reason, setting.occasion()))
    say("Withdrawn.")
