"""Accounting (RFC 2866): what a NAS tells of its connections, taken once however often it is told.

The Class of an Access-Accept comes back and ties a connection to the session that opened it; without it, the name
does. A connection whose session has ended meanwhile is cut at once.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address

from idp.domain.handles import AccountId, ApplicationId, SessionId, new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.participants import session_ended
from idp.domain.ports import Database, UnitOfWork
from idp.domain.session import EndReason, Participant
from idp.domain.sign_out import end_session
from idp.radius.access import CLASS_PREFIX, text_of, visitor_address
from idp.radius.integrity import plain_reply_to
from idp.radius.nas import PROTOCOL
from idp.radius.packet import Code, Packet, Type
from idp.radius.received import Answer, Received
from idp.radius.store import connections
from idp.radius.store.connections import NetworkConnection

_LONGEST = 253
_GIGAWORD = 2**32
_MOST_DELAY = timedelta(days=7)
_ID_CHARACTERS = 32


class Status(IntEnum):
    """Acct-Status-Type (RFC 2866 §5.1)."""

    START = 1
    STOP = 2
    INTERIM = 3
    ON = 7
    OFF = 8


@dataclass(frozen=True, slots=True)
class Accounting:
    """Answers Accounting-Requests: only when what they say is stored (RFC 2866 §2)."""

    database: Database
    clock: Callable[[], datetime]
    node: str = ""

    def __call__(self, received: Received) -> Answer:
        """Take one message."""
        status = number(received.packet, Type.ACCT_STATUS_TYPE)
        now = self.clock()
        with self.database.write(brief=True) as uow:
            if received.nas.application_id in uow.catalogue.applications:
                actor = Actor(ActorKind.CLIENT, received.nas.name)
                occasion = Occasion(now, new_id(), actor, received.address, node=self.node)
                _take(uow, received, status, occasion)
        return Answer(plain_reply_to(received.packet, Code.ACCOUNTING_RESPONSE, received.secret))


def _take(uow: UnitOfWork, received: Received, status: int, occasion: Occasion) -> None:
    heard = heard_of(uow, received, occasion.now)
    if status in (Status.ON, Status.OFF):
        held = connections.open_of_server(uow, heard.application_id, heard.server, heard.server_name)
        for one in held:
            if one.started_at <= heard.updated_at:
                _ended(uow, one, replace(heard, seconds=0), "server_restarted", occasion)
        return
    if not heard.server_session or status not in (Status.START, Status.STOP, Status.INTERIM):
        return
    known = connections.newest(uow, heard)
    if known is None or _began_anew(known, heard, status):
        known = _begun(uow, heard, occasion)
    if status == Status.STOP:
        _ended(uow, known, heard, "stopped", occasion)
    elif known.ended_at is None:
        connections.progress(uow, known, heard)
        if known.session_id is not None:
            uow.sessions.touch(SessionId(known.session_id), occasion.now)


def _began_anew(known: NetworkConnection, heard: NetworkConnection, status: int) -> bool:
    """A NAS that restarted may count its sessions from one again; a start told late is no new one."""
    return status == Status.START and known.ended_at is not None and heard.started_at > known.ended_at


def _begun(uow: UnitOfWork, told: NetworkConnection, occasion: Occasion) -> NetworkConnection:
    heard = told if told.session_id else replace(told, session_id=_likely_session(uow, told, occasion.now))
    connections.add(uow, heard)
    if heard.session_id is not None and heard.account_id is not None:
        session = uow.sessions.get(SessionId(heard.session_id))
        if session is not None and session.ended_at is not None:
            late = Participant(session.id, ApplicationId(heard.application_id), PROTOCOL, occasion.now)
            uow.outbox.add(session_ended(late), occasion.now)
    return heard


def _likely_session(uow: UnitOfWork, heard: NetworkConnection, now: datetime) -> str | None:
    """Not every NAS brings Class back (ocserv does not): then the account's newest session through this NAS."""
    if heard.account_id is None:
        return None
    for session in uow.sessions.of_account(AccountId(heard.account_id), now):
        parts = {part.application_id for part in uow.sessions.participants(session.id)}
        if heard.application_id in parts and not connections.open_of_session(uow, session.id):
            return session.id
    return None


