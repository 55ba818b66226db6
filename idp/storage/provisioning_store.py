"""The bulk operations of synchronisations over one connection, gathered."""

from collections.abc import Sequence
from functools import cached_property

from sqlalchemy import Connection

from idp.domain.ports import Sealer
from idp.provisioning.ports import StoredDirectory
from idp.storage.catalogue_store import directory_names, read_directory
from idp.storage.directory_entries import SqlEntries
from idp.storage.issued_names import SqlIssuedNames
from idp.storage.population import SqlPopulation
from idp.storage.structure import SqlStructure
from idp.storage.sync_runs import SqlRuns
from idp.storage.watches import SqlWatches


class SqlProvisioning:
    """Implements `provisioning.ports.Provisioning`."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def directory(self, name: str) -> StoredDirectory | None:
        found = read_directory(self._connection, self._sealer, name)
        if found is None:
            return None
        return StoredDirectory(found.settings, found.mail_domain, found.bind_password)

    def directory_names(self) -> Sequence[str]:
        return directory_names(self._connection)

    @cached_property
    def names(self) -> SqlIssuedNames:
        return SqlIssuedNames(self._connection)

    @cached_property
    def entries(self) -> SqlEntries:
        return SqlEntries(self._connection)

    @cached_property
    def population(self) -> SqlPopulation:
        return SqlPopulation(self._connection)

    @cached_property
    def structure(self) -> SqlStructure:
        return SqlStructure(self._connection)

    @cached_property
    def watches(self) -> SqlWatches:
        return SqlWatches(self._connection)

    @cached_property
    def runs(self) -> SqlRuns:
        return SqlRuns(self._connection)
