"""The connection behind a unit of work."""

from sqlalchemy import Connection

from idp.domain.ports import UnitOfWork
from idp.storage.unit_of_work import SqlUnitOfWork


def connection_of(uow: UnitOfWork) -> Connection:
    """Return the connection that the room's own rows are read and written with, in the same transaction."""
    return _sql(uow).connection


def sealed(uow: UnitOfWork, plaintext: bytes, purpose: str) -> bytes:
    """Seal with the keys of the unit of work's database."""
    return _sql(uow).sealer.seal(plaintext, purpose)


def unsealed(uow: UnitOfWork, held: bytes, purpose: str) -> bytes:
    """Open what `sealed` made."""
    return _sql(uow).sealer.unseal(held, purpose)


def _sql(uow: UnitOfWork) -> SqlUnitOfWork:
    if not isinstance(uow, SqlUnitOfWork):
        raise TypeError("access servers and connections live in the SQL database")
    return uow
