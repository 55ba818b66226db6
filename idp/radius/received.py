"""A packet whose sender is known and whose signature was checked, and what becomes of it."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from idp.radius.nas import Nas
from idp.radius.packet import Packet

IpAddress = IPv4Address | IPv6Address


class Dropped(StrEnum):
    """Why a datagram got no answer; each is counted (R1)."""

    MALFORMED = "malformed"
    UNKNOWN_SOURCE = "unknown_source"
    WRONG_CODE = "wrong_code"
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - a reason
    UNSIGNED = "unsigned"
    DUPLICATE_IN_PROGRESS = "duplicate_in_progress"
    QUEUE_FULL = "queue_full"
    FAULT = "fault"
    DATABASE_AWAY = "database_away"


@dataclass(frozen=True, slots=True)
class Received:
    """One packet from a NAS.

    Attributes:
        address: the NAS's own.
        secret: the one of its secrets that the packet was made with.
        proved: whether a signature has shown that.
    """

    packet: Packet
    address: IpAddress
    port: int
    nas: Nas
    secret: bytes = field(repr=False)
    proved: bool = False

    @property
    def key(self) -> bytes:
        """What makes two datagrams one request: source, code, identifier, authenticator (RFC 5080 §2.2.2)."""
        packet = self.packet
        about = f"{self.address} {self.port} {int(packet.code)} {packet.identifier} "
        return hashlib.sha256(about.encode("ascii") + packet.authenticator).digest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: `reply`, on a beat if it refuses (S9), or nothing, for a reason that is counted."""

    reply: bytes | None = field(default=None, repr=False)
    refuses: bool = False
    dropped: Dropped | None = None
