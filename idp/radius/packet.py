"""Packets as bytes and as values (RFC 2865 §3, §5). No socket, no secret, no clock.

`decode` never raises: whatever is not a packet is a `Malformed`, which is counted and not answered (R1).
Attributes keep their order and number, because Proxy-State must be echoed as it came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

HEADER_BYTES = 20
LONGEST = 4096
LONGEST_VALUE = 253
AUTHENTICATOR_BYTES = 16
_LONGEST_PASSWORD = 128
_BLOCK = 16
_VENDOR_ID_BYTES = 4


class Code(IntEnum):
    """Kinds of packet (RFC 2865 §4, RFC 2866 §4, RFC 5997, RFC 5176)."""

    ACCESS_REQUEST = 1
    ACCESS_ACCEPT = 2
    ACCESS_REJECT = 3
    ACCOUNTING_REQUEST = 4
    ACCOUNTING_RESPONSE = 5
    ACCESS_CHALLENGE = 11
    STATUS_SERVER = 12
    DISCONNECT_REQUEST = 40
    DISCONNECT_ACK = 41
    DISCONNECT_NAK = 42


class Type(IntEnum):
    """Attributes that the room reads or writes by itself; what replies may hold besides is in `dictionary`."""

    USER_NAME = 1
    USER_PASSWORD = 2
    NAS_IP_ADDRESS = 4
    NAS_PORT = 5
    FRAMED_IP_ADDRESS = 8
    REPLY_MESSAGE = 18
    STATE = 24
    CLASS = 25
    VENDOR_SPECIFIC = 26
    SESSION_TIMEOUT = 27
    CALLED_STATION_ID = 30
    CALLING_STATION_ID = 31
    NAS_IDENTIFIER = 32
    PROXY_STATE = 33
    ACCT_STATUS_TYPE = 40
    ACCT_DELAY_TIME = 41
    ACCT_INPUT_OCTETS = 42
    ACCT_OUTPUT_OCTETS = 43
    ACCT_SESSION_ID = 44
    ACCT_SESSION_TIME = 46
    ACCT_TERMINATE_CAUSE = 49
    ACCT_INPUT_GIGAWORDS = 52
    ACCT_OUTPUT_GIGAWORDS = 53
    EVENT_TIMESTAMP = 55
    TUNNEL_CLIENT_ENDPOINT = 66
    EAP_MESSAGE = 79
    MESSAGE_AUTHENTICATOR = 80
    PROMPT = 76
    NAS_IPV6_ADDRESS = 95
    ERROR_CAUSE = 101
    FRAMED_IPV6_ADDRESS = 168


Attribute = tuple[int, bytes]


class Malformed(StrEnum):
    """Why a datagram is no packet."""

    TOO_SHORT = "too_short"
    WRONG_LENGTH = "wrong_length"
    UNKNOWN_CODE = "unknown_code"
    WRONG_ATTRIBUTE = "wrong_attribute"
    REPEATED_ATTRIBUTE = "repeated_attribute"


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet. `wire` is what came, without padding after its length; signatures are checked over it."""

    code: Code
    identifier: int
    authenticator: bytes = field(repr=False)
    attributes: tuple[Attribute, ...] = field(repr=False)
    wire: bytes = field(repr=False)
    #: Where the value of Message-Authenticator begins in `wire`; 0 if there is none.
    signature_at: int = 0

    def first(self, kind: int) -> bytes | None:
        """Return the value of the first attribute of a kind."""
        return next((value for held, value in self.attributes if held == kind), None)

    def every(self, kind: int) -> tuple[bytes, ...]:
        """Return the values of all attributes of a kind, in order."""
        return tuple(value for held, value in self.attributes if held == kind)

    def has(self, kind: int) -> bool:
        """Whether an attribute of this kind is there."""
        return any(held == kind for held, _ in self.attributes)


