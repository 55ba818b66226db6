"""`portvakt administrator`: people who administer Portvakt itself."""

from typing import Annotated

import typer

from idp.cli.printing import say
from idp.cli.setting import account_called, open_setting
from idp.domain.accounts import add_administrator, give_role
from idp.domain.errors import ConfigurationError
from idp.domain.naming import login_series
from idp.domain.plain_text import is_name
from idp.domain.roles import Role

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Administrators of Portvakt itself.")
_MOST_TRIES = 50


@app.callback()
def administrator() -> None:
    """Administrators of Portvakt itself."""


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help='The person\'s name: "Anna Berg".')],
    login: Annotated[str | None, typer.Option(help="The user name; made of the name if not given.")] = None,
) -> None:
    """Add a local administrator, and print the code that sets password and second factor once.

    The account is Portvakt's own: it works when no directory answers.
    """
    if not is_name(name):
        raise ConfigurationError("NAME: expected a person's name")
    if login is not None and not is_name(login):
        raise ConfigurationError("--login: expected a user name, such as anna.berg")
    tries = [login] if login else _logins_of(name)
    with open_setting(ctx) as setting, setting.database.write() as uow:
        made = (add_administrator(uow, name, one, setting.occasion()) for one in tries)
        added = next((one for one in made if one is not None), None)
        if added is None:
            raise ConfigurationError(
                f"the login {tries[0]!r} is or was somebody's; choose another with --login"
            )
        issuer = setting.settings.issuer
    say(f"Administrator {name.strip()} was added.")
    say(f"    login            {added.account.login}")
    say(f"    activation code  {added.code}")
    say(f"Sign in at {issuer}/ with the code, once, before {added.expires_at:%Y-%m-%d %H:%M} UTC.")


@app.command()
def appoint(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(help="Login or address of an account.")],
) -> None:
    """Make an account that exists an administrator of everything; other roles: `portvakt role give`."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        given = give_role(uow, found.id, Role.ADMINISTRATOR, setting.occasion())
    say(f"{found.login} has the role {Role.ADMINISTRATOR.value}{' now' if given else ' already'}.")


def _logins_of(name: str) -> list[str]:
    """Return the user names to try, by the rule that makes everybody else's."""
    given, _, surname = name.strip().rpartition(" ")
    series = login_series(given or surname, surname if given else "")
    return [series.nth(number) for number in range(1, _MOST_TRIES + 1)]
