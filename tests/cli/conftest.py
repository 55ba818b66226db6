"""An installation made by `portvakt init`, and the command run in it."""

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.cli.main import run
from idp.keys.sealing import MasterKeys
from idp.settings import load
from idp.storage.engine import make_engine
from idp.storage.unit_of_work import SqlDatabase

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Installation:
    """A folder that commands run in."""

    def __init__(self, folder: Path, capsys, monkeypatch) -> None:
        self.folder = folder
        self._capsys = capsys
        monkeypatch.chdir(folder)
        monkeypatch.delenv("PORTVAKT_SETTINGS", raising=False)

    def portvakt(self, *arguments: str, code: int = 0) -> Result:
        """Run a command in this process; `code` is what it must end with."""
        self._capsys.readouterr()
        ended = run(arguments)
        captured = self._capsys.readouterr()
        result = Result(ended, captured.out, captured.err)
        assert ended == code, result
        assert "Traceback" not in result.err
        return result

    def process(self, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
        """Run a command as people do."""
        command = [sys.executable, "-m", "idp", *arguments]
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **options}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    @contextmanager
    def database(self):
        """The installation's database, as something else than a command would open it."""
        settings = load(self.folder / "portvakt.toml", {})
        engine = make_engine(settings.database_url)
        try:
            yield SqlDatabase(engine, MasterKeys(settings.master_key))
        finally:
            engine.dispose()

    def sql(self, statement: str) -> None:
        """Change something behind every command's back."""
        with self.database() as database, database.write() as uow:
            uow.connection.exec_driver_sql(statement)

    def administrator(self, name: str = "Anna Berg", login: str = "anna.berg") -> str:
        """Add an administrator and return the login."""
        self.portvakt("administrator", "add", name, "--login", login)
        return login


@pytest.fixture
def folder(tmp_path, capsys, monkeypatch):
    """An empty folder."""
    (tmp_path / "portvakt").mkdir()
    return Installation(tmp_path / "portvakt", capsys, monkeypatch)


@pytest.fixture
def installed(folder):
    """A fresh installation on SQLite."""
    folder.portvakt("init", "--organisation", "Ekviks kommun")
    return folder


@pytest.fixture
def anywhere(folder, database_url):
    """A fresh installation on each database."""
    folder.portvakt("init", "--database", database_url.replace("sqlite+pysqlite", "sqlite"))
    return folder
