"""Leases as rows, timed by the database's clock: one conditional statement takes, one keeps, one gives back."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, literal_column, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.storage.columns import Instant
from idp.storage.tables import leases
from idp.storage.unit_of_work import SqlDatabase

_MICROSECOND = timedelta(microseconds=1)
_NOW = {
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
    # SQLite's own clock counts from noon on 24 November 4714 BC; it is the machine's, as everybody's here.
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)",
}


class SqlLeases:
    """Implements `jobs.leases.LeaseStore`."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self._dialect = database.engine.dialect.name

    def acquire(self, name: str, holder: str, duration: timedelta) -> int | None:
        """Insert the row, or take it over if it has run out; one statement, so that one of many wins."""
        make = postgresql.insert if self._dialect == "postgresql" else sqlite.insert
        values = {"name": name, "holder": holder, "until": self._instant(duration), "term": 1}
        inserting = make(leases).values(values)
        statement = inserting.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"holder": holder, "until": self._instant(duration), "term": leases.c.term + 1},
            where=(leases.c.until < self._instant()) | (leases.c.holder == holder),
        ).returning(leases.c.term)
        if not self._may_be_free(name, holder):
            return None
        with self._database.write() as uow:
            return uow.connection.execute(statement).scalar()

    def renew(self, name: str, holder: str, duration: timedelta) -> bool:
        """Prolong a lease that has not been taken over; it may have run out unnoticed."""
        with self._database.write() as uow:
            changed = uow.connection.execute(
                update(leases)
                .where(leases.c.name == name, leases.c.holder == holder)
                .values(until=self._instant(duration))
            )
            return changed.rowcount == 1

    def release(self, name: str, holder: str) -> None:
        """Let the lease run out at once; the row stays, for its term."""
        with self._database.write() as uow:
            uow.connection.execute(
                update(leases)
                .where(leases.c.name == name, leases.c.holder == holder)
                .values(until=self._instant(-_MICROSECOND), holder="")
            )

    def _may_be_free(self, name: str, holder: str) -> bool:
        # A read first: those who wait for their turn must not take SQLite's write lock to hear no.
        taken = (leases.c.name == name, leases.c.holder != holder, leases.c.until >= self._instant())
        with self._database.read() as uow:
            return uow.connection.execute(select(leases.c.name).where(*taken)).first() is None

    def _instant(self, ahead: timedelta = timedelta()) -> ColumnElement[datetime]:
        now = literal_column(_NOW[self._dialect], BigInteger)
        return type_coerce(now + ahead // _MICROSECOND, Instant())
