"""The administration's questions as SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from idp.domain.account import Account, AccountState
from idp.domain.handles import PersonId
from idp.domain.ports import UnitOfWork
from idp.domain.posture import Posture
from idp.domain.register import (
    DayCount,
    DeadLetter,
    EmploymentLine,
    Figures,
    HistoryLine,
    PersonLine,
    RunSummary,
    Trends,
    Work,
)
from idp.domain.roles import Scope
from idp.storage.accounts import ACCOUNT_COLUMNS, account_from
from idp.storage.audit_lines import history_lines
from idp.storage.audit_stream import SqlLog
from idp.storage.counts import signins_by_day, trends
from idp.storage.incidents import SqlIncidents
from idp.storage.review import posture
from idp.storage.search import SqlSearch
from idp.storage.tables import (
    accounts,
    addresses,
    applications,
    audit_records,
    employments,
    outbox,
    persons,
    sessions,
    sync_runs,
    units,
)
from idp.storage.unit_of_work import SqlUnitOfWork
from idp.storage.work import work


class SqlRegister:
    """Implements `register.Register`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._search = SqlSearch(connection)

    @classmethod
    def of(cls, uow: UnitOfWork) -> "SqlRegister":
        """Return the register as seen by a unit of work of `storage`."""
        if not isinstance(uow, SqlUnitOfWork):
            raise TypeError("the register lives in the SQL database")
        return cls(uow.connection)

    def figures(self, now: datetime) -> Figures:
        state = accounts.c.state
        return Figures(
            people=self._count(persons.c.id),
            active_accounts=self._count(accounts.c.id, state == AccountState.ACTIVE.value),
            disabled_accounts=self._count(accounts.c.id, state == AccountState.DISABLED.value),
            applications=self._count(applications.c.id),
            living_sessions=self._count(
                sessions.c.id, and_(sessions.c.ended_at.is_(None), sessions.c.expires_at > now)
            ),
        )

    def latest_runs(self, most: int) -> Sequence[RunSummary]:
        rows = self._connection.execute(
            select(sync_runs.c.source, sync_runs.c.started_at, sync_runs.c.ended_at, sync_runs.c.state)
            .order_by(sync_runs.c.started_at.desc())
            .limit(most)
        )
        return [RunSummary(*row) for row in rows]

    def dead_letters(self, most: int) -> Sequence[DeadLetter]:
        rows = self._connection.execute(
            select(
                outbox.c.topic, outbox.c.created_at, outbox.c.attempts, func.coalesce(outbox.c.last_error, "")
            )
            .where(outbox.c.dead_at.is_not(None))
            .order_by(outbox.c.dead_at.desc())
            .limit(most)
        )
        return [DeadLetter(*row) for row in rows]

    def search(
        self,
        words: str,
        most: int,
        within: Sequence[Scope],
        now: datetime,
        skip: int = 0,
        state: AccountState | None = None,
        *,
        descending: bool = False,
    ) -> Sequence[PersonLine]:
        return self._search.find(words, most, within, now, skip, state, descending=descending)

    def accounts_of(self, person_id: PersonId) -> Sequence[Account]:
        rows = self._connection.execute(
            select(*ACCOUNT_COLUMNS).where(accounts.c.person_id == person_id).order_by(accounts.c.login)
        ).mappings()
        return [account_from(row) for row in rows]

    def employments_of(self, person_id: PersonId) -> Sequence[EmploymentLine]:
        rows = self._connection.execute(
            select(employments.c.title, units.c.name, employments.c.starts, employments.c.ends)
            .join(units, units.c.id == employments.c.unit_id)
            .where(employments.c.person_id == person_id)
            .order_by(employments.c.ends.is_not(None), employments.c.starts.desc())
        )
        return [EmploymentLine(*row) for row in rows]

    def addresses_of(self, person_id: PersonId) -> Sequence[str]:
        found = self._connection.execute(
            select(addresses.c.address)
            .where(addresses.c.person_id == person_id, addresses.c.until.is_(None))
            .order_by(addresses.c.kind != "primary", addresses.c.address)
        )
        return list(found.scalars())

    def history(self, subjects: Sequence[str], most: int) -> Sequence[HistoryLine]:
        return history_lines(self._connection, audit_records.c.subject.in_(subjects), most)

    def signins(self, application: str, since: datetime, until: datetime) -> Sequence[DayCount]:
        return signins_by_day(self._connection, application, since, until)

    def trends(self, now: datetime) -> Trends:
        return trends(self._connection, now)

    def posture(self, now: datetime, dormant: timedelta, most: int = 500) -> Posture:
        return posture(self._connection, now, dormant, most)

    def incidents(self) -> SqlIncidents:
        return SqlIncidents(self._connection)

    def work(self, now: datetime, recently: timedelta) -> Work:
        return work(self._connection, now, recently)

    def log(self) -> SqlLog:
        return SqlLog(self._connection)

    def _count(self, column: ColumnElement[Any], where: ColumnElement[bool] | None = None) -> int:
        statement = select(func.count(column))
        return int(
            self._connection.execute(statement if where is None else statement.where(where)).scalar_one()
        )
