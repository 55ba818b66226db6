"""A private PostgreSQL cluster that is thrown away: started in a temporary folder, reachable on loopback only.

Nothing of the machine's own clusters is touched. As root the server runs as the user `postgres` (it refuses
root), otherwise as ourselves. It never syncs to disk: power failures are not what these tests are about.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

BINARIES = Path("/usr/lib/postgresql/15/bin")
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


class PostgresCluster:
    """`with PostgresCluster() as cluster: cluster.create_database("name")`."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="portvakt-postgres-"))
        try:
            self._start(self._folder)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def create_database(self, name: str) -> str:
        """A new empty database; gives its SQLAlchemy URL."""
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def drop_database(self, name: str) -> None:
        """End its connections and remove it."""
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)

    def stop(self) -> None:
        """Stop the server and delete its folder."""
        if self._folder is None:
            return
        if (self._folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Down while the block runs, up again at the same port after it. In good order: it never syncs to disk."""
        assert self._folder is not None
        data = self._folder / "data"
        self._run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")
        try:
            yield
        finally:
            self._up(data)

    def _start(self, folder: Path) -> None:
        data = folder / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self._run(
            "initdb",
            "-D",
            str(data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-locale",
        )
        for attempt in range(5):  # a free port may be taken before the server has bound it
            self.port = _free_port()
            try:
                self._up(data)
            except RuntimeError:
                if attempt == 4:
                    raise
            else:
                return

    def _up(self, data: Path) -> None:
        folder = data.parent
        settings = _SETTINGS | {"port": str(self.port), "unix_socket_directories": str(folder)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(BINARIES / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            log = self._folder / "log" if self._folder else None
            said = done.stdout.decode(errors="replace") + (log.read_text() if log and log.exists() else "")
            raise RuntimeError(f"{program} failed:\n{said}")

    def _dsn(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
