"""`portvakt keys`: the keys that sign tokens."""

from typing import Annotated

import typer

from idp.cli.printing import print_table, say
from idp.cli.setting import open_setting
from idp.domain.errors import ConfigurationError
from idp.keys import jwk, rollover
from idp.keys.rotation import Rotation
from idp.keys.store import StoredKey

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Signing keys: list, rotate, withdraw.")

Algorithm = Annotated[str | None, typer.Option(help="ES256 or RS256; every algorithm if not given.")]


@app.command("list")
def show(ctx: typer.Context) -> None:
    """List every signing key there has been, oldest first."""
    with open_setting(ctx) as setting:
        keys = rollover.list_keys(setting.database)
    rows = [(key.kid, key.algorithm, _times(key)) for key in keys]
    print_table(
        ("key", "algorithm", "life (UTC)"), rows, "No signing key yet; `portvakt serve` makes the first."
    )


@app.command()
def rotate(ctx: typer.Context, algorithm: Algorithm = None) -> None:
    """Publish a successor now; it signs once relying parties have had time to read it."""
    chosen = jwk.ALGORITHMS if algorithm is None else [algorithm]
    if algorithm is not None and algorithm not in jwk.ALGORITHMS:
        raise ConfigurationError(
            f"--algorithm: expected one of {', '.join(jwk.ALGORITHMS)}, found {algorithm!r}"
        )
    with open_setting(ctx) as setting:
        rollover.ensure_first(setting.database, setting.sealer, setting.occasion())
        for one in chosen:
            outcome = rollover.rotate(setting.database, setting.sealer, one, Rotation(), setting.occasion())
            match outcome:
                case rollover.Planned():
                    say(
                        f"{one}: {outcome.kid} is published and signs from {outcome.signs_from:%Y-%m-%d %H:%M} UTC"
                    )
                case rollover.AlreadyPlanned():
                    say(
                        f"{one}: {outcome.kid} is published already, signs from {outcome.signs_from:%Y-%m-%d %H:%M} UTC"
                    )
                case rollover.NoKey():
                    say(f"{one}: there is no key to succeed")


# A key's id is base64url (RFC 7638), and one in 64 begins as an option does.
@app.command(context_settings={"ignore_unknown_options": True})
def withdraw(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="The key's id, from `list`.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
) -> None:
    """Take a key that others may know out of use at once; what it signed is refused from now on."""
    with open_setting(ctx) as setting:
        outcome = rollover.withdraw(setting.database, setting.sealer, key, reason, setting.occasion())
    if isinstance(outcome, rollover.NoKey):
        raise ConfigurationError(f"no published key has the id {key!r}")
    say(f"{key} is withdrawn; {outcome.kid} signs from {outcome.signs_from:%Y-%m-%d %H:%M} UTC")


def _times(key: StoredKey) -> str:
    life = key.life
    parts = [f"signs from {life.signs_from:%Y-%m-%d %H:%M}"]
    if life.signs_until is not None:
        parts.append(f"until {life.signs_until:%Y-%m-%d %H:%M}")
    if life.retires_at is not None:
        parts.append(f"published until {life.retires_at:%Y-%m-%d %H:%M}")
    return ", ".join(parts)
