"""Disconnect-Messages (RFC 5176): living connections end when their session has ended.

The handler of the outbox's topic `session.ended.radius`. The outcome of each try is kept and shown; a NAS that does
not answer is asked again by the outbox.
"""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, ip_address

from idp.domain.audit import record
from idp.domain.errors import Unavailable
from idp.domain.events import ConnectionCut
from idp.domain.handles import SessionId, new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.outbox import Delivery, Hopeless
from idp.domain.ports import Database
from idp.radius.integrity import reply_is_right, signed_request
from idp.radius.nas import Nas
from idp.radius.packet import AUTHENTICATOR_BYTES, Attribute, Code, Packet, Type, decode
from idp.radius.store import connections
from idp.radius.store.access_servers import read_one
from idp.radius.store.connections import NetworkConnection

#: Three sendings within less than the five seconds that a connection may live on.
_TRIES, _TRY_SECONDS = 3, 1.2
_LARGEST_DATAGRAM = 4096
#: "Session Context Not Found" (RFC 5176 §3.5): there is nothing left to cut.
_NO_SUCH_SESSION = 503


class Cut(StrEnum):
    """How a try went."""

    DONE = "done"
    GONE = "gone"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    NOT_POSSIBLE = "not_possible"


_OVER = frozenset({Cut.DONE, Cut.GONE})


@dataclass(frozen=True, slots=True)
class Disconnect:
    """See the module."""

    database: Database
    node: str = ""

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """End what one session opened through one NAS; raises Unavailable to be tried again."""
        nas, open_connections = self._open(delivery)
        if nas is None:
            return None
        unanswered = 0
        for connection in open_connections:
            cut, detail = self._cut(nas, connection, delivery.attempt, now)
            self._keep(connection, cut, detail, delivery, now)
            unanswered += cut is Cut.NO_ANSWER
        if unanswered:
            raise Unavailable(f"{unanswered} connections: the network access server does not answer")
        return None

    def _open(self, delivery: Delivery) -> tuple[Nas | None, Sequence[NetworkConnection]]:
        session_id, application_id = delivery.payload["session"], delivery.payload["application"]
        with self.database.read() as uow:
            session = uow.sessions.get(SessionId(session_id))
            if session is None:
                return None, ()
            found = connections.open_to_cut(uow, session_id, application_id, session.account_id)
            return read_one(uow, application_id), found

    def _cut(self, nas: Nas, connection: NetworkConnection, attempt: int, now: datetime) -> tuple[Cut, str]:
        port = nas.settings.disconnect_port
        if not port or not nas.secrets:
            return Cut.NOT_POSSIBLE, "the network access server takes no Disconnect-Messages"
        # While a secret is being changed the NAS may know either.
        secret = nas.secrets[(attempt - 1) % len(nas.secrets)]
        identifier = int(new_id()[:2], 16)
        request = signed_request(Code.DISCONNECT_REQUEST, identifier, _about(connection, now), secret)
        reply = exchange(request, connection.server, port, secret)
        if reply is None:
            return Cut.NO_ANSWER, f"no answer from {connection.server} port {port}"
        if reply.code is Code.DISCONNECT_ACK:
            return Cut.DONE, "Disconnect-ACK"
        cause = int.from_bytes(reply.first(Type.ERROR_CAUSE) or b"", "big")
        return (
            Cut.GONE if cause == _NO_SUCH_SESSION else Cut.REFUSED
        ), f"Disconnect-NAK, Error-Cause {cause}"

    def _keep(
        self, connection: NetworkConnection, cut: Cut, detail: str, delivery: Delivery, now: datetime
    ) -> None:
        occasion = Occasion(now, new_id(), Actor(ActorKind.JOB, delivery.topic), node=self.node)
        told = ConnectionCut(
            subject=connection.account_id or "", object=connection.id, reason=detail, outcome=cut.value
        )
        with self.database.write() as uow:
            connections.note_disconnect(uow, connection, cut.value, detail, delivery.attempt, now)
            if cut in _OVER:
                connections.end(uow, connection, replace(connection, updated_at=now), "disconnected")
            record(uow.audit, told, occasion)


def exchange(request: bytes, host: str, port: int, secret: bytes) -> Packet | None:
    """Send a request until its own signed reply comes; None if none does."""
    address = ip_address(host)
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((host, port))
        for _ in range(_TRIES):
            try:
                asking.send(request)
                reply = _reply(asking, request, secret)
            except OSError:
                # Nobody listens there; perhaps not yet.
                time.sleep(_TRY_SECONDS / _TRIES)
                continue
            if reply is not None:
                return reply
    return None


def _reply(asking: socket.socket, request: bytes, secret: bytes) -> Packet | None:
    until = time.monotonic() + _TRY_SECONDS
    while (left := until - time.monotonic()) > 0:
        asking.settimeout(left)
        try:
            datagram = asking.recv(_LARGEST_DATAGRAM)
        except TimeoutError:
            return None
        reply = decode(datagram)
        if (
            isinstance(reply, Packet)
            and reply.identifier == request[1]
            and reply.code in (Code.DISCONNECT_ACK, Code.DISCONNECT_NAK)
            and reply_is_right(reply, request[4 : 4 + AUTHENTICATOR_BYTES], secret)
        ):
            return reply
    return None


def _about(connection: NetworkConnection, now: datetime) -> Sequence[Attribute]:
    """What identifies a connection (RFC 5176 §3): the NAS, the person, the NAS's session, and when this was said."""
    attributes: list[Attribute] = []
    if connection.server_name:
        try:
            address = ip_address(connection.server_name)
        except ValueError:
            attributes.append((int(Type.NAS_IDENTIFIER), connection.server_name.encode()))
        else:
            kind = Type.NAS_IP_ADDRESS if isinstance(address, IPv4Address) else Type.NAS_IPV6_ADDRESS
            attributes.append((int(kind), address.packed))
    if connection.login:
        attributes.append((int(Type.USER_NAME), connection.login.encode()[:253]))
    attributes.append((int(Type.ACCT_SESSION_ID), connection.server_session.encode()[:253]))
    attributes.append((int(Type.EVENT_TIMESTAMP), int(now.timestamp()).to_bytes(4, "big")))
    return attributes
