"""The unit of work: one transaction, and the aggregates that live in it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from idp.domain.audit import AuditRecord
from idp.domain.errors import Unavailable
from idp.domain.ports import Catalogue, Sealer
from idp.domain.process_counts import SignInTally
from idp.domain.session import SessionLimits
from idp.storage import catalogue as catalogues
from idp.storage import search_index
from idp.storage.accounts import SqlAccounts
from idp.storage.api_tokens import SqlApiTokens
from idp.storage.approvals import SqlApprovals
from idp.storage.archive import SqlArchive
from idp.storage.audit_log import SqlAuditLog
from idp.storage.catalogue import CatalogueCache
from idp.storage.decisions import SqlDecisions
from idp.storage.directory_down import SqlDirectoryDown
from idp.storage.entitlements import SqlEntitlements
from idp.storage.floods import SqlFloods
from idp.storage.journeys import SqlJourneys
from idp.storage.outbox import SqlOutbox
from idp.storage.people import SqlPeople
from idp.storage.planned_acts import SqlPlannedActs
from idp.storage.prepared import run_plain
from idp.storage.provisioning_store import SqlProvisioning
from idp.storage.releases import SqlReleases
from idp.storage.role_grants import SqlRoles
from idp.storage.schema import first_line
from idp.storage.sessions import SqlSessions
from idp.storage.shared_commits import SharedCommits
from idp.storage.systems import SqlSystems
from idp.storage.trusted_devices import SqlTrustedDevices
from mfa.sql_store import SqlFactorStore

#: Away, overloaded, out of room, or locked for too long: nothing was changed, and a later try may succeed.
AWAY = (OperationalError, InterfaceError, NoConnection)


class SqlUnitOfWork:
    """Aggregates over one connection. A room's own store takes `connection` and `sealer` from here."""

    def __init__(self, connection: Connection, database: "SqlDatabase") -> None:
        self.connection = connection
        self.sealer = database.sealer
        self.counted: list[AuditRecord] = []
        self._database = database

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self.connection)

    @cached_property
    def accounts(self) -> SqlAccounts:
        return SqlAccounts(self.connection)

    @cached_property
    def roles(self) -> SqlRoles:
        return SqlRoles(self.connection)

    @cached_property
    def api_tokens(self) -> SqlApiTokens:
        return SqlApiTokens(self.connection, self.sealer)

    @cached_property
    def directory_down(self) -> SqlDirectoryDown:
        return SqlDirectoryDown(self.connection)

    @cached_property
    def archive(self) -> SqlArchive:
        return SqlArchive(self.connection)

    @cached_property
    def planned_acts(self) -> SqlPlannedActs:
        return SqlPlannedActs(self.connection)

    @cached_property
    def systems(self) -> SqlSystems:
        return SqlSystems(self.connection)

    @cached_property
    def entitlements(self) -> SqlEntitlements:
        return SqlEntitlements(self.connection)

    @cached_property
    def approvals(self) -> SqlApprovals:
        return SqlApprovals(self.connection)

    @cached_property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self.connection, self._database.idle_micros)

    @cached_property
    def journeys(self) -> SqlJourneys:
        return SqlJourneys(self.connection)

    @cached_property
    def decisions(self) -> SqlDecisions:
        return SqlDecisions(self.connection)

    @cached_property
    def devices(self) -> SqlTrustedDevices:
        return SqlTrustedDevices(self.connection)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.connection)

    @cached_property
    def audit(self) -> SqlAuditLog:
        return SqlAuditLog(self.connection, self.counted)

    @cached_property
    def floods(self) -> SqlFloods:
        return SqlFloods(self.connection)

    @cached_property
    def factors(self) -> SqlFactorStore:
        return SqlFactorStore(self.connection, self.sealer)

    @cached_property
    def releases(self) -> SqlReleases:
        return SqlReleases(self.connection)

    @cached_property
    def provisioning(self) -> SqlProvisioning:
        return SqlProvisioning(self.connection, self.sealer)

    @cached_property
    def catalogue(self) -> Catalogue:
        return self._database.catalogues.current(self.connection)

    def exclusive(self, name: str) -> None:
        # SQLite has one writer at a time.
        if self.connection.dialect.name != "sqlite":
            number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
            self.connection.execute(select(func.pg_advisory_xact_lock(number)))


class SqlDatabase:
    """Units of work over one engine."""

    def __init__(self, engine: Engine, sealer: Sealer, limits: SessionLimits | None = None) -> None:
        self.engine = engine
        self.sealer = sealer
        self.idle_micros = int((limits or SessionLimits()).idle.total_seconds() * 1_000_000)
        self.catalogues = CatalogueCache()
        self.tally = SignInTally()
        self._writers = SharedCommits(engine) if engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """Begin a reading unit of work."""
        with told_apart(), self.engine.connect() as connection, connection.begin():
            if self._writers is not None:
                run_plain(connection, "BEGIN")
            catalogues.begin(connection)
            yield SqlUnitOfWork(connection, self)

    @contextmanager
    def write(self, *, brief: bool = False) -> Iterator[SqlUnitOfWork]:
        """Begin a writing unit of work; commits on leaving normally, rolls back on an exception."""
        with told_apart(), self._writing(brief=brief) as connection:
            search_index.begin(connection)
            catalogues.begin(connection)
            uow = SqlUnitOfWork(connection, self)
            yield uow
            search_index.settle(connection)
        if uow.counted:  # committed by now
            self.tally.add(uow.counted)

    @contextmanager
    def _writing(self, *, brief: bool) -> Iterator[Connection]:
        if self._writers is not None:
            with self._writers.transaction(brief=brief) as connection:
                yield connection
        else:
            with self.engine.connect() as connection, connection.begin():
                yield connection


@contextmanager
def told_apart() -> Iterator[None]:
    """Raise what says that the database is away as Unavailable."""
    try:
        yield
    except AWAY as error:
        raise Unavailable(f"the database does not answer: {first_line(error)}") from error
