"""E-mail leaves through the organisation's own server (RFC 5321, RFC 6409), over TLS that is verified.

Owns the connection and the form of a message. It does not know what is told, nor when it is tried again.
"""

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from enum import StrEnum

from idp.domain.errors import Unavailable

_SECONDS = 8.0
_PERMANENT = 500


class Encryption(StrEnum):
    """How the connection is protected: TLS from the first byte, STARTTLS, or not at all (loopback)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, as whom, and from which address."""

    host: str
    sender: str
    port: int = 587
    encryption: Encryption = Encryption.STARTTLS
    login: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. `key` is the same from try to try, so that a mailbox can tell a repetition."""

    to: str
    subject: str
    text: str
    key: str
    at: datetime


class Undeliverable(Exception):
    """The server will never take this message; trying again is no use."""


class Mailer:
    """Hands messages to the server, one connection each. Safe to use from many threads."""

    def __init__(self, server: MailServer, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._trust = trust or ssl.create_default_context()

    def send(self, mail: Mail) -> None:
        """Hand one message in; raises Unavailable if that may work later, Undeliverable if it never will."""
        message = self._composed(mail)
        try:
            with self._connected() as connection:
                if self._server.login:
                    connection.login(self._server.login, self._server.password)
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            if all(code >= _PERMANENT for code in codes):
                raise Undeliverable(f"the mail server refused the recipient: {codes[0]}") from refused
            raise Unavailable(f"the mail server does not take the recipient now: {codes[0]}") from refused
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
            if refused.smtp_code >= _PERMANENT:
                raise Undeliverable(f"the mail server refused the message: {refused.smtp_code}") from refused
            raise Unavailable(
                f"the mail server does not take the message now: {refused.smtp_code}"
            ) from refused
        except (smtplib.SMTPException, OSError) as error:
            # The class alone: a server's words may quote what was sent.
            raise Unavailable(f"{self._server.host} takes no mail: {type(error).__name__}") from error

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.encryption is Encryption.TLS:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=self._trust)
        connection = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
        if server.encryption is Encryption.STARTTLS:
            try:
                connection.starttls(context=self._trust)
            except Exception:
                connection.close()
                raise
        return connection

    def _composed(self, mail: Mail) -> EmailMessage:
        """Return the message; EmailMessage refuses line breaks in headers (statement E4)."""
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.at)
        domain = parseaddr(self._server.sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<portvakt-{mail.key}@{domain}>"
        # RFC 3834 §5: no automatic reply is wanted.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message
