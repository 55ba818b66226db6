"""The file of `portvakt apply`, from TOML to contents, with every problem in it named at once.

Owns the keys of the file (docs/configuration.md). References to what is stored are checked later, in `references`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from idp.configuration import factors
from idp.configuration.fields import plain
from idp.configuration.objects import (
    TABLE_OF,
    ApplicationContent,
    Content,
    DirectoryContent,
    GroupContent,
    Kind,
    Reference,
)
from idp.configuration.policy import read_policy
from idp.configuration.ports import ApplicationExtension, DirectoryCheck
from idp.configuration.secret_reference import read_secret
from idp.configuration.table_reader import Problems, TableReader
from idp.domain.errors import ConfigurationError
from idp.domain.network import Network

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_LONGEST_GROUP = 255
_KEPT = "\x00kept"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What reading needs besides the file itself."""

    environment: Mapping[str, str]
    folder: Path
    extensions: Mapping[str, ApplicationExtension]
    check_directory: DirectoryCheck


def read_file(text: str, surroundings: Surroundings) -> dict[Reference, Content]:
    """Return what the file describes; raises ConfigurationError with a line for everything wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"the file is not TOML: {error}") from error
    problems = Problems()
    reader = TableReader(table, "", problems)
    found: dict[Reference, Content] = {}
    for kind in Kind:
        for name, inner in reader.named(TABLE_OF[kind]).items():
            _check_name(kind, name, inner)
            found[Reference(kind, name)] = _content(kind, name, inner, surroundings)
            inner.finish()
    reader.finish()
    problems.raise_any()
    return found


def _check_name(kind: Kind, name: str, inner: TableReader) -> None:
    if kind is Kind.ORGANISATION:
        if name != factors.NAME:
            inner.problems.add(inner.key, f"is not a known table; {factors.NAME} is one")
    elif kind is Kind.GROUP:
        if not name.strip() or len(name) > _LONGEST_GROUP:
            inner.problems.add(inner.key, f"expected a name of 1 to {_LONGEST_GROUP} characters")
    elif not _NAME.fullmatch(name):
        inner.problems.add(inner.key, "expected a name of a-z, 0-9, - and _, at most 64 characters")


def _content(kind: Kind, name: str, table: TableReader, surroundings: Surroundings) -> Content:
    match kind:
        case Kind.ORGANISATION:
            return factors.read_factors(table)
        case Kind.NETWORK:
            return _network(name, table)
        case Kind.DIRECTORY:
            return _directory(name, table, surroundings)
        case Kind.GROUP:
            return GroupContent(tuple(dict.fromkeys(table.texts("members"))))
        case Kind.APPLICATION:
            return _application(table, surroundings)


def _network(name: str, table: TableReader) -> Network:
    prefixes = table.networks("prefixes")
    if not table.texts("prefixes"):
        table.problems.add(table.path("prefixes"), "expected at least one address range")
    return Network(
        name=name,
        prefixes=prefixes,
        may_enrol=table.boolean("may_enrol", default=False),
        failure_limit=table.optional_number("failure_limit", least=1, most=1_000_000),
    )


def _directory(name: str, table: TableReader, surroundings: Surroundings) -> DirectoryContent:
    password = None
    if table.has("bind_password"):
        password = read_secret(table, "bind_password", surroundings.environment, surroundings.folder)
    mail_domain = table.text("mail_domain", "").lower()
    settings = {
        key: table.raw(key) for key in table.table if key not in ("bind_password", "mail_domain", "name")
    }
    for key in ("ca_file", "path"):
        if isinstance(settings.get(key), str):
            settings[key] = str(surroundings.folder / str(settings[key]))
    try:
        surroundings.check_directory(
            {**settings, "name": name, "bind_password": password or _KEPT}, table.key
        )
    except ConfigurationError as error:
        table.problems.lines += str(error).splitlines()
    return DirectoryContent(plain(settings), mail_domain, password)


def _application(table: TableReader, surroundings: Surroundings) -> ApplicationContent:
    extensions = surroundings.extensions
    protocol = table.choice("protocol", None, {name: name for name in extensions})
    part = _references_resolved(table.inner(protocol), surroundings)
    extension: object | None = None
    try:
        extension = extensions[protocol].parse(part, table.path(protocol))
    except ConfigurationError as error:
        table.problems.lines += str(error).splitlines()
    return ApplicationContent(
        title=table.text("title", expected="the name that people read"),
        protocol=protocol,
        policy=read_policy(table.inner("policy")),
        titles=_titles(table.inner("titles")),
        description=table.text("description", ""),
        url=_url(table),
        owner=table.text("owner", ""),
        enabled=table.boolean("enabled", default=True),
        extension=extension,
        secrets={
            name: value for name, value in part.items() if _names_secret(name) and isinstance(value, str)
        },
    )


def _references_resolved(part: TableReader, surroundings: Surroundings) -> dict[str, object]:
    return {
        name: read_secret(part, name, surroundings.environment, surroundings.folder)
        if _names_secret(name) or _names_file(value)
        else value
        for name, value in part.table.items()
    }


def _names_secret(name: str) -> bool:
    return name.endswith(("secret", "password"))


def _names_file(value: object) -> bool:
    """Whether a value stands in a file of its own: `{ file = "PATH" }`, for what is too long or too secret."""
    return isinstance(value, Mapping) and list(value) == ["file"]


def _titles(table: TableReader) -> dict[str, str]:
    for language in table.table:
        if not _LANGUAGE.fullmatch(language):
            table.problems.add(table.path(language), "expected a language such as sv or en")
    return {language: table.text(language) for language in table.table}


def _url(table: TableReader) -> str:
    url = table.text("url", "")
    if url:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("https", "http") or not parts.hostname:
            table.wrong("url", "an address such as https://intranet.example.se/")
    return url
