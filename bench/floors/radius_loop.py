"""Starts the bare RADIUS loop."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.floors.servers import ROOT
from bench.processes import free_port, serving
from bench.radius_client import Client, RadiusServer
from bench.workbench import Workbench

HOLDERS = 40_000
_SECRET = "bench-l00p-0123456789abcdef"


@contextmanager
def bare_loop(bench: Workbench, kind: str) -> Iterator[RadiusServer]:
    """Run the loop for TOTP or HOTP with HOLDERS people while the block lasts."""
    port = free_port()
    arguments = [str(bench.folder / f"radius-{kind}.db"), kind, _SECRET, str(HOLDERS), str(port)]
    command = [sys.executable, "-m", "bench.floors.radius_codes", *arguments]
    with (
        Client(port, _SECRET.encode()) as asking,
        serving(command, port, bench.folder / "radius-loop.log", folder=ROOT, ready=asking.is_well) as pid,
    ):
        yield RadiusServer(port, pid, _SECRET.encode())
