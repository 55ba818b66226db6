"""The room's rows. Nothing outside this folder and `tables.py` knows SQL.

Statements of the hot paths are compiled once (`idp.storage.prepared`); what must happen once is one
conditional UPDATE or INSERT, and its row stays, marked.
"""

from functools import cached_property

from sqlalchemy import Connection

from idp.domain.ports import UnitOfWork
from idp.oidc.store.assertions import Assertions
from idp.oidc.store.connection import connection_of
from idp.oidc.store.consents import Consents
from idp.oidc.store.deliveries import Deliveries
from idp.oidc.store.grants import Grants
from idp.oidc.store.memberships import MembershipRows
from idp.oidc.store.requests import PendingRequests
from idp.oidc.store.tokens import Tokens


class OidcStore:
    """The room's aggregates within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def of(cls, uow: UnitOfWork) -> "OidcStore":
        """Return the room's rows as seen by a unit of work of `storage`."""
        return cls(connection_of(uow))

    @cached_property
    def grants(self) -> Grants:
        return Grants(self._connection)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self._connection)

    @cached_property
    def requests(self) -> PendingRequests:
        return PendingRequests(self._connection)

    @cached_property
    def assertions(self) -> Assertions:
        return Assertions(self._connection)

    @cached_property
    def consents(self) -> Consents:
        return Consents(self._connection)

    @cached_property
    def memberships(self) -> MembershipRows:
        return MembershipRows(self._connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._connection)


__all__ = ["OidcStore"]
