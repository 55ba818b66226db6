"""The table `[mail]`: the server that messages to people are handed to. Without it nobody is told by mail."""

from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path

from idp.configuration.secret_reference import read_secret
from idp.configuration.table_reader import TableReader
from idp.mail.smtp import Encryption, MailServer

_PORTS = {Encryption.TLS: 465, Encryption.STARTTLS: 587, Encryption.NONE: 25}


def read_mail(inner: TableReader, environment: Mapping[str, str], folder: Path) -> MailServer | None:
    """Return the server, None if no host is given."""
    host = inner.text("host", "")
    encryption = inner.choice("encryption", Encryption.STARTTLS, {one.value: one for one in Encryption})
    port = inner.number("port", _PORTS[encryption], least=1, most=65535)
    sender = inner.text("sender", "")
    login = inner.text("login", "")
    password = read_secret(inner, "password", environment, folder) or "" if inner.has("password") else ""
    inner.finish()
    if not host:
        return None
    if "@" not in parseaddr(sender)[1] or not sender.isprintable():
        inner.wrong("sender", "an address that messages come from, such as Portvakt <no-reply@example.se>")
    if bool(login) != bool(password):
        inner.wrong("login", "login and password together, or neither")
    return MailServer(host, sender, port, encryption, login, password)
