"""Roles of Portvakt's own as rows, and the facts about people and units that decisions over them need."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.account import AccountState
from idp.domain.administration_ports import HeldRole
from idp.domain.handles import AccountId, PersonId, new_id
from idp.domain.person import Protection
from idp.domain.roles import WHOLE, Grant, Place, Reach, Role, Scope, Somebody
from idp.storage.columns import from_micros
from idp.storage.reach import runs_at
from idp.storage.tables import (
    account_roles,
    accounts,
    applications,
    employments,
    persons,
    role_grants,
    units,
)

GRANT_COLUMNS = (
    role_grants.c.id,
    role_grants.c.role,
    role_grants.c.reach,
    role_grants.c.scope,
    role_grants.c.ends,
)
NOT_TAKEN = role_grants.c.taken_at.is_(None)


def grant_from(row: Any, prefix: str = "", within: frozenset[str] = frozenset()) -> Grant:
    """Return the grant of a row that holds `GRANT_COLUMNS`, decoded or straight from the driver."""
    ends = row[prefix + "ends"]
    return Grant(
        role=Role(row[prefix + "role"]),
        scope=Scope(Reach(row[prefix + "reach"]), row[prefix + "scope"], within),
        ends=from_micros(ends) if isinstance(ends, int) else ends,
        id=row[prefix + "id"],
    )


class SqlRoles:
    """Implements `ports.Roles`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_account(self, account_id: AccountId) -> tuple[Grant, ...]:
        return self._grants(select(*GRANT_COLUMNS).where(role_grants.c.account_id == account_id, NOT_TAKEN))

    def somebody(self, person_id: PersonId, now: datetime) -> Somebody | None:
        protection = self._connection.execute(
            select(persons.c.protection).where(persons.c.id == person_id)
        ).scalar()
        if protection is None:
            return None
        own = select(units.c.id, units.c.code, units.c.parent_id).join(
            employments, employments.c.unit_id == units.c.id
        )
        codes = self._above(own.where(employments.c.person_id == person_id, runs_at(now)))
        grants = self._grants(
            select(*GRANT_COLUMNS)
            .join(accounts, accounts.c.id == role_grants.c.account_id)
            .where(accounts.c.person_id == person_id, NOT_TAKEN)
        )
        return Somebody(person_id, codes, grants, protected=protection != Protection.NONE.value)

    def place(self, code: str) -> Place | None:
        codes = self._with_above(code)
        return Place(code, codes) if codes else None

    def add(self, account_id: AccountId, grant: Grant, reason: str, given_by: str, now: datetime) -> bool:
        # One that has ended makes room for a new one.
        self._connection.execute(
            update(role_grants)
            .where(_same(account_id, grant), NOT_TAKEN, role_grants.c.ends <= now)
            .values(taken_at=now, taken_by="")
        )
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(role_grants).values(
                        id=new_id(),
                        account_id=account_id,
                        role=grant.role.value,
                        reach=grant.scope.reach.value,
                        scope=grant.scope.key,
                        ends=grant.ends,
                        given_at=now,
                        given_by=given_by,
                        reason=reason,
                    )
                )
        except IntegrityError:
            return False
        return True

    def take(self, account_id: AccountId, grant: Grant, taken_by: str, now: datetime) -> bool:
        changed = self._connection.execute(
            update(role_grants)
            .where(_same(account_id, grant), NOT_TAKEN)
            .values(taken_at=now, taken_by=taken_by)
        )
        if grant.scope == WHOLE:
            self._connection.execute(
                delete(account_roles).where(
                    account_roles.c.account_id == account_id, account_roles.c.role == grant.role.value
                )
            )
        return changed.rowcount == 1

    def lock_administrators(self) -> None:
        # SQLite has one writer; elsewhere whoever comes second waits here and reads on afterwards.
        if self._connection.dialect.name != "sqlite":
            self._connection.execute(
                select(role_grants.c.id)
                .where(role_grants.c.role == Role.ADMINISTRATOR.value, NOT_TAKEN)
                .order_by(role_grants.c.id)
                .with_for_update()
            ).all()

    def other_administrators(self, account_id: AccountId) -> int:
        return int(
            self._connection.execute(
                select(func.count(func.distinct(accounts.c.id)))
                .join(role_grants, role_grants.c.account_id == accounts.c.id)
                .where(
                    accounts.c.id != account_id,
                    accounts.c.state == AccountState.ACTIVE.value,
                    role_grants.c.role == Role.ADMINISTRATOR.value,
                    role_grants.c.reach == Reach.ORGANISATION.value,
                    role_grants.c.ends.is_(None),
                    NOT_TAKEN,
                )
            ).scalar_one()
        )

    def held(self, now: datetime) -> Sequence[HeldRole]:
        rows = self._connection.execute(
            select(
                *GRANT_COLUMNS,
                role_grants.c.given_at,
                role_grants.c.given_by,
                role_grants.c.reason,
                accounts.c.id.label("account_id"),
                accounts.c.login,
                persons.c.id.label("person_id"),
                persons.c.display_name,
                persons.c.protection,
                applications.c.title,
                select(func.min(units.c.name))
                .where(units.c.code == role_grants.c.scope)
                .scalar_subquery()
                .label("unit"),
            )
            .select_from(role_grants.join(accounts).join(persons))
            .outerjoin(applications, applications.c.id == role_grants.c.scope)
            .where(NOT_TAKEN, or_(role_grants.c.ends.is_(None), role_grants.c.ends > now))
            .order_by(role_grants.c.role, role_grants.c.reach, role_grants.c.scope, accounts.c.login)
        ).mappings()
        return [
            HeldRole(
                grant=grant_from(row),
                account_id=AccountId(row["account_id"]),
                person_id=PersonId(row["person_id"]),
                login=row["login"],
                name=row["display_name"] if row["protection"] == Protection.NONE.value else "—",
                scope=_called(row),
                given_at=row["given_at"],
                given_by=row["given_by"],
                reason=row["reason"],
            )
            for row in rows
        ]

    def _grants(self, statement: Select[Any]) -> tuple[Grant, ...]:
        rows = self._connection.execute(statement.order_by(role_grants.c.id)).mappings().all()
        return tuple(
            grant_from(row, within=self._with_above(row["scope"]) if row["reach"] == "unit" else frozenset())
            for row in rows
        )

    def _with_above(self, code: str) -> frozenset[str]:
        return self._above(select(units.c.id, units.c.code, units.c.parent_id).where(units.c.code == code))

    def _above(self, own: Select[Any]) -> frozenset[str]:
        tree = own.cte("tree", recursive=True)
        # UNION, not UNION ALL: a loop among the units ends.
        tree = tree.union(
            select(units.c.id, units.c.code, units.c.parent_id).join(tree, units.c.id == tree.c.parent_id)
        )
        return frozenset(self._connection.execute(select(tree.c.code)).scalars())


def _same(account_id: AccountId, grant: Grant) -> Any:
    return and_(
        role_grants.c.account_id == account_id,
        role_grants.c.role == grant.role.value,
        role_grants.c.reach == grant.scope.reach.value,
        role_grants.c.scope == grant.scope.key,
    )


def _called(row: Any) -> str:
    if row["reach"] == Reach.UNIT.value:
        return str(row["unit"] or row["scope"])
    return str(row["title"] or row["scope"]) if row["reach"] == Reach.APPLICATION.value else ""
