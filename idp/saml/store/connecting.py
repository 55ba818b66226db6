"""A new application's row, by the same writer that `portvakt apply` uses."""

from datetime import datetime

from idp.configuration.objects import ApplicationContent, Kind, Reference
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.saml.store.connection import connection_of
from idp.storage.catalogue_store import SqlCatalogueStore
from idp.storage.unit_of_work import SqlUnitOfWork


def create_application(
    uow: UnitOfWork, name: str, content: ApplicationContent, now: datetime
) -> ApplicationId:
    """Create an application and return its id."""
    if not isinstance(uow, SqlUnitOfWork):
        raise TypeError("applications live in the SQL database")
    store = SqlCatalogueStore(connection_of(uow), uow.sealer)
    store.write(Reference(Kind.APPLICATION, name), content, now)
    store.raise_version()
    created = store.application_id(name)
    if created is None:
        raise LookupError(name)
    return created
