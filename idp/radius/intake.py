"""From a datagram to a packet of a known NAS with a right signature, or to the reason why not.

Runs in the loop: no database, no waiting, no exception. Who sent it is looked up first, then what its secret
says; nothing else of a packet is believed before that.
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.radius.credentials import decoded
from idp.radius.integrity import Signature, hashed_request_is_right, reply_to, signature_of, unhidden
from idp.radius.nas import Nas
from idp.radius.packet import Code, Malformed, Packet, Type, decode
from idp.radius.received import Answer, Dropped, IpAddress, Received
from idp.radius.register import NasRegister


class Port(StrEnum):
    """What a port takes."""

    ACCESS = "access"
    ACCOUNTING = "accounting"


_REQUESTS = {Port.ACCESS: Code.ACCESS_REQUEST, Port.ACCOUNTING: Code.ACCOUNTING_REQUEST}
_WELL = {Port.ACCESS: Code.ACCESS_ACCEPT, Port.ACCOUNTING: Code.ACCOUNTING_RESPONSE}


@dataclass(frozen=True, slots=True)
class Intake:
    """One port's intake."""

    register: NasRegister

    def take(self, datagram: bytes, address: IpAddress, port: int, kind: Port) -> Received | Answer:
        """Return the packet if it has to be handled; otherwise what to answer, mostly nothing."""
        packet = decode(datagram)
        if isinstance(packet, Malformed):
            return Answer(dropped=Dropped.MALFORMED)
        identifier = packet.first(Type.NAS_IDENTIFIER) or b""
        nas = self.register.find(address, identifier.decode("utf-8", "replace"))
        if nas is None or not nas.secrets:
            return Answer(dropped=Dropped.UNKNOWN_SOURCE)
        return self.of(packet, address, port, kind, nas)

    def of(self, packet: Packet, address: IpAddress, port: int, kind: Port, nas: Nas) -> Received | Answer:
        """Go on with a packet whose NAS is known."""
        if packet.code is Code.STATUS_SERVER:
            return self._status(packet, kind, nas)
        if packet.code is not _REQUESTS[kind]:
            return Answer(dropped=Dropped.WRONG_CODE)
        proved = _secret_of(packet, nas, kind)
        if isinstance(proved, bytes):
            return Received(packet, address, port, nas, proved, proved=True)
        if kind is Port.ACCOUNTING or proved is Signature.WRONG:
            return Answer(dropped=Dropped.WRONG_SECRET)
        if nas.must_sign or packet.has(Type.PROXY_STATE) or packet.has(Type.EAP_MESSAGE):
            # R2, CVE-2024-3596: an unsigned request is taken of one exact address only, and never through a proxy.
            return Answer(dropped=Dropped.UNSIGNED)
        return Received(packet, address, port, nas, _likely_secret(packet, nas))

    def _status(self, packet: Packet, kind: Port, nas: Nas) -> Answer:
        """RFC 5997: always signed; answered only while the database is at hand."""
        secret = next((one for one in nas.secrets if signature_of(packet, one) is Signature.RIGHT), None)
        if secret is None:
            return Answer(dropped=Dropped.WRONG_SECRET if packet.signature_at else Dropped.UNSIGNED)
        if not self.register.alive:
            return Answer(dropped=Dropped.DATABASE_AWAY)
        return Answer(reply_to(packet, _WELL[kind], (), secret))


def _secret_of(packet: Packet, nas: Nas, kind: Port) -> bytes | Signature:
    """Return the secret that the packet proves to be made with, else whether it is unsigned or wrong."""
    if kind is Port.ACCOUNTING:
        right = next((one for one in nas.secrets if hashed_request_is_right(packet, one)), None)
        return Signature.WRONG if right is None else right
    for secret in nas.secrets:
        signature = signature_of(packet, secret)
        if signature is Signature.RIGHT:
            return secret
        if signature is Signature.ABSENT:
            return Signature.ABSENT
    return Signature.WRONG


def _likely_secret(packet: Packet, nas: Nas) -> bytes:
    """Of two secrets, return the one that makes a text of the password."""
    sent = packet.first(Type.USER_PASSWORD)
    if sent is not None:
        for secret in nas.secrets:
            if decoded(unhidden(sent, packet.authenticator, secret), proved=False) is not None:
                return secret
    return nas.secrets[0]
