"""`portvakt audit review`: what an auditor should look at; the findings of the page and the API."""

from typing import Annotated

import typer

from idp.cli.printing import print_json, print_table
from idp.cli.setting import open_setting
from idp.domain.posture import DORMANT
from idp.storage.register import SqlRegister


def review(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what a review should look at: accounts, systems, rights and keys; the first of each finding by name."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        found = SqlRegister.of(uow).posture(setting.now, DORMANT).parts()
    if as_json:
        print_json(
            {
                name: {
                    "count": one.count,
                    "lines": [{"name": what, "more": more} for what, more in one.lines],
                }
                for name, one in found.items()
            }
        )
        return
    rows = [
        (name.replace("_", " "), one.count, *line)
        for name, one in found.items()
        for line in one.lines or [("", "")]
    ]
    print_table(("finding", "count", "name", "details"), rows, "")
