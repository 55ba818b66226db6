"""The settings file: where it is looked for, and what it names on the disk."""

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from idp.configuration.environment import FILE_VARIABLE, with_environment
from idp.configuration.table_reader import Problems, TableReader
from idp.domain.errors import ConfigurationError
from idp.settings.whole import Settings, read_settings

FILE_NAME = "portvakt.toml"
SYSTEM_FILE = Path("/etc/portvakt") / FILE_NAME


def find_file(given: Path | None, environment: Mapping[str, str], folder: Path) -> Path:
    """Return the settings file: the given one, PORTVAKT_SETTINGS, ./portvakt.toml or /etc/portvakt's."""
    named = given or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    if named is not None:
        return named
    here = folder / FILE_NAME
    if here.exists():
        return here
    if SYSTEM_FILE.exists():
        return SYSTEM_FILE
    raise ConfigurationError(
        f"no settings: neither {here} nor {SYSTEM_FILE} exists; "
        f"run `portvakt init`, or name the file with --settings or {FILE_VARIABLE}"
    )


def load(file: Path, environment: Mapping[str, str]) -> Settings:
    """Return the settings, or raise ConfigurationError with one line for everything that is wrong."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: is not TOML: {error}") from error
    problems = Problems()
    reader = TableReader(with_environment(table, environment, problems), "", problems)
    settings = read_settings(reader, file.absolute(), environment)
    reader.finish()
    if not problems.lines:
        _check_files(settings, problems)
    problems.raise_any()
    return settings


def _check_files(settings: Settings, problems: Problems) -> None:
    checks: list[tuple[str, Path, Callable[[Path], bool], str]] = [
        ("master_key", settings.master_key, _readable, "expected a readable file (portvakt init makes one)"),
    ]
    breached = settings.passwords.breached_file
    if breached is not None:
        checks.append(("passwords.breached_file", breached, _readable, "expected a readable file"))
    folders = [("database.url", settings.database_file), ("audit.checkpoint_file", settings.checkpoint_file)]
    checks += [
        (key, path.parent, _writable, "expected a folder that can be written to")
        for key, path in folders
        if path
    ]
    for key, path, holds, expected in checks:
        if not holds(path):
            problems.add(key, f"{expected}, found {path}: {_why(path)}")


def _readable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.R_OK)


def _writable(path: Path) -> bool:
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)


def _why(path: Path) -> str:
    return "not permitted" if path.exists() else "does not exist"
