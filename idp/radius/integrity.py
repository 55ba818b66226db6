"""What a shared secret does: signatures of packets, and the hiding of User-Password (RFC 2865 §3, §5.2; RFC 3579 §3.2).

MD5 is what the protocol prescribes; Message-Authenticator, which is an HMAC, is what is relied on (CVE-2024-3596).
"""

import hashlib
import hmac
from collections.abc import Iterable
from enum import StrEnum

from idp.radius.packet import AUTHENTICATOR_BYTES, HEADER_BYTES, Attribute, Code, Packet, Type, assemble

_ZEROS = bytes(AUTHENTICATOR_BYTES)
_BLOCK = 16


class Signature(StrEnum):
    """What Message-Authenticator says about a packet."""

    RIGHT = "right"
    WRONG = "wrong"
    ABSENT = "absent"


def signature_of(packet: Packet, secret: bytes, authenticator: bytes | None = None) -> Signature:
    """Check Message-Authenticator; `authenticator` is the request's, for replies and for requests without one."""
    at = packet.signature_at
    if not at:
        return Signature.ABSENT
    wire = packet.wire
    signed = (
        wire[:4]
        + (packet.authenticator if authenticator is None else authenticator)
        + wire[HEADER_BYTES:at]
        + _ZEROS
        + wire[at + AUTHENTICATOR_BYTES :]
    )
    expected = hmac.digest(secret, signed, "md5")
    held = wire[at : at + AUTHENTICATOR_BYTES]
    return Signature.RIGHT if hmac.compare_digest(expected, held) else Signature.WRONG


def reply_to(request: Packet, code: Code, attributes: Iterable[Attribute], secret: bytes) -> bytes:
    """Return a signed reply: Message-Authenticator first (R2), every Proxy-State as it came (RFC 2865 §5.33)."""
    proxies = [(int(Type.PROXY_STATE), value) for value in request.every(Type.PROXY_STATE)]
    body = [(int(Type.MESSAGE_AUTHENTICATOR), _ZEROS), *attributes, *proxies]
    unsigned = assemble(code, request.identifier, request.authenticator, body)
    signed = _with_signature(unsigned, hmac.digest(secret, unsigned, "md5"))
    return signed[:4] + _md5(signed + secret) + signed[HEADER_BYTES:]


def plain_reply_to(request: Packet, code: Code, secret: bytes) -> bytes:
    """Return an Accounting-Response: RFC 2866 gives it no Message-Authenticator, and clients disagree about one."""
    proxies = [(int(Type.PROXY_STATE), value) for value in request.every(Type.PROXY_STATE)]
    wire = assemble(code, request.identifier, request.authenticator, proxies)
    return wire[:4] + _md5(wire + secret) + wire[HEADER_BYTES:]


def signed_request(code: Code, identifier: int, attributes: Iterable[Attribute], secret: bytes) -> bytes:
    """Return an Accounting- or Disconnect-Request: its authenticator is a hash (RFC 2866 §3, RFC 5176 §2.3)."""
    body = [(int(Type.MESSAGE_AUTHENTICATOR), _ZEROS), *attributes]
    unsigned = assemble(code, identifier, _ZEROS, body)
    signed = _with_signature(unsigned, hmac.digest(secret, unsigned, "md5"))
    return signed[:4] + _md5(signed + secret) + signed[HEADER_BYTES:]


def hashed_request_is_right(packet: Packet, secret: bytes) -> bool:
    """Check the authenticator of an Accounting-Request, and its Message-Authenticator if it has one."""
    wire = packet.wire
    expected = _md5(wire[:4] + _ZEROS + wire[HEADER_BYTES:] + secret)
    if not hmac.compare_digest(expected, packet.authenticator):
        return False
    return signature_of(packet, secret, _ZEROS) is not Signature.WRONG


def reply_is_right(reply: Packet, request_authenticator: bytes, secret: bytes) -> bool:
    """Check a reply to a request of ours."""
    wire = reply.wire
    expected = _md5(wire[:4] + request_authenticator + wire[HEADER_BYTES:] + secret)
    if not hmac.compare_digest(expected, reply.authenticator):
        return False
    return signature_of(reply, secret, request_authenticator) is not Signature.WRONG


def unhidden(hidden: bytes, authenticator: bytes, secret: bytes) -> bytes:
    """Return User-Password with its padding (RFC 2865 §5.2); any secret gives something."""
    shown = bytearray()
    before = authenticator
    for start in range(0, len(hidden), _BLOCK):
        block = hidden[start : start + _BLOCK]
        shown += _xor(block, _md5(secret + before))
        before = block
    return bytes(shown)


def hidden(password: bytes, authenticator: bytes, secret: bytes) -> bytes:
    """Return a password as it is sent."""
    padded = password + bytes(-len(password) % _BLOCK or (_BLOCK if not password else 0))
    sent = bytearray()
    before = authenticator
    for start in range(0, len(padded), _BLOCK):
        before = _xor(padded[start : start + _BLOCK], _md5(secret + before))
        sent += before
    return bytes(sent)


def _with_signature(unsigned: bytes, signature: bytes) -> bytes:
    start = HEADER_BYTES + 2
    return unsigned[:start] + signature + unsigned[start + AUTHENTICATOR_BYTES :]


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
