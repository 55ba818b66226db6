"""Secrets in files are references: `{ env = "NAME" }` or `{ file = "PATH" }`, or plain text at the worst.

Owns how a reference is resolved. What comes out is never part of a plan, an export or an error's text.
"""

from collections.abc import Mapping
from pathlib import Path

from idp.configuration.table_reader import FromEnvironment, TableReader

_EXPECTED = 'expected text, { env = "NAME" } or { file = "PATH" }'


def read_secret(reader: TableReader, name: str, environment: Mapping[str, str], folder: Path) -> str | None:
    """Return the secret that `name` gives or refers to; None with a problem noted if there is none."""
    value = reader.raw(name)
    key = reader.path(name)
    if isinstance(value, FromEnvironment):
        value = value.text
    if isinstance(value, str) and value:
        return value
    if isinstance(value, Mapping) and len(value) == 1:
        ((way, where),) = value.items()
        if isinstance(where, FromEnvironment):
            where = where.text
        if isinstance(where, str) and where and way == "env":
            return _from_environment(reader, key, environment, where)
        if isinstance(where, str) and where and way == "file":
            return _from_file(reader, key, folder / where)
    reader.problems.add(key, _EXPECTED)
    return None


def _from_environment(
    reader: TableReader, key: str, environment: Mapping[str, str], variable: str
) -> str | None:
    secret = environment.get(variable)
    if not secret:
        reader.problems.add(key, f"the environment variable {variable} is not set")
        return None
    return secret


def _from_file(reader: TableReader, key: str, path: Path) -> str | None:
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        reader.problems.add(key, f"the file {path} cannot be read: {error.strerror}")
        return None
    except UnicodeDecodeError:
        reader.problems.add(key, f"the file {path} is not UTF-8 text")
        return None
    if not secret:
        reader.problems.add(key, f"the file {path} is empty")
        return None
    return secret
