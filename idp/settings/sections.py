"""The tables of `portvakt.toml` that every installation has: each with its values, defaults and limits.

A room that is set outside the database brings a table of its own in a file of its own beside this one.
"""

import os
import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from idp.configuration.table_reader import IpNetwork, TableReader

HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)


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
    """Local passwords.

    Attributes:
        lanes: how many are checked at once (statement K5); one for each core, since two on one core push each
            other's memory out of its cache.
        profile: what a hash costs.
        least_score: how hard a new one must be to guess, 0 to 4 (zxcvbn's score).
        breached_file: a sorted list of hashes of passwords that have leaked, if there is one.
    """

    lanes: int = field(default_factory=lambda: min(len(os.sched_getaffinity(0)), 4))
    profile: PasswordProfile = PasswordProfile.OWASP
    least_score: int = 3
    breached_file: Path | None = None
    remember_for: timedelta = timedelta()


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


def read_listen(inner: TableReader) -> Listen:
    listen = Listen(
        inner.text("host", Listen().host), inner.number("port", Listen().port, least=1, most=65535)
    )
    inner.finish()
    return listen


def read_sessions(inner: TableReader) -> Sessions:
    minute, month = timedelta(minutes=1), timedelta(days=30)
    absolute = inner.duration("absolute", Sessions().absolute, least=minute, most=month)
    idle = inner.duration("idle", min(Sessions().idle, absolute), least=minute, most=month)
    if idle > absolute:
        inner.wrong("idle", "at most sessions.absolute")
    inner.finish()
    return Sessions(absolute, idle)


def read_passwords(inner: TableReader, folder: Path) -> Passwords:
    lanes = inner.number("lanes", Passwords().lanes, least=1, most=64)
    profile = inner.choice("profile", Passwords().profile, {one.value: one for one in PasswordProfile})
    score = inner.number("least_score", Passwords().least_score, least=0, most=4)
    breached = inner.text("breached_file", "")
    remember = inner.duration("remember_for", timedelta(), least=timedelta(), most=timedelta(days=14))
    inner.finish()
    return Passwords(lanes, profile, score, folder / breached if breached else None, remember)


def read_outgoing(inner: TableReader) -> Outgoing:
    hosts = tuple(host.lower() for host in inner.texts("allowed_hosts"))
    if not all(HOST.fullmatch(host) for host in hosts):
        inner.wrong("allowed_hosts", "host names such as intranet.example.se, without scheme, port or *")
    outgoing = Outgoing(hosts, inner.networks("allowed_networks"))
    inner.finish()
    return outgoing


def read_log(inner: TableReader) -> Log:
    level = inner.choice("level", Log().level, {one.value: one for one in LogLevel})
    form = inner.choice("format", Log().format, {one.value: one for one in LogFormat})
    inner.finish()
    return Log(level, form)