_CODES = frozenset(Code)
_FIXED_LENGTH: dict[int, int] = {
    Type.NAS_IP_ADDRESS: 4,
    Type.NAS_PORT: 4,
    Type.FRAMED_IP_ADDRESS: 4,
    Type.ACCT_STATUS_TYPE: 4,
    Type.ACCT_DELAY_TIME: 4,
    Type.ACCT_INPUT_OCTETS: 4,
    Type.ACCT_OUTPUT_OCTETS: 4,
    Type.ACCT_SESSION_TIME: 4,
    Type.ACCT_TERMINATE_CAUSE: 4,
    Type.ACCT_INPUT_GIGAWORDS: 4,
    Type.ACCT_OUTPUT_GIGAWORDS: 4,
    Type.EVENT_TIMESTAMP: 4,
    Type.MESSAGE_AUTHENTICATOR: 16,
    Type.NAS_IPV6_ADDRESS: 16,
    Type.FRAMED_IPV6_ADDRESS: 16,
}
#: At most one of each (RFC 2865 §5.44, RFC 2866 §5.13, RFC 2869 §5.19).
_ONCE = frozenset(
    {
        Type.USER_NAME,
        Type.USER_PASSWORD,
        Type.NAS_IDENTIFIER,
        Type.NAS_IP_ADDRESS,
        Type.STATE,
        Type.CALLING_STATION_ID,
        Type.MESSAGE_AUTHENTICATOR,
        Type.ACCT_STATUS_TYPE,
        Type.ACCT_SESSION_ID,
    }
)


def decode(datagram: bytes) -> Packet | Malformed:
    """Return the packet in a datagram, or why there is none; never raises."""
    if len(datagram) < HEADER_BYTES:
        return Malformed.TOO_SHORT
    length = int.from_bytes(datagram[2:4], "big")
    # §3: a datagram shorter than its length is dropped, octets beyond it are padding.
    if not HEADER_BYTES <= length <= min(len(datagram), LONGEST):
        return Malformed.WRONG_LENGTH
    if datagram[0] not in _CODES:
        return Malformed.UNKNOWN_CODE
    found = _attributes(datagram, length)
    if isinstance(found, Malformed):
        return found
    attributes, signature_at = found
    return Packet(
        Code(datagram[0]), datagram[1], datagram[4:HEADER_BYTES], attributes, datagram[:length], signature_at
    )


def _attributes(datagram: bytes, length: int) -> tuple[tuple[Attribute, ...], int] | Malformed:
    attributes: list[Attribute] = []
    seen: set[int] = set()
    signature_at, at = 0, HEADER_BYTES
    while at < length:
        end = at + datagram[at + 1] if at + 1 < length else 0
        if end < at + 2 or end > length:
            return Malformed.WRONG_ATTRIBUTE
        kind, value = datagram[at], datagram[at + 2 : end]
        if not _well_formed(kind, value):
            return Malformed.WRONG_ATTRIBUTE
        if kind in _ONCE:
            if kind in seen:
                return Malformed.REPEATED_ATTRIBUTE
            seen.add(kind)
        if kind == Type.MESSAGE_AUTHENTICATOR:
            signature_at = at + 2
        attributes.append((kind, value))
        at = end
    return tuple(attributes), signature_at


def _well_formed(kind: int, value: bytes) -> bool:
    if kind == Type.USER_PASSWORD:
        return 0 < len(value) <= _LONGEST_PASSWORD and len(value) % _BLOCK == 0
    if kind == Type.VENDOR_SPECIFIC:
        return len(value) > _VENDOR_ID_BYTES
    return len(value) == _FIXED_LENGTH.get(kind, len(value))


def assemble(code: Code, identifier: int, authenticator: bytes, attributes: Iterable[Attribute]) -> bytes:
    """Return a packet's bytes; raises ValueError if a value or the whole is too long."""
    body = bytearray()
    for kind, value in attributes:
        if len(value) > LONGEST_VALUE:
            raise ValueError(f"attribute {kind}: {len(value)} octets do not fit")
        body += bytes((kind, len(value) + 2)) + value
    length = HEADER_BYTES + len(body)
    if length > LONGEST:
        raise ValueError(f"the packet would have {length} octets")
    return bytes((code, identifier)) + length.to_bytes(2, "big") + authenticator + body


def pieces(text: str) -> Sequence[bytes]:
    """Return a text as attribute values, none cut within a character (RFC 2865 §5.18 allows several)."""
    found: list[bytes] = []
    held = b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(held) + len(encoded) > LONGEST_VALUE:
            found.append(held)
            held = b""
        held += encoded
    return [*found, held] if held else found
