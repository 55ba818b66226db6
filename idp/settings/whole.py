"""All settings as one value, read from one table and checked whole."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from idp.configuration.secret_reference import read_secret
from idp.configuration.table_reader import IpNetwork, TableReader
from idp.mail.gateway import Gateway
from idp.mail.smtp import MailServer
from idp.metrics.server import Metrics
from idp.settings import sections
from idp.settings.mail import read_mail
from idp.settings.metrics import read_metrics
from idp.settings.passkeys import PasskeySettings, read_passkeys
from idp.settings.radius import Radius, read_radius
from idp.settings.retention import Stream, read_retention
from idp.settings.saml import Saml, read_saml
from idp.settings.sections import HOST, Listen, Log, Outgoing, Passwords, Sessions
from idp.settings.text_messages import read_daily, read_gateway

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


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
    listen: Listen = field(default_factory=Listen)
    sessions: Sessions = field(default_factory=Sessions)
    passwords: Passwords = field(default_factory=Passwords)
    outgoing: Outgoing = field(default_factory=Outgoing)
    radius: Radius = field(default_factory=Radius)
    passkeys: PasskeySettings = field(default_factory=PasskeySettings)
    saml: Saml = field(default_factory=Saml)
    checkpoint_file: Path | None = None
    mail: MailServer | None = None
    text_messages: Gateway | None = None
    metrics: Metrics = field(default_factory=Metrics)
    codes_per_day: int = 1000
    log: Log = field(default_factory=Log)
    retention: tuple[Stream, ...] = ()
    file: Path | None = None

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database; None for a server."""
        path = self.database_url.removeprefix("sqlite:///")
        return Path(path) if path != self.database_url else None


def read_settings(reader: TableReader, file: Path, environment: Mapping[str, str]) -> Settings:
    folder = file.parent
    texts = reader.inner("text_messages")
    audit = reader.inner("audit")
    checkpoint = audit.text("checkpoint_file", "")
    audit.finish()
    issuer = _issuer(reader)
    return Settings(
        issuer=issuer,
        retention=read_retention(reader.inner("retention")),
        database_url=_database_url(reader, folder, environment),
        master_key=folder / reader.text("master_key", "master.key", expected="the path of a file"),
        organisation=reader.text("organisation", "Portvakt"),
        contact=reader.text("contact", ""),
        help_text=reader.text("help_text", ""),
        mail_domain=_host(reader, "mail_domain"),
        node=reader.text("node", socket.gethostname()[:64]),
        trusted_proxies=reader.networks("trusted_proxies"),
        listen=sections.read_listen(reader.inner("listen")),
        sessions=sections.read_sessions(reader.inner("sessions")),
        passwords=sections.read_passwords(reader.inner("passwords"), folder),
        outgoing=sections.read_outgoing(reader.inner("outgoing")),
        radius=read_radius(reader.inner("radius"), folder),
        passkeys=read_passkeys(reader.inner("passkeys"), folder, issuer),
        saml=read_saml(reader.inner("saml")),
        checkpoint_file=folder / checkpoint if checkpoint else None,
        codes_per_day=read_daily(texts),
        text_messages=read_gateway(texts, environment, folder),
        mail=read_mail(reader.inner("mail"), environment, folder),
        metrics=read_metrics(reader.inner("metrics"), environment, folder),
        log=sections.read_log(reader.inner("log")),
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


def _host(reader: TableReader, name: str) -> str:
    host = reader.text(name, "").lower()
    if host and ("." not in host or not HOST.fullmatch(host)):
        reader.wrong(name, "a domain such as example.se")
    return host
