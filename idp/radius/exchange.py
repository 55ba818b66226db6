"""Requests that Portvakt sends and their signed replies: over UDP, sent again a few times, or over TLS, sent once.

All of it ends well within the five seconds that a connection may live on after its session.
"""

import socket
import ssl
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address
from itertools import cycle, islice

from idp.radius.integrity import reply_is_right
from idp.radius.packet import AUTHENTICATOR_BYTES, HEADER_BYTES, LONGEST, Code, Packet, decode

_TRIES, _TRY_SECONDS = 3, 1.2
_TLS_SECONDS = 3.6
_LENGTH_BYTES = 4
_ANSWERS = frozenset({Code.DISCONNECT_ACK, Code.DISCONNECT_NAK})


def over_udp(requests: Sequence[tuple[bytes, bytes]], host: str, port: int) -> Packet | None:
    """Send a request until its own signed reply comes; None if none does.

    `requests` are one and the same, each signed with the secret beside it: they are tried in turn.
    """
    family = socket.AF_INET if isinstance(ip_address(host), IPv4Address) else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((host, port))
        for request, secret in islice(cycle(requests), _TRIES):
            try:
                asking.send(request)
                reply = _datagram(asking, request, secret)
            except OSError:
                # Nobody listens there; perhaps not yet.
                time.sleep(_TRY_SECONDS / _TRIES)
                continue
            if reply is not None:
                return reply
    return None


def over_tls(
    request: bytes, host: str, port: int, secret: bytes, context: ssl.SSLContext, name: str
) -> Packet | None:
    """Send a request to who shows a certificate for `name`, and return its reply; None if none comes.

    TCP does not lose it, so it is sent once (RFC 6613 §2.6.1). Whoever shows another certificate is told nothing.
    """
    until = time.monotonic() + _TLS_SECONDS
    try:
        with (
            socket.create_connection((host, port), timeout=_TLS_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name) as asking,
        ):
            asking.sendall(request)
            while (left := until - time.monotonic()) > 0:
                asking.settimeout(left)
                start = _exactly(asking, _LENGTH_BYTES)
                length = int.from_bytes(start[2:], "big")
                if not HEADER_BYTES <= length <= LONGEST:
                    return None
                reply = _answer(start + _exactly(asking, length - _LENGTH_BYTES), request, secret)
                if reply is not None:
                    return reply
    except OSError:  # refused, too slow, closed, or the wrong certificate
        return None
    return None


def _datagram(asking: socket.socket, request: bytes, secret: bytes) -> Packet | None:
    until = time.monotonic() + _TRY_SECONDS
    while (left := until - time.monotonic()) > 0:
        asking.settimeout(left)
        try:
            found = _answer(asking.recv(LONGEST), request, secret)
        except TimeoutError:
            return None
        if found is not None:
            return found
    return None


def _exactly(asking: ssl.SSLSocket, count: int) -> bytes:
    held = b""
    while len(held) < count:
        more = asking.recv(count - len(held))
        if not more:
            raise ConnectionError("closed")
        held += more
    return held


def _answer(received: bytes, request: bytes, secret: bytes) -> Packet | None:
    """Return a packet if it is this request's own reply."""
    reply = decode(received)
    if not isinstance(reply, Packet) or reply.identifier != request[1] or reply.code not in _ANSWERS:
        return None
    authenticator = request[4 : 4 + AUTHENTICATOR_BYTES]
    return reply if reply_is_right(reply, authenticator, secret) else None
