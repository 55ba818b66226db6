"""The connection behind a unit of work."""

from sqlalchemy import Connection

from idp.domain.ports import UnitOfWork
from idp.storage.unit_of_work import SqlUnitOfWork


def connection_of(uow: UnitOfWork) -> Connection:
    """Return the connection that the room's own rows are read and written with, in the same transaction."""
    if not isinstance(uow, SqlUnitOfWork):
        raise TypeError("services and requests live in the SQL database")
    return uow.connection
