"""The asynchronous edge: UDP sockets, several processes side by side on one port, worker threads behind.

A datagram is judged in the loop (`intake`), handled in a thread in its turn (`desk`), and answered; a refusal
leaves on a beat, so that how long a check took cannot be heard (S9). Nothing here decides.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, cast

from sqlalchemy.exc import DBAPIError
from structlog import get_logger

from idp.domain.errors import ConfigurationError, Fault
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.ports import Database
from idp.radius.counters import Counters, record_dropped
from idp.radius.desk import Desk
from idp.radius.intake import Intake, Port
from idp.radius.radsec import RadSec, Tls
from idp.radius.received import Answer, Dropped, Received
from idp.radius.register import NasRegister
from idp.radius.store import duplicates
from idp.web.beat import until_beat

_RECEIVE_BUFFER = 4 * 1024 * 1024
_EVERY_SECOND = 1.0
_PRUNE_EVERY = 10

_log = get_logger(__name__)
Answering = Callable[[Received], Answer]


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen; several processes may share it. Ports of 0 are chosen by the system, for tests."""

    addresses: tuple[str, ...] = ("127.0.0.1",)
    port: int = 1812
    accounting_port: int = 1813
    workers: int = 16
    tls: Tls | None = None


class RadiusServer:
    """One process's server."""

    def __init__(
        self,
        database: Database,
        handlers: dict[Port, Answering],
        listening: Listening,
        clock: Callable[[], datetime],
        node: str = "",
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._listening = listening
        self._clock = clock
        self._node = node
        self.register = NasRegister(database)
        self.intake = Intake(self.register)
        self.counters = Counters()
        self._executor = ThreadPoolExecutor(listening.workers, "radius")
        self._sockets = [
            (port, _bound(address, number))
            for address in listening.addresses
            for port, number in (
                (Port.ACCESS, listening.port),
                (Port.ACCOUNTING, listening.accounting_port),
            )
        ]
        tls = listening.tls
        self._tls_context = tls.context() if tls else None
        self._tls_sockets = [
            _bound(address, tls.port, socket.SOCK_STREAM) for address in listening.addresses if tls
        ]
        self._desk: Desk | None = None

    @property
    def ports(self) -> Sequence[tuple[Port, tuple[str, int]]]:
        """What is listened on, as bound."""
        return [(port, bound.getsockname()[:2]) for port, bound in self._sockets]

    @property
    def tls_port(self) -> int:
        """The port of RADIUS over TLS, as bound."""
        return int(self._tls_sockets[0].getsockname()[1])

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set."""
        try:
            asyncio.run(self._serve(stop))
        finally:
            self._executor.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, stop: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        self._desk = Desk(self._executor, self._listening.workers)
        await loop.run_in_executor(None, self._look)
        transports = []
        for port, bound in self._sockets:
            transport, _ = await loop.create_datagram_endpoint(
                lambda port=port: _Datagrams(self, port),  # type: ignore[misc]  # a default binds the loop's value
                sock=bound,
            )
            transports.append(transport)
        radsec = RadSec(self.intake, self.handle, self.counters.note)
        servers = [
            await radsec.serve(bound, self._tls_context) for bound in self._tls_sockets if self._tls_context
        ]
        _log.info("radius.listening", addresses=[f"{port.value} {name}" for port, name in self.ports])
        seconds = 0
        while not stop.is_set():
            await asyncio.sleep(_EVERY_SECOND / 4)
            seconds += 1
            if seconds % 4 == 0:
                prune = seconds % (4 * _PRUNE_EVERY) == 0
                await loop.run_in_executor(None, self._keep_house, self.counters.take(), prune)
        for transport in transports:
            transport.close()
        for server in servers:
            server.close()

    def came(
        self, datagram: bytes, address: str, number: int, port: Port, send: Callable[[bytes], None]
    ) -> None:
        """Take one datagram; `send` returns an answer to whoever sent it."""
        source = ip_address(address.partition("%")[0])
        source = getattr(source, "ipv4_mapped", None) or source
        taken = self.intake.take(datagram, source, number, port)
        if isinstance(taken, Received):
            self.handle(taken, port, send)
            return
        self.counters.note(taken, source)
        if taken.reply is not None:
            send(taken.reply)

    def handle(self, received: Received, port: Port, send: Callable[[bytes], None]) -> None:
        """Hand a checked packet to its handler, in its turn."""
        began = time.monotonic()
        loop = asyncio.get_running_loop()

        def deliver(answer: Answer) -> None:
            self.counters.note(answer, received.address)
            if answer.reply is None:
                return
            wait = until_beat(time.monotonic() - began) if answer.refuses else 0.0
            loop.call_later(wait, send, answer.reply)

        if self._desk is not None:
            self._desk.submit(received, lambda one: self._handled(one, port), deliver)

    def _handled(self, received: Received, port: Port) -> Answer:
        try:
            return self._handlers[port](received)
        except (Fault, DBAPIError):
            # R8: whatever is away, nobody is let in. The claim goes, so that a retransmission is tried anew.
            _log.exception("radius.fault", port=port.value, nas=received.nas.application_id)
            self._give_back(received)
            return Answer(dropped=Dropped.FAULT)
        except Exception:
            _log.exception("radius.failed", port=port.value, nas=received.nas.application_id)
            self._give_back(received)
            raise

    def _give_back(self, received: Received) -> None:
        try:
            with self._database.write() as uow:
                duplicates.give_back(uow, received.key)
        except (Fault, DBAPIError):
            _log.warning("radius.claim_kept", nas=received.nas.application_id)

    def _look(self) -> None:
        try:
            self.register.refresh()
        except (Fault, DBAPIError) as error:
            _log.error("radius.register_not_read", error=type(error).__name__)

    def _keep_house(self, taken: dict[tuple[Dropped, str], int], prune: bool) -> None:  # noqa: FBT001 - the fact
        self._look()
        if not self.register.alive:
            return
        now = self._clock()
        try:
            if taken:
                for (dropped, source), count in taken.items():
                    _log.info("radius.dropped", reason=dropped.value, source=source, count=count)
                occasion = Occasion(now, new_id(), Actor(ActorKind.JOB, "radius"), node=self._node)
                record_dropped(self._database, taken, occasion)
            if prune:
                with self._database.write() as uow:
                    duplicates.prune(uow, now)
        except (Fault, DBAPIError) as error:
            _log.error("radius.housekeeping_failed", error=type(error).__name__)


class _Datagrams(asyncio.DatagramProtocol):
    """One socket."""

    def __init__(self, server: RadiusServer, port: Port) -> None:
        self._server = server
        self._port = port
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's own transport is one in all but its base class.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        def send(reply: bytes) -> None:
            if self._transport is not None and not self._transport.is_closing():
                self._transport.sendto(reply, addr)

        self._server.came(data, str(addr[0]), addr[1], self._port, send)

    def error_received(self, exc: Exception) -> None:
        # A client that is gone answers ICMP unreachable; that is its matter.
        _log.debug("radius.socket", error=type(exc).__name__)


def _bound(address: str, port: int, kind: int = socket.SOCK_DGRAM) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, kind)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
        if kind == socket.SOCK_STREAM:
            bound.listen()  # who comes before the loop runs waits
    except OSError as error:
        bound.close()
        raise ConfigurationError(
            f"radius: {address} port {port} cannot be listened on: {error.strerror}"
        ) from error
    bound.setblocking(False)  # noqa: FBT003 - the socket module's own signature
    return bound