def _ended(
    uow: UnitOfWork, known: NetworkConnection, heard: NetworkConnection, by: str, occasion: Occasion
) -> None:
    if not connections.end(uow, known, heard, by):
        return
    if known.session_id is None or known.account_id is None:
        return
    # What the connection was opened with ends with the last connection of it.
    if not connections.open_of_session(uow, known.session_id):
        end_session(
            uow, SessionId(known.session_id), AccountId(known.account_id), EndReason.SIGNED_OUT, occasion
        )


def heard_of(uow: UnitOfWork, received: Received, now: datetime) -> NetworkConnection:
    """Return what a message says of its connection."""
    packet = received.packet
    at = now - min(timedelta(seconds=number(packet, Type.ACCT_DELAY_TIME)), _MOST_DELAY)
    seconds = number(packet, Type.ACCT_SESSION_TIME)
    login = text_of(packet.first(Type.USER_NAME) or b"").replace("\0", "")[:_LONGEST]
    session_id = class_session(packet)
    session = uow.sessions.get(SessionId(session_id)) if session_id else None
    account = uow.accounts.by_login(login) if session is None and login else None
    started = at - timedelta(seconds=seconds)
    heard = NetworkConnection(
        id="",
        application_id=received.nas.application_id,
        server=str(received.address),
        server_name=_server_name(packet),
        server_session=text_of(packet.first(Type.ACCT_SESSION_ID) or b"").replace("\0", "")[:_LONGEST],
        login=login,
        started_at=started,
        updated_at=at,
        account_id=session.account_id if session else account.id if account else None,
        session_id=session.id if session else None,
        address=_shown(visitor_address(packet)),
        framed_address=_framed(packet),
        seconds=seconds,
        input_octets=_octets(packet, Type.ACCT_INPUT_OCTETS, Type.ACCT_INPUT_GIGAWORDS),
        output_octets=_octets(packet, Type.ACCT_OUTPUT_OCTETS, Type.ACCT_OUTPUT_GIGAWORDS),
    )
    # The same start gives the same id in every process: of two that store it, one does.
    about = "\0".join(
        (
            heard.application_id, heard.server, heard.server_name, heard.server_session,
            heard.session_id or heard.login, f"{started:%Y%m%d%H%M%S}",
        )
    )  # fmt: skip
    return replace(heard, id=hashlib.sha256(about.encode()).hexdigest()[:_ID_CHARACTERS])


def class_session(packet: Packet) -> str | None:
    """Return our session's id, if the NAS brings the Class of its Access-Accept back."""
    for value in packet.every(Type.CLASS):
        if value.startswith(CLASS_PREFIX):
            return value[len(CLASS_PREFIX) :].decode("ascii", "replace")[:_ID_CHARACTERS].replace("\0", "")
    return None


def number(packet: Packet, kind: Type) -> int:
    """Return a number, 0 if it is not there."""
    return int.from_bytes(packet.first(kind) or b"", "big")


def _octets(packet: Packet, low: Type, high: Type) -> int:
    return number(packet, high) * _GIGAWORD + number(packet, low)


def _framed(packet: Packet) -> str:
    four, six = packet.first(Type.FRAMED_IP_ADDRESS), packet.first(Type.FRAMED_IPV6_ADDRESS)
    if four is not None:
        return str(IPv4Address(four))
    return str(IPv6Address(six)) if six is not None else ""


def _server_name(packet: Packet) -> str:
    name = packet.first(Type.NAS_IDENTIFIER)
    if name is not None:
        return text_of(name).replace("\0", "")[:_LONGEST]
    four, six = packet.first(Type.NAS_IP_ADDRESS), packet.first(Type.NAS_IPV6_ADDRESS)
    if four is not None:
        return str(IPv4Address(four))
    return str(IPv6Address(six)) if six is not None else ""


def _shown(address: IPv4Address | IPv6Address | None) -> str:
    return str(address) if address is not None else ""
