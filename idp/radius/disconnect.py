"""Disconnect-Messages (RFC 5176): living connections end when their session has ended.

The handler of the outbox's topic `session.ended.radius`. The outcome of each try is kept and shown; a NAS that does
not answer is asked again by the outbox. Who comes over TLS is asked over TLS.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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
from idp.radius.exchange import over_tls, over_udp
from idp.radius.integrity import signed_request
from idp.radius.nas import Nas
from idp.radius.packet import Attribute, Code, Packet, Type
from idp.radius.radsec import SECRET, Tls
from idp.radius.store import connections
from idp.radius.store.access_servers import read_one
from idp.radius.store.connections import NetworkConnection

_MOST_AT_ONCE = 8
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
    tls: Tls | None = None

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """End what one session opened through one NAS; raises Unavailable to be tried again."""
        nas, open_connections = self._open(delivery)
        if nas is None or not open_connections:
            return None

        def cut(connection: NetworkConnection) -> bool:
            how, detail = self._cut(nas, connection, now)
            self._keep(connection, how, detail, delivery, now)
            return how is Cut.NO_ANSWER

        # At once: one server that does not answer must not keep the others' connections alive.
        with ThreadPoolExecutor(min(_MOST_AT_ONCE, len(open_connections)), "radius-cut") as pool:
            unanswered = sum(pool.map(cut, open_connections))
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

    def _cut(self, nas: Nas, connection: NetworkConnection, now: datetime) -> tuple[Cut, str]:
        port = nas.settings.disconnect_port
        if not port or not (nas.secrets or self._over_tls(nas)):
            return Cut.NOT_POSSIBLE, "the network access server takes no Disconnect-Messages"
        reply = self._asked(nas, connection, now)
        if reply is None:
            return Cut.NO_ANSWER, f"no answer from {connection.server} port {port}"
        if reply.code is Code.DISCONNECT_ACK:
            return Cut.DONE, "Disconnect-ACK"
        cause = int.from_bytes(reply.first(Type.ERROR_CAUSE) or b"", "big")
        return (
            Cut.GONE if cause == _NO_SUCH_SESSION else Cut.REFUSED
        ), f"Disconnect-NAK, Error-Cause {cause}"

    def _over_tls(self, nas: Nas) -> Tls | None:
        return self.tls if nas.settings.certificate_name else None

    def _asked(self, nas: Nas, connection: NetworkConnection, now: datetime) -> Packet | None:
        identifier, about, settings = int(new_id()[:2], 16), _about(connection, now), nas.settings
        tls = self._over_tls(nas)
        if tls is not None:
            # RFC 6614 §2.1: one port takes everything; the connection is our own, as to any RADIUS server.
            request = signed_request(Code.DISCONNECT_REQUEST, identifier, about, SECRET)
            name, port = settings.certificate_name, settings.disconnect_port
            return over_tls(request, connection.server, port, SECRET, tls.asking(), name)
        # While a secret is being changed the NAS may know either.
        requests = [
            (signed_request(Code.DISCONNECT_REQUEST, identifier, about, secret), secret)
            for secret in nas.secrets
        ]
        return over_udp(requests, connection.server, settings.disconnect_port)

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
