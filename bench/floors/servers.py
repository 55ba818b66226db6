"""Starts the floors that are servers, and makes their load."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.http_client import Browser
from bench.load import CONNECTIONS, LoadFailed, Reading, Unit, drive, run
from bench.processes import free_port, serving

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class FloorServer:
    """A floor that listens."""

    port: int
    pid: int

    def reading(self, seconds: float, path: str = "/") -> Reading:
        """Ask for a path for some seconds."""

        async def measure() -> Reading:
            browsers = [Browser(f"http://127.0.0.1:{self.port}") for _ in range(CONNECTIONS)]
            reading = await drive([asking(one, path) for one in browsers], seconds, [self.pid])
            for browser in browsers:
                browser.close()
            return reading

        return run(measure())


@contextmanager
def floor_server(module: str, folder: Path, *arguments: str) -> Iterator[FloorServer]:
    """Run a module of `bench.floors` as a server; it is given `arguments` and a port."""
    port = free_port()
    command = [sys.executable, "-m", f"bench.floors.{module}", *arguments, str(port)]
    with serving(command, port, folder / f"{module}.log", folder=ROOT) as pid:
        yield FloorServer(port, pid)


def asking(browser: Browser, path: str) -> Unit:
    """Return the unit of asking for a page that must be there."""

    async def ask() -> None:
        answer = await browser.get(path)
        if answer.status != 200:
            raise LoadFailed(f"{path}: {answer.status} {answer.text[:200]}")

    return ask
