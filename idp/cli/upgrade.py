"""`portvakt upgrade`: the database's schema of this version."""

import typer

from idp.cli.printing import say
from idp.cli.setting import read_settings
from idp.storage.engine import make_engine
from idp.storage.schema import expected_revision
from idp.storage.schema import upgrade as upgraded

app = typer.Typer(add_completion=False)


@app.command()
def upgrade(ctx: typer.Context) -> None:
    """Bring the database to the schema of this version; `portvakt serve` does so too when it starts."""
    engine = make_engine(read_settings(ctx).database_url)
    changed = upgraded(engine)
    engine.dispose()
    say(f"The database's schema is {expected_revision()}{', now' if changed else ' already'}.")
