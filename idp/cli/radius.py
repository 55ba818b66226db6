"""`portvakt radius`: the RADIUS server as a process of its own, and what it would say to whom."""

import signal
import threading

import typer

from idp.cli.setting import read_settings

app = typer.Typer(help="RADIUS: the server, and what it would answer.", invoke_without_command=True)


@app.callback()
def radius(ctx: typer.Context) -> None:
    """Serve RADIUS until the process is ended; several may run side by side on one port."""
    if ctx.invoked_subcommand is not None:
        return
    from idp.app import build_radius  # noqa: PLC0415 - imports everything

    server = build_radius(read_settings(ctx))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server.run(stop)
