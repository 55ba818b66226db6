"""Named networks: where a visitor is, in words that policies use."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from idp.domain.occasion import IpAddress


@dataclass(frozen=True, slots=True)
class Network:
    """A name for address ranges.

    Attributes:
        may_enrol: a first factor may be set up from here with the password alone (never from elsewhere).
        failure_limit: failed tries in ten minutes before this network is slowed down as a whole; None is
            the default for a single address. A town hall behind one address needs more.
    """

    name: str
    prefixes: tuple[IPv4Network | IPv6Network, ...]
    may_enrol: bool = False
    failure_limit: int | None = None

    def __contains__(self, address: object) -> bool:
        return any(address in prefix for prefix in self.prefixes)


def networks_of(address: IpAddress | None, networks: Iterable[Network]) -> frozenset[str]:
    """Return the names of the networks that `address` lies in; an unknown address lies in none."""
    if address is None:
        return frozenset()
    return frozenset(network.name for network in networks if address in network)
