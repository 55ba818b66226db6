"""`portvakt serve`: the web server, and the jobs beside it."""

import gc
import sys

import typer

from idp.cli.setting import read_settings
from idp.settings import Settings

app = typer.Typer()


@app.command()
def serve(ctx: typer.Context) -> None:
    """Serve sign-in, portal, administration and protocols until the process is ended."""
    run(read_settings(ctx))


def run(settings: Settings) -> None:
    """Build the site and serve it; returns when it was asked to end."""
    import uvicorn  # noqa: PLC0415 - only this command needs the server

    from idp.app import build  # noqa: PLC0415 - imports everything
    from idp.web.server import server_configuration  # noqa: PLC0415 - as above

    site = build(settings)
    # What start-up made lives as long as the process: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    configuration = server_configuration(site, host=settings.listen.host, port=settings.listen.port)
    server = uvicorn.Server(configuration)
    server.run()
    if not server.started:
        sys.exit(1)
