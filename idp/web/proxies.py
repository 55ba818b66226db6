"""Where a visitor is: the peer's address, or what a listed proxy says of it (statements P2, F07).

The default list is empty: nobody's word is taken. X-Forwarded-For is the one header that is read, and
only from a listed peer. Forwarded hosts and schemes are never read: URLs come from configuration.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from idp.domain.occasion import IpAddress
from idp.web.errors import ForwardingRefused

_MOST_HOPS = 20
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The peers whose X-Forwarded-For counts."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, listed: Iterable[str]) -> "TrustedProxies":
        """Return the proxies of a list of addresses and prefixes; raises ValueError."""
        return cls(tuple(ip_network(one) for one in listed))

    def address(self, peer: str | None, forwarded: Sequence[bytes]) -> IpAddress | None:
        """Return the visitor's address; raises ForwardingRefused if a listed proxy sends nonsense.

        The list is read from the right: each hop was added by the one after it, so the first address
        that is not a proxy of ours is the visitor, and what stands left of it is hearsay.
        """
        if peer is None:
            return None
        try:
            here = _parsed(peer)
        except ValueError:
            return None
        if not forwarded or not self._trusts(here):
            return here
        hops = _hops(b",".join(forwarded))
        return next((hop for hop in reversed(hops) if not self._trusts(hop)), hops[0])

    def _trusts(self, address: IpAddress) -> bool:
        return any(address in network for network in self.networks)


def _parsed(text: str) -> IpAddress:
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise ValueError("a zone says nothing outside its host")
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
    return address


def _hops(value: bytes) -> list[IpAddress]:
    parts = value.split(b",")
    if len(value) > _LONGEST or len(parts) > _MOST_HOPS:
        raise ForwardingRefused
    try:
        return [_parsed(part.strip().decode("ascii")) for part in parts]
    except ValueError as error:
        raise ForwardingRefused from error
