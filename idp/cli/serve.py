"""`portvakt serve`: the web server, and the jobs beside it."""

import gc
import socket

import typer

from idp.cli.allocator import keep_blocks_for_hashes
from idp.cli.setting import read_settings
from idp.domain.errors import ConfigurationError
from idp.settings import Listen, Settings

app = typer.Typer(add_completion=False)
_BACKLOG = 2048


@app.command()
def serve(ctx: typer.Context) -> None:
    """Serve sign-in, portal, administration and protocols until the process is ended."""
    run(read_settings(ctx))


def run(settings: Settings) -> None:
    """Build the site and serve it; returns when it was asked to end."""
    keep_blocks_for_hashes()
    # Start-up makes much and throws away little: the collector would only look at it again and again.
    gc.disable()
    try:
        import uvicorn  # noqa: PLC0415 - only this command needs the server

        from idp.app import build  # noqa: PLC0415 - imports everything
        from idp.web.server import server_configuration  # noqa: PLC0415 - as above

        # First of all, so that a second server by mistake is noticed before anything else is done.
        listening = _listening(settings.listen)
        configuration = server_configuration(build(settings))
        # What start-up made lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()
    with listening:
        uvicorn.Server(configuration).run(sockets=[listening])


def _listening(listen: Listen) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        return socket.create_server((listen.host, listen.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"listen: {listen.host}:{listen.port} cannot be listened on: {_bare(error)}"
        ) from error


def _bare(error: OSError) -> str:
    """Return what is wrong, without the address that Python adds."""
    return str(error.strerror).partition(" (")[0]
