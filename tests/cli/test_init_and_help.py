"""`init`, the list of commands, and what a command that was not understood says."""

import stat
import tomllib

import pytest

from idp.cli.main import COMMANDS
from idp.settings import load


def test_init_makes_an_installation_that_works(folder):
    folder.portvakt("init", "--organisation", 'The "best" kommun', "--issuer", "http://localhost:9123")
    settings = load(folder.folder / "portvakt.toml", {})
    assert settings.organisation == 'The "best" kommun'
    assert settings.issuer == "http://localhost:9123"
    assert settings.listen.port == 9123
    assert folder.portvakt("audit", "verify").out.startswith("The log is whole: 0 sealed")


def test_what_init_writes_says_just_the_defaults(folder, tmp_path):
    folder.portvakt("init")
    written = load(folder.folder / "portvakt.toml", {})
    (tmp_path / "master.key").touch()
    (tmp_path / "portvakt.toml").write_text('issuer = "http://localhost:8080"\n')
    least = load(tmp_path / "portvakt.toml", {})
    different = [
        name
        for name in written.__slots__
        if getattr(written, name) != getattr(least, name)
        and name not in ("file", "master_key", "database_url")
    ]
    assert different == []


def test_K1_only_the_owner_may_read_key_and_database(installed):
    for name in ("master.key", "portvakt.db"):
        assert stat.S_IMODE((installed.folder / name).stat().st_mode) == 0o600, name
    assert not stat.S_IMODE((installed.folder / "portvakt.toml").stat().st_mode) & stat.S_IRWXO


def test_init_overwrites_nothing(installed):
    before = {path: path.read_bytes() for path in installed.folder.iterdir()}
    assert "exists already" in installed.portvakt("init", code=1).err
    (installed.folder / "portvakt.toml").unlink()
    assert "master.key exists already" in installed.portvakt("init", code=1).err
    after = {path: path.read_bytes() for path in installed.folder.iterdir()}
    before.pop(installed.folder / "portvakt.toml")
    assert after == before


def test_init_with_something_wrong_leaves_the_place_empty(folder):
    result = folder.portvakt("init", "--issuer", "http://login.example.se", code=1)
    assert result.err.startswith("portvakt: issuer: expected https://")
    assert list(folder.folder.iterdir()) == []


def test_init_with_an_unreachable_database_says_how_to_go_on(folder):
    result = folder.portvakt("init", "--database", "postgresql://u:canary@127.0.0.1:1/none", code=1)
    assert "does not answer" in result.err
    assert "portvakt upgrade" in result.err
    assert "canary" not in result.err


def test_upgrade_says_that_there_is_nothing_to_do(installed):
    assert "already" in installed.portvakt("upgrade").out


def test_help_lists_every_command_and_each_has_a_help_text(folder):
    text = folder.portvakt("--help").out
    for name in COMMANDS:
        assert f" {name} " in text
        page = folder.portvakt(name, "--help").out
        assert "Usage: portvakt" in page


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("account",),
        ("account", "frobnicate"),
        ("account", "disable"),
        ("keys", "--no"),
    ],
)
def test_what_is_not_understood_ends_with_2_and_no_traceback(folder, arguments):
    folder.portvakt(*arguments, code=2)


def test_without_settings_a_command_says_what_to_do(folder):
    result = folder.portvakt("audit", "verify", code=1)
    assert result.err.count("\n") == 1
    assert "portvakt init" in result.err


def test_every_wrong_setting_is_a_line(installed):
    file = installed.folder / "portvakt.toml"
    settings = tomllib.loads(file.read_text())
    assert settings["listen"]["port"] == 8080
    file.write_text(file.read_text().replace("port = 8080", "port = 0\nprot = 1").replace('"2h"', '"never"'))
    lines = installed.portvakt("audit", "verify", code=1).err.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["listen.port", "listen.prot", "sessions.idle"]


def test_as_a_process_from_another_folder(installed, tmp_path):
    settings = str(installed.folder / "portvakt.toml")
    for arguments, environment in (
        (("--settings", settings, "audit", "verify"), {}),
        (("audit", "verify"), {"PORTVAKT_SETTINGS": settings}),
    ):
        done = installed.process(*arguments, **environment)
        assert (done.returncode, done.stderr) == (0, "")
    done = installed.process("account", "show", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "portvakt: no account has the login or address 'nobody'\n"


def test_a_reader_that_has_seen_enough_is_no_fault(installed):
    installed.administrator()
    done = installed.process("audit", "show", "--json")
    assert done.returncode == 0
