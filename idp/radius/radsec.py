"""RADIUS over TLS (RFC 6614): who sends is known by certificate, both sides show one, the shared secret is fixed.

A stream of packets instead of datagrams; everything behind it is the same. What is no packet ends the connection.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from structlog import get_logger

from idp.domain.errors import ConfigurationError
from idp.radius.intake import Intake, Port
from idp.radius.nas import Nas
from idp.radius.packet import HEADER_BYTES, LONGEST, Code, Malformed, decode
from idp.radius.received import Answer, Dropped, IpAddress, Received

#: RFC 6614 §2.3: TLS protects, the secret only keeps the packets' form.
SECRET = b"radsec"
_LENGTH_BYTES = 4
_HANDSHAKE_SECONDS = 10
_BACKLOG = 128

_log = get_logger(__name__)

Send = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Tls:
    """Where RADIUS over TLS is served, with the server's certificate and key and the clients' authority."""

    port: int
    certificate: Path
    key: Path
    authority: Path

    def context(self) -> ssl.SSLContext:
        """Return the context; raises ConfigurationError if a file does not hold what it should."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        return self._filled(context)

    def asking(self) -> ssl.SSLContext:
        """Return the context for connections to clients, which have to show their certificates as well."""
        return self._filled(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def _filled(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.key)
            context.load_verify_locations(self.authority)
        except OSError as error:
            raise ConfigurationError(
                f"radius: the files of RADIUS over TLS cannot be used: {error.strerror or error}"
            ) from error
        return context


@dataclass(frozen=True, slots=True)
class RadSec:
    """One listener. `handle` takes a checked packet in its turn; `note` counts what was not taken."""

    intake: Intake
    handle: Callable[[Received, Port, Send], None]
    note: Callable[[Answer, IpAddress], None]

    async def serve(self, bound: socket.socket, context: ssl.SSLContext) -> asyncio.Server:
        """Begin to take connections."""
        return await asyncio.start_server(
            self._connected,
            sock=bound,
            ssl=context,
            backlog=_BACKLOG,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS,
        )

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        source = ip_address(str(peer[0]).partition("%")[0])
        nas = self.intake.register.by_certificate(names_of(writer.get_extra_info("ssl_object").getpeercert()))
        try:
            if nas is None:
                self.note(Answer(dropped=Dropped.UNKNOWN_SOURCE), source)
                return
            while await self._take(reader, writer, source, peer[1], nas):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass  # the other side has gone
        finally:
            writer.close()

    async def _take(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        source: IpAddress,
        port: int,
        nas: Nas,
    ) -> bool:
        """Take one packet; False if the connection is to be closed."""
        start = await reader.readexactly(_LENGTH_BYTES)
        length = int.from_bytes(start[2:], "big")
        if not HEADER_BYTES <= length <= LONGEST:
            self.note(Answer(dropped=Dropped.MALFORMED), source)
            return False
        packet = decode(start + await reader.readexactly(length - _LENGTH_BYTES))
        if isinstance(packet, Malformed):
            self.note(Answer(dropped=Dropped.MALFORMED), source)
            return False

        def send(reply: bytes) -> None:
            if not writer.is_closing():
                writer.write(reply)

        kind = Port.ACCOUNTING if packet.code is Code.ACCOUNTING_REQUEST else Port.ACCESS
        taken = self.intake.of(packet, source, port, kind, replace(nas, secrets=(SECRET,), signed=True))
        if isinstance(taken, Received):
            self.handle(taken, kind, send)
        else:
            self.note(taken, source)
            if taken.reply is not None:
                send(taken.reply)
        return True


def names_of(certificate: dict[str, Any] | None) -> tuple[str, ...]:
    """Return the DNS names of a checked certificate."""
    held = (certificate or {}).get("subjectAltName", ())
    return tuple(name for kind, name in held if kind == "DNS")
