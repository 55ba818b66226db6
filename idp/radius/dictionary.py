"""Attributes that an Access-Accept may hold, by their usual names, and how their values are written.

RFC 2865, 2868, 2869, 3162, 4818, 6911, and the vendors' own (RFC 2865 §5.26) for groups and roles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from idp.radius.packet import LONGEST_VALUE, Attribute, Type

CISCO, CITRIX, ASA, FORTINET, MIKROTIK, PALO_ALTO = 9, 66, 3076, 12356, 14988, 25461
_LARGEST_INTEGER = 2**32 - 1
_VENDOR_OVERHEAD = 6
_WORDS = {
    "Login": 1,
    "Framed": 2,
    "Administrative": 6,
    "NAS-Prompt": 7,
    "PPP": 1,
    "VLAN": 13,
    "IEEE-802": 6,
}


def text(value: str) -> bytes:
    """Return a text; raises ValueError if it is empty or too long."""
    encoded = value.encode("utf-8")
    if not 0 < len(encoded) <= LONGEST_VALUE - _VENDOR_OVERHEAD:
        raise ValueError(f"1 to {LONGEST_VALUE - _VENDOR_OVERHEAD} octets")
    return encoded


def integer(value: str) -> bytes:
    """Return a number, or one of the words that stand for one."""
    number = _WORDS.get(value)
    if number is None:
        if not (value.isascii() and value.isdigit()):
            raise ValueError("a whole number")
        number = int(value)
    if number > _LARGEST_INTEGER:
        raise ValueError(f"at most {_LARGEST_INTEGER}")
    return number.to_bytes(4, "big")


def address4(value: str) -> bytes:
    """Return an IPv4 address."""
    return IPv4Address(value).packed


def address6(value: str) -> bytes:
    """Return an IPv6 address."""
    return IPv6Address(value).packed


def prefix6(value: str) -> bytes:
    """Return an IPv6 prefix (RFC 3162 §2.3)."""
    network = IPv6Network(value)
    return bytes((0, network.prefixlen)) + network.network_address.packed


def tagged_integer(value: str) -> bytes:
    """Return a number of a tunnel attribute, without a tag (RFC 2868 §3.1)."""
    return b"\0" + integer(value)[1:]


@dataclass(frozen=True, slots=True)
class Entry:
    """One attribute: its number, its vendor's (0: none), and how a value becomes octets."""

    number: int
    encode: Callable[[str], bytes] = text
    vendor: int = 0


ATTRIBUTES: Mapping[str, Entry] = {
    "Service-Type": Entry(6, integer),
    "Framed-Protocol": Entry(7, integer),
    "Framed-IP-Address": Entry(8, address4),
    "Framed-IP-Netmask": Entry(9, address4),
    "Filter-Id": Entry(11),
    "Reply-Message": Entry(18),
    "Framed-Route": Entry(22),
    "Class": Entry(25),
    "Session-Timeout": Entry(27, integer),
    "Idle-Timeout": Entry(28, integer),
    "Tunnel-Type": Entry(64, tagged_integer),
    "Tunnel-Medium-Type": Entry(65, tagged_integer),
    "Tunnel-Private-Group-Id": Entry(81),
    "Acct-Interim-Interval": Entry(85, integer),
    "Framed-Pool": Entry(88),
    "Framed-IPv6-Prefix": Entry(97, prefix6),
    "Framed-IPv6-Route": Entry(99),
    "Framed-IPv6-Pool": Entry(100),
    "Delegated-IPv6-Prefix": Entry(123, prefix6),
    "Framed-IPv6-Address": Entry(168, address6),
    "Cisco-AVPair": Entry(1, text, CISCO),
    "ASA-Group-Policy": Entry(25, text, ASA),
    "Citrix-User-Groups": Entry(16, text, CITRIX),
    "Fortinet-Group-Name": Entry(1, text, FORTINET),
    "Fortinet-Access-Profile": Entry(6, text, FORTINET),
    "Mikrotik-Group": Entry(3, text, MIKROTIK),
    "Mikrotik-Rate-Limit": Entry(8, text, MIKROTIK),
    "PaloAlto-Admin-Role": Entry(1, text, PALO_ALTO),
    "PaloAlto-User-Group": Entry(5, text, PALO_ALTO),
}


def encode(name: str, value: str) -> Attribute:
    """Return an attribute as a packet holds it; raises KeyError for a name, ValueError for a value, not known."""
    entry = ATTRIBUTES[name]
    encoded = entry.encode(value)
    if not entry.vendor:
        return entry.number, encoded
    inner = bytes((entry.number, len(encoded) + 2)) + encoded
    return int(Type.VENDOR_SPECIFIC), entry.vendor.to_bytes(4, "big") + inner
