"""`portvakt who-can`: everybody who can use a system, now or on a past day."""

from typing import Annotated

import typer

from idp.cli.explain import application_called, end_of
from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import open_setting
from idp.domain.errors import ConfigurationError
from idp.domain.reach import who_can as everybody_who_can
from idp.domain.reasons import sentence

app = typer.Typer()


@app.command()
def who_can(
    ctx: typer.Context,
    application: Annotated[str, typer.Argument(help="The application's short name.")],
    day: Annotated[str, typer.Option("--on", help="A past day, such as 2026-11-01: as it was then.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List who can use APPLICATION from a network that it allows, and who could with a second factor."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        at = end_of(day) if day else setting.now
        catalogue = uow.archive.catalogue(at) if day else uow.catalogue
        if catalogue is None:
            raise ConfigurationError(f"nothing was kept as long ago as {at:%Y-%m-%d}")
        found = application_called(catalogue, application)
        standings = everybody_who_can(uow.archive.everybody(at, past=bool(day)), found, catalogue, at)
    rows = [
        {
            "login": one.known.facts.account.login,
            "name": one.known.name,
            "way": one.way.value,
            "why": sentence(one.reasons[0]) if one.reasons else "",
        }
        for one in standings
    ]
    if as_json:
        print_json(rows)
        return
    print_table(("login", "name", "how", "why"), [tuple(row.values()) for row in rows], "Nobody can.")
    say(f"{len(rows)} of those who have an account.")
