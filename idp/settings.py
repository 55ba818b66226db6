"""Settings: `portvakt.toml` and the environment, read once and checked whole at start.

Owns the names, defaults and limits of everything that is set outside the database; docs/configuration.md
describes them. What administrators change while the program runs (applications, networks, directories) is
not here but in `idp.configuration`.
"""

import os
import re
import socket
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from idp.configuration.environment import FILE_VARIABLE, with_environment
from idp.configuration.secret_reference import read_secret
from idp.configuration.table_reader import IpNetwork, Problems, TableReader
from idp.domain.errors import ConfigurationError

FILE_NAME = "portvakt.toml"
SYSTEM_FILE = Path("/etc/portvakt") / FILE_NAME
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class LogLevel(StrEnum):
    """How much is written to the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """One JSON object a line for machines, or coloured text."""

    JSON = "json"
    TEXT = "text"


class PasswordProfile(StrEnum):
    """What a local password's Argon2id hash costs: OWASP's choice (19 MiB, 2 passes) or RFC 9106 §4's."""

    OWASP = "owasp"
    RFC9106 = "rfc9106"


@dataclass(frozen=True, slots=True)
class Listen:
    """The address that `portvakt serve` binds."""

    host: str = "127.0.0.1"
    port: int = 8080


@dataclass(frozen=True, slots=True)
class Sessions:
    """How long a session may live in all, and unused."""

    absolute: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Passwords:
    """`lanes`: how many local passwords are checked at once (statement K5)."""

    lanes: int = 2
    profile: PasswordProfile = PasswordProfile.OWASP


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Where Portvakt itself may connect to on behalf of a registered client (statement O13)."""

    allowed_hosts: tuple[str, ...] = ()
    allowed_networks: tuple[IpNetwork, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """Where events go is standard error, always; this is how."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.JSON


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set outside the database."""

    issuer: str
    database_url: str = field(repr=False)
    master_key: Path
    organisation: str = "Portvakt"
    contact: str = ""
    help_text: str = ""
    mail_domain: str = ""
    node: str = ""
    trusted_proxies: tuple[IpNetwork, ...] = ()
    listen: Listen = Listen()
    sessions: Sessions = Sessions()
    passwords: Passwords = Passwords()
    outgoing: Outgoing = Outgoing()
    checkpoint_file: Path | None = None
    log: Log = Log()
    file: Path | None = None

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database; None for a server."""
        path = self.database_url.removeprefix("sqlite:///")
        return Path(path) if path != self.database_url else None


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
    settings = _read(reader, file.absolute(), environment)
    reader.finish()
    if not problems.lines:
        _check_files(settings, problems)
    problems.raise_any()
    return settings


def _read(reader: TableReader, file: Path, environment: Mapping[str, str]) -> Settings:
    folder = file.parent
    audit = reader.inner("audit")
    checkpoint = audit.text("checkpoint_file", "")
    audit.finish()
    return Settings(
        issuer=_issuer(reader),
        database_url=_database_url(reader, folder, environment),
        master_key=folder / reader.text("master_key", "master.key", expected="the path of a file"),
        organisation=reader.text("organisation", "Portvakt"),
        contact=reader.text("contact", ""),
        help_text=reader.text("help_text", ""),
        mail_domain=_host(reader, "mail_domain"),
        node=reader.text("node", socket.gethostname()[:64]),
        trusted_proxies=reader.networks("trusted_proxies"),
        listen=_listen(reader.inner("listen")),
        sessions=_sessions(reader.inner("sessions")),
        passwords=_passwords(reader.inner("passwords")),
        outgoing=_outgoing(reader.inner("outgoing")),
        checkpoint_file=folder / checkpoint if checkpoint else None,
        log=_log(reader.inner("log")),
        file=file,
    )


def _issuer(reader: TableReader) -> str:
    text = reader.text("issuer", expected="the public address, such as https://login.example.se")
    try:
        parts = urlsplit(text)
        known = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
        parts = urlsplit("")
    if text and (not known or text != f"{parts.scheme}://{parts.netloc}" or "@" in text):
        reader.wrong("issuer", "the public address alone, such as https://login.example.se, without a path")
    elif text and parts.netloc != parts.netloc.lower():
        reader.wrong("issuer", "an address in lower case")
    elif text and parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _LOOPBACK):
        reader.wrong("issuer", "https:// (http:// is for localhost alone)")
    return text


def _database_url(reader: TableReader, folder: Path, environment: Mapping[str, str]) -> str:
    inner = reader.inner("database")
    default = "sqlite:///portvakt.db"
    url = default
    if inner.has("url"):
        url = read_secret(inner, "url", environment, folder) or default
    inner.finish()
    path = url.removeprefix("sqlite:///")
    if path != url:
        if not path or path == ":memory:":
            inner.problems.add(inner.path("url"), "expected the path of a file: sqlite:///portvakt.db")
        return f"sqlite:///{folder / path}"
    if not url.startswith(("postgresql+psycopg://", "postgresql://")):
        # The address may hold a password, so it is not shown.
        inner.problems.add(inner.path("url"), "expected sqlite:///PATH or postgresql://USER@HOST/DATABASE")
    return re.sub(r"^postgresql://", "postgresql+psycopg://", url)


def _listen(inner: TableReader) -> Listen:
    listen = Listen(
        inner.text("host", Listen().host), inner.number("port", Listen().port, least=1, most=65535)
    )
    inner.finish()
    return listen


def _sessions(inner: TableReader) -> Sessions:
    minute, month = timedelta(minutes=1), timedelta(days=30)
    absolute = inner.duration("absolute", Sessions().absolute, least=minute, most=month)
    idle = inner.duration("idle", min(Sessions().idle, absolute), least=minute, most=month)
    if idle > absolute:
        inner.wrong("idle", "at most sessions.absolute")
    inner.finish()
    return Sessions(absolute, idle)


def _passwords(inner: TableReader) -> Passwords:
    lanes = inner.number("lanes", Passwords().lanes, least=1, most=64)
    profile = inner.choice("profile", Passwords().profile, {one.value: one for one in PasswordProfile})
    inner.finish()
    return Passwords(lanes, profile)


def _outgoing(inner: TableReader) -> Outgoing:
    hosts = tuple(host.lower() for host in inner.texts("allowed_hosts"))
    if not all(_HOST.fullmatch(host) for host in hosts):
        inner.wrong("allowed_hosts", "host names such as intranet.example.se, without scheme, port or *")
    outgoing = Outgoing(hosts, inner.networks("allowed_networks"))
    inner.finish()
    return outgoing


def _log(inner: TableReader) -> Log:
    level = inner.choice("level", Log().level, {one.value: one for one in LogLevel})
    form = inner.choice("format", Log().format, {one.value: one for one in LogFormat})
    inner.finish()
    return Log(level, form)


def _host(reader: TableReader, name: str) -> str:
    host = reader.text(name, "").lower()
    if host and ("." not in host or not _HOST.fullmatch(host)):
        reader.wrong(name, "a domain such as example.se")
    return host


def _check_files(settings: Settings, problems: Problems) -> None:
    checks: list[tuple[str, Path, Callable[[Path], bool], str]] = [
        ("master_key", settings.master_key, _readable, "expected a readable file (portvakt init makes one)"),
    ]
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
