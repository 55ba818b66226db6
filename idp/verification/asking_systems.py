"""A system that may ask, as an administrator registered it: which kinds of code, from where, and with which secret."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from idp.domain.handles import ApplicationId, same
from idp.domain.occasion import IpAddress

PROTOCOL = "verification"
LEAST_SECRET = 32
IpNetwork = IPv4Network | IPv6Network


class Kind(StrEnum):
    """The kinds of code that can be asked about."""

    ONE_TIME_PASSWORD = "one_time_password"  # noqa: S105 - a kind's name
    RECOVERY_CODE = "recovery_code"
    TEMPORARY_CODE = "temporary_code"


@dataclass(frozen=True, slots=True)
class AskingSettings:
    """What a configuration file says of it.

    Attributes:
        kinds: the kinds of code that it may ask about.
        networks: where its requests come from; empty is anywhere.
    """

    kinds: tuple[Kind, ...] = (Kind.ONE_TIME_PASSWORD,)
    networks: tuple[IpNetwork, ...] = ()


@dataclass(frozen=True, slots=True)
class AskingSystem:
    """One system; of its secrets only keyed hashes are known, two while one is being changed."""

    application_id: ApplicationId
    settings: AskingSettings
    secret_macs: tuple[bytes, ...] = field(default=(), repr=False)

    def shows(self, mac: bytes) -> bool:
        """Whether the keyed hash is that of one of the secrets."""
        return any(same(held, mac) for held in self.secret_macs)

    def may_ask_from(self, address: IpAddress | None) -> bool:
        """Whether its requests may come from there."""
        networks = self.settings.networks
        return not networks or any(address is not None and address in network for network in networks)
