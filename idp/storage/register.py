"""The administration's questions as SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select

from idp.domain.account import Account, AccountState
from idp.domain.handles import AccountId, PersonId
from idp.domain.login import login_key
from idp.domain.person import Person, Protection
from idp.domain.ports import UnitOfWork
from idp.domain.register import DeadLetter, EmploymentLine, Figures, PersonLine, RunSummary
from idp.domain.roles import Scope
from idp.storage.accounts import ACCOUNT_COLUMNS, account_from
from idp.storage.reach import reached
from idp.storage.tables import (
    accounts,
    addresses,
    applications,
    employments,
    outbox,
    persons,
    sessions,
    sync_runs,
    units,
)
from idp.storage.unit_of_work import SqlUnitOfWork


class SqlRegister:
    """Implements `register.Register`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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

    def search(self, words: str, most: int, within: Sequence[Scope], now: datetime) -> Sequence[PersonLine]:
        parts = words.split()
        if not parts:
            return []
        open_to_all = persons.c.protection == Protection.NONE.value
        by_name = and_(open_to_all, *(_has(part) for part in parts))
        exactly = or_(accounts.c.login_key == login_key(words), persons.c.employee_number == words.strip())
        rows = self._connection.execute(
            select(persons, *(column.label(f"account_{column.name}") for column in _LINE_COLUMNS))
            .outerjoin(accounts, accounts.c.person_id == persons.c.id)
            .where(or_(by_name, exactly), reached(within, now))
            .order_by(persons.c.surname, persons.c.given_name, accounts.c.login)
            .limit(most)
        ).mappings()
        return [_line(row) for row in rows]

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

    def _count(self, column: ColumnElement[Any], where: ColumnElement[bool] | None = None) -> int:
        statement = select(func.count(column))
        return int(
            self._connection.execute(statement if where is None else statement.where(where)).scalar_one()
        )


_LINE_COLUMNS = (accounts.c.id, accounts.c.login, accounts.c.state)


def _has(part: str) -> ColumnElement[bool]:
    # icontains escapes % and _ in what was typed; SQLite folds only ASCII, so both spellings are asked for.
    spellings = {part, part.lower(), part.capitalize()}
    return or_(
        *(persons.c.display_name.icontains(spelling, autoescape=True) for spelling in sorted(spellings)),
        accounts.c.login_key.startswith(login_key(part), autoescape=True),
    )


def _line(row: RowMapping) -> PersonLine:
    person = Person(
        id=PersonId(row["id"]),
        given_name=row["given_name"],
        surname=row["surname"],
        display_name=row["display_name"],
        protection=Protection(row["protection"]),
    )
    if row["account_id"] is None:
        return PersonLine(person.id, person.shown_name)
    return PersonLine(
        person.id,
        person.shown_name,
        AccountId(row["account_id"]),
        row["account_login"],
        AccountState(row["account_state"]),
    )
