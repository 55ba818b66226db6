"""`portvakt doctor`: look at the whole installation; say what is wrong and what to do."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from idp.cli.checks.database import check_database
from idp.cli.checks.directories import check_directories
from idp.cli.checks.finding import Finding, Gravity, problem
from idp.cli.checks.installation import check_installation
from idp.cli.checks.network_access import check_network_access
from idp.cli.checks.passkeys import check_passkeys
from idp.cli.printing import print_json, say
from idp.cli.setting import open_setting, read_settings
from idp.domain.errors import ConfigurationError, Fault

app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Check settings, files, database, keys, clocks and directories. The exit code is 1 if there is a problem."""
    findings = []
    for finding in _findings(ctx):
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if any(finding.gravity is Gravity.PROBLEM for finding in findings):
        raise typer.Exit(1)


def _findings(ctx: typer.Context) -> Iterator[Finding]:
    try:
        settings = read_settings(ctx)
    except ConfigurationError as error:
        for line in str(error).splitlines():
            yield problem(f"settings: {line}", "docs/configuration.md describes every key")
        return
    yield from check_installation(settings)
    try:
        with open_setting(ctx) as setting:
            yield from check_database(setting)
            yield from check_directories(setting)
            yield from check_network_access(setting)
            yield from check_passkeys(settings, setting.now)
    except Fault as fault:
        yield problem(str(fault), "the checks that need it were left out")


def _print(finding: Finding) -> None:
    say(f"{finding.gravity.value:<8} {finding.what}")
    if finding.remedy:
        say(f"{'':<8}   {finding.remedy}")
