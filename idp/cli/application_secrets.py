"""`portvakt application new-secret|end-old-secret|add-key|remove-key`: how a system over OpenID Connect proves itself.

Two are good until the system uses the new one.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.deciding import application_called, had_been_done, settled
from idp.cli.printing import say
from idp.cli.setting import open_setting
from idp.domain.errors import ConfigurationError
from idp.domain.roles import SERVER
from idp.oidc.administration import credentials

Name = Annotated[str, typer.Argument(help="The system's short name.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]


def new_secret(ctx: typer.Context, name: Name, reason: Reason) -> None:
    """Print a new secret, once; the one before stays good until `end-old-secret`."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        system = application_called(uow, name).id
        made = settled(credentials.new_secret(uow, SERVER, system, reason, setting.occasion()))
    say(made.secret)
    say(f"For {name}. The one before stays good until `portvakt application end-old-secret {name}`.")


def end_old_secret(ctx: typer.Context, name: Name, reason: Reason) -> None:
    """Let only the new secret be good."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        system = application_called(uow, name).id
        already = had_been_done(credentials.end_old_secret(uow, SERVER, system, reason, setting.occasion()))
    say(f"{name} has one secret{' already' if already else ''}.")


def add_key(
    ctx: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(help="A JWK Set or one public key; - is standard input.")],
    reason: Reason,
) -> None:
    """Take another public key in beside the one there is."""
    try:
        pasted = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read as text") from error
    with open_setting(ctx) as setting, setting.database.write() as uow:
        system = application_called(uow, name).id
        settled(credentials.add_key(uow, SERVER, system, pasted, reason, setting.occasion()))
    say(f"{name} may sign with the new key too.")


def remove_key(
    ctx: typer.Context,
    name: Name,
    key: Annotated[str, typer.Argument(help="The key's `kid`.")],
    reason: Reason,
) -> None:
    """Take a public key out; the last one stays."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        system = application_called(uow, name).id
        settled(credentials.remove_key(uow, SERVER, system, key, reason, setting.occasion()))
    say(f"{name} cannot sign with {key} any more.")
