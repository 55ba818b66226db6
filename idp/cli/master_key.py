"""`portvakt master-key`: change the key that secrets are sealed with while everything runs (statement K3)."""

from typing import Annotated

import typer

from idp.cli.printing import print_table, say
from idp.cli.setting import open_setting
from idp.domain.errors import ConfigurationError
from idp.keys import master_rotation
from idp.storage import resealing
from idp.storage.resealing import seals_of

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The master key: list, rotate, reseal, drop; prepare and promote for several nodes.",
)

Key = Annotated[str, typer.Argument(help="The key's id, from `list`.")]


@app.command("list")
def show(ctx: typer.Context) -> None:
    """List the keys of the file, and how many values are sealed under each."""
    with open_setting(ctx) as setting:
        lines = master_rotation.list_keys(setting.settings.master_key, seals_of(setting.database))
    rows = [(line.id, line.role, f"{line.since:%Y-%m-%d %H:%M}", line.values) for line in lines]
    print_table(("key", "role", "since (UTC)", "values"), rows, "")


@app.command()
def rotate(ctx: typer.Context) -> None:
    """Add a key and seal with it from now on. For one machine; `serve` seals the rest anew."""
    with open_setting(ctx) as setting:
        done = master_rotation.rotate(setting.settings.master_key, setting.database, setting.occasion())
    say(f"{done.key_id} seals from now on. Copy the file again; later: `portvakt master-key drop OLD`.")


@app.command()
def prepare(ctx: typer.Context) -> None:
    """Add a key that only opens, to be copied to every node before it seals."""
    with open_setting(ctx) as setting:
        done = master_rotation.prepare(setting.settings.master_key, setting.database, setting.occasion())
    say(
        f"{done.key_id} is prepared. Copy the file to every node, then: `portvakt master-key promote {done.key_id}`."
    )


@app.command()
def promote(ctx: typer.Context, key: Key) -> None:
    """Let a prepared key seal from now on."""
    with open_setting(ctx) as setting:
        master_rotation.promote(setting.settings.master_key, key, setting.database, setting.occasion())
    say(f"{key} seals from now on. Copy the file to every node again.")


@app.command()
def reseal(ctx: typer.Context) -> None:
    """Seal anew what is under an older key; `serve` does so by itself, this does it now."""
    with open_setting(ctx) as setting:
        done = resealing.reseal(setting.database, setting.sealer, lambda: True)
    say(f"{done.count} value(s) sealed anew.")
    if done.broken:
        raise ConfigurationError(
            "\n".join(f"{purpose}: does not open and stays as it is" for purpose in done.broken)
        )


@app.command()
def drop(ctx: typer.Context, key: Key) -> None:
    """Drop a key that nothing is sealed under any more."""
    with open_setting(ctx) as setting:
        outcome = master_rotation.drop(
            setting.settings.master_key, key, seals_of(setting.database), setting.database, setting.occasion()
        )
    if isinstance(outcome, master_rotation.StillUsed):
        raise ConfigurationError(
            f"{outcome.values} value(s) are sealed under {key}: `portvakt master-key reseal` first"
        )
    say(f"{key} is dropped. Copies of the file that hold it still open old backups: keep one with them.")
