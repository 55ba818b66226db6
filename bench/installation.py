"""A Portvakt of the bench's own: set up by its own commands, filled in bulk, served as an operator would.

Owns one folder with settings, key and database. Knows nothing of what is measured.
"""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from bench.http_client import Browser
from bench.population import Resident, populate, sign_in_directly
from bench.processes import free_port, serving
from bench.saml_service import METADATA
from idp.keys.sealing import MasterKeys
from idp.storage.engine import make_engine
from idp.storage.unit_of_work import SqlDatabase
from idp.web.cookies import SESSION

CONFIGURATION = Path(__file__).with_name("configuration.toml")
SECRET = "bench-secret-0123456789abcdefghijklmnop"
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Site:
    """A running Portvakt: where, and as which process."""

    issuer: str
    pid: int


@dataclass
class Installation:
    """One installation.

    `sessions` are handles of living sessions, one for each of the first residents; `steps` the last step of time (RFC
    6238) in which each of them used a one-time code, by login.
    """

    folder: Path
    port: int
    accounts: int = 0
    residents: list[Resident] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    steps: dict[str, int] = field(default_factory=dict)
    client_secret: str = SECRET

    @classmethod
    def make(cls, folder: Path, accounts: int, sessions: int, database: str = "") -> "Installation":
        """Set up a Portvakt with accounts and sessions; `database` is a URL, SQLite without."""
        made = cls.empty(
            folder, CONFIGURATION.read_text(encoding="utf-8"), {"bench": SECRET, "saml": METADATA}, database
        )
        made.accounts = accounts
        with made.database() as opened:
            made.residents = populate(opened, accounts)
            made.sessions = sign_in_directly(opened, made.residents[:sessions])
        return made

    @classmethod
    def empty(
        cls, folder: Path, configuration: str, secrets: Mapping[str, str], database: str = ""
    ) -> "Installation":
        """Set up anew by Portvakt's own commands: settings, key, database, and what `configuration` describes."""
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "secrets").mkdir(parents=True)
        made = cls(folder, free_port())
        url = database or f"sqlite:///{folder / 'portvakt.db'}"
        made.run("init", "--folder", str(folder), "--issuer", made.issuer, "--organisation", "Ekvik kommun",
                 "--database", url)  # fmt: skip
        made._write_settings()
        for name, secret in secrets.items():
            (folder / "secrets" / name).write_text(secret, encoding="utf-8")
        (folder / "bench.toml").write_text(configuration, encoding="utf-8")
        made.run("--settings", str(made.settings), "apply", str(folder / "bench.toml"))
        return made

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def settings(self) -> Path:
        return self.folder / "portvakt.toml"

    def _write_settings(self) -> None:
        settings = tomllib.loads(self.settings.read_text(encoding="utf-8"))
        settings["listen"] = {"host": "127.0.0.1", "port": self.port}
        self.settings.write_text(tomli_w.dumps(settings), encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        """Return a command of Portvakt with these settings."""
        return [sys.executable, "-m", "idp", "--settings", str(self.settings), *arguments]

    def run(self, *arguments: str) -> None:
        """Run a command of Portvakt to its end; raises RuntimeError with what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "idp", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"portvakt {' '.join(arguments)}: {done.stderr or done.stdout}")

    @contextmanager
    def database(self) -> Iterator[SqlDatabase]:
        """Open the database beside the server."""
        url = tomllib.loads(self.settings.read_text(encoding="utf-8"))["database"]["url"]
        engine = make_engine(url)
        try:
            yield SqlDatabase(engine, MasterKeys(self.folder / "master.key"))
        finally:
            engine.dispose()

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[Site]:
        """Serve while the block lasts; a second process takes another `port`."""
        port = port or self.port
        environment = {"PORTVAKT_LISTEN__PORT": str(port)} if port != self.port else {}
        log = self.folder / f"serve-{port}.log"
        command = self.command("serve")
        with serving(command, port, log, folder=ROOT, environment=environment) as pid:
            yield Site(self.issuer, pid)

    def browser(self, number: int, port: int = 0) -> Browser:
        """Return the browser of a resident with a living session."""
        browser = Browser(self.issuer, connect=port or self.port)
        browser.cookies[SESSION] = self.sessions[number % len(self.sessions)]
        return browser
