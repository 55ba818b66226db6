"""`portvakt role`: who may do what in Portvakt itself, over what, until when."""

from typing import Annotated

import typer

from idp.cli.deciding import application_called, end_of_day, had_been_done, settled
from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import account_called, open_setting
from idp.domain import appointments
from idp.domain.errors import ConfigurationError
from idp.domain.ports import UnitOfWork
from idp.domain.roles import SERVER, WHOLE, Grant, Role, Scope, application_scope, unit_scope

app = typer.Typer(no_args_is_help=True, help="Roles of Portvakt itself: give, take, list.")

Login = Annotated[str, typer.Argument(help="Login or e-mail address.")]
RoleName = Annotated[Role, typer.Argument(help="What the account may do.")]
Unit = Annotated[str, typer.Option(help="Code of a unit: the role reaches it and all below it.")]
Application = Annotated[str, typer.Option(help="Short name of a system that the role reaches.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]


@app.command()
def give(
    ctx: typer.Context,
    login: Login,
    role: RoleName,
    reason: Reason,
    unit: Unit = "",
    application: Application = "",
    until: Annotated[str, typer.Option(help="The last day, such as 2027-06-30 (UTC).")] = "",
) -> None:
    """Give an account a role, over the whole organisation, a unit or a system."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        grant = Grant(role, _scope(uow, unit, application), end_of_day(until, "--until"))
        refused = appointments.give(uow, SERVER, found, grant, reason, setting.occasion())
        already = had_been_done(refused)
    say(f"{found.login} has the role {role.value}{' already' if already else ' now'}.")


@app.command()
def take(
    ctx: typer.Context,
    login: Login,
    role: RoleName,
    reason: Reason,
    unit: Unit = "",
    application: Application = "",
) -> None:
    """Take a role from an account. The last administrator keeps theirs."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        grant = Grant(role, _scope(uow, unit, application))
        settled(appointments.take(uow, SERVER, found, grant, reason, setting.occasion()))
    say(f"{found.login} no longer has the role {role.value}.")


@app.command("list")
def list_roles(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List every role that is held."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        held = uow.roles.held(setting.now)
    if as_json:
        print_json(
            [
                {
                    "login": one.login,
                    "role": one.grant.role.value,
                    "reach": one.grant.scope.reach.value,
                    "scope": one.grant.scope.key,
                    "ends": one.grant.ends,
                    "given_at": one.given_at,
                    "given_by": one.given_by,
                    "reason": one.reason,
                }
                for one in held
            ]
        )
        return
    print_table(
        ("login", "role", "reaches", "ends (UTC)", "why"),
        [
            (
                one.login,
                one.grant.role.value,
                one.scope or "everything",
                f"{one.grant.ends:%Y-%m-%d %H:%M}" if one.grant.ends else "–",
                one.reason,
            )
            for one in held
        ],
        "Nobody has a role: `portvakt administrator add`.",
    )


def _scope(uow: UnitOfWork, unit: str, application: str) -> Scope:
    if unit and application:
        raise ConfigurationError("--unit, --application: a role reaches one or the other")
    if unit:
        return unit_scope(unit)
    if not application:
        return WHOLE
    return application_scope(application_called(uow, application).id)
