"""All NAS in memory, so that a packet's source is known without asking the database.

Refreshed beside the loop when the catalogue's version has changed. `alive` says whether the last look succeeded:
a server that cannot reach its database does not claim to be well.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from sqlalchemy.exc import DBAPIError

from idp.domain.errors import Fault
from idp.domain.ports import Database
from idp.radius.nas import Nas
from idp.radius.store.access_servers import read_all

IpAddress = IPv4Address | IPv6Address


class NasRegister:
    """See the module. The loop reads, one thread refreshes: what is held is replaced whole."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._version = -1
        self._held: tuple[Nas, ...] = ()
        self.alive = False

    def refresh(self) -> None:
        """Read all NAS anew if anything was configured since."""
        try:
            with self._database.read() as uow:
                version = uow.catalogue.version
                if version != self._version:
                    self._held, self._version = tuple(read_all(uow)), version
        except (DBAPIError, Fault):
            self.alive = False
            raise
        self.alive = True

    def find(self, address: IpAddress, identifier: str) -> Nas | None:
        """Return the NAS that packets from `address` are of: the narrowest network, then NAS-Identifier."""
        found: Nas | None = None
        narrowest = (-1, -1)
        for nas in self._held:
            wanted = nas.settings.nas_identifier
            if wanted and wanted != identifier:
                continue
            for network in nas.settings.networks:
                rank = (network.prefixlen, 1 if wanted else 0)
                if address in network and rank > narrowest:
                    found, narrowest = nas, rank
        return found

    def by_certificate(self, names: Iterable[str]) -> Nas | None:
        """Return the NAS that a client certificate with these DNS names belongs to."""
        shown = {name.lower() for name in names if name}
        return next((nas for nas in self._held if nas.settings.certificate_name in shown), None)
