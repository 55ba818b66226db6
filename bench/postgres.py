"""A private PostgreSQL for the bench, as durable as an operator's: on loopback, in a folder of its own, on core 0."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import SERVERS, free_port

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class PostgresUnavailable(RuntimeError):
    """PostgreSQL's programs are missing, or did not start."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run it while the block lasts; as root it runs as the user `postgres`, for it refuses root."""
    if not _BINARIES:
        raise PostgresUnavailable("PostgreSQL is missing: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="portvakt-bench-postgres-"))
    data, port = folder / "data", free_port()
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale")
        options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        _run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
        yield Postgres(port, int((data / "postmaster.pid").read_text().split()[0]))
    finally:
        if (data / "postmaster.pid").exists():
            _run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str) -> None:
    command = [str(_BINARIES[-1] / program), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    done = subprocess.run(
        ["taskset", "-c", str(SERVERS), *command],
        cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if done.returncode:
        raise PostgresUnavailable(f"{program}: {done.stdout.decode(errors='replace')[-500:]}")
