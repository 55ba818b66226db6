"""`portvakt drill`: rehearse bad days; nothing is changed."""

from ipaddress import ip_address
from typing import Annotated

import typer

from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import open_setting
from idp.domain.application import Application
from idp.domain.directory_down import Outlook, Ways, rehearse
from idp.domain.errors import ConfigurationError
from idp.domain.occasion import Occasion
from idp.radius.credentials import Form
from idp.radius.store.access_servers import read_all

app = typer.Typer(no_args_is_help=True, help="Rehearse bad days; nothing is changed.")
_SHOWN = 10


@app.callback()
def drill() -> None:
    """Rehearse bad days; nothing is changed."""


@app.command("directory-down")
def directory_down(
    ctx: typer.Context,
    source: Annotated[str, typer.Option("--from", help="Where people are: an address; else outside.")] = "",
    names: Annotated[bool, typer.Option("--names", help="Name who could not work where.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say who could work where if every directory stopped answering now."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        over_radius = {
            nas.application_id: Ways(nas.settings.form is Form.CODE, pages=False) for nas in read_all(uow)
        }

        def ways(application: Application) -> Ways:
            return over_radius.get(application.id, Ways())

        found = rehearse(uow, ways, _at(setting.occasion(), source))
        glass = uow.directory_down.sealed_accounts()
    if as_json:
        print_json(
            {
                "applications": [_as_json(one) for one in found],
                "break_glass": [login for _, login, _ in glass],
            }
        )
        return
    rows = [
        (one.application.name, f"{one.could} of {one.may}", _how(one.application, ways(one.application)))
        for one in found
    ]
    print_table(("application", "could work", "because"), rows, "No application is connected.")
    if names:
        for one in found:
            if one.could_not:
                more = f" and {len(one.could_not) - _SHOWN} more" if len(one.could_not) > _SHOWN else ""
                say(f"{one.application.name}: not {', '.join(one.could_not[:_SHOWN])}{more}")
    say(
        f"Break-glass accounts: {', '.join(login for _, login, _ in glass) or 'none; make one before you need it'}."
    )


def _at(occasion: Occasion, source: str) -> Occasion:
    try:
        address = ip_address(source) if source else None
    except ValueError as error:
        raise ConfigurationError(f"--from: expected an address, found {source!r}") from error
    return Occasion(occasion.now, occasion.request_id, occasion.actor, address, node=occasion.node)


def _how(application: Application, ways: Ways) -> str:
    if ways.code_alone:
        return "a code alone is enough"
    held = ["remembered passwords"] if application.policy.open_without_directory else []
    return ", ".join([*held, "local accounts", *(["passkeys"] if ways.pages else [])])


def _as_json(one: Outlook) -> dict[str, object]:
    return {
        "application": one.application.name,
        "could": one.could,
        "may": one.may,
        "open_without_directory": one.application.policy.open_without_directory,
        "could_not": [*one.could_not],
    }
