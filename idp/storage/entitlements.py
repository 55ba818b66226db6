"""Decisions about single people as rows; an ended one stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.entitlements import DefinedRole, Entitlement, HeldEntitlement, Kind
from idp.domain.handles import AccountId, ApplicationId, new_id
from idp.domain.person import Protection
from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared
from idp.storage.tables import accounts, application_roles, entitlements, persons

_HELD = entitlements.c.ended_at.is_(None)


def lasting(now: Any) -> ColumnElement[bool]:
    """Return the condition that a decision holds at `now`."""
    return and_(_HELD, or_(entitlements.c.ends.is_(None), entitlements.c.ends > now))


_ROLES = Prepared(
    select(entitlements.c.role).where(
        entitlements.c.account_id == bindparam("account"),
        entitlements.c.application_id == bindparam("application"),
        entitlements.c.kind == Kind.ROLE.value,
        lasting(bindparam("now")),
    )
)


class SqlEntitlements:
    """Implements `entitlements.Entitlements`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Entitlement, reason: str, by: str, now: datetime) -> bool:
        # One that has run out makes room: the unique index knows of `ended_at` alone.
        self._connection.execute(
            update(entitlements)
            .where(_is(one), _HELD, entitlements.c.ends <= now)
            .values(ended_at=entitlements.c.ends, ended_by="")
        )
        values = {
            "id": new_id(),
            "application_id": one.application,
            "account_id": one.account,
            "kind": one.kind.value,
            "role": one.role,
            "ends": one.ends,
            "reason": reason,
            "given_at": now,
            "given_by": by,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(entitlements).values(values))
        except IntegrityError:
            return False
        return True

    def end(self, one: Entitlement, by: str, now: datetime) -> bool:
        changed = self._connection.execute(
            update(entitlements).where(_is(one), lasting(now)).values(ended_at=now, ended_by=by)
        )
        return changed.rowcount == 1

    def of_application(self, application: ApplicationId, now: datetime) -> Sequence[HeldEntitlement]:
        rows = self._connection.execute(
            select(entitlements, accounts.c.login, persons.c.display_name, persons.c.protection)
            .join(accounts, accounts.c.id == entitlements.c.account_id)
            .join(persons, persons.c.id == accounts.c.person_id)
            .where(entitlements.c.application_id == application, lasting(now))
            .order_by(accounts.c.login, entitlements.c.kind, entitlements.c.role)
        ).mappings()
        return [_held(row) for row in rows]

    def roles_of(self, account: AccountId, application: ApplicationId, now: datetime) -> tuple[str, ...]:
        rows = _ROLES.run(self._connection, account=account, application=application, now=to_micros(now))
        return tuple(sorted(str(row[0]) for row in rows))

    def defined(self, application: ApplicationId) -> Sequence[DefinedRole]:
        rows = self._connection.execute(
            select(application_roles.c.role, application_roles.c.title)
            .where(application_roles.c.application_id == application)
            .order_by(application_roles.c.role)
        )
        return [DefinedRole(*row) for row in rows]

    def define(self, application: ApplicationId, role: DefinedRole) -> bool:
        values = {"application_id": application, "role": role.role, "title": role.title}
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(application_roles).values(values))
        except IntegrityError:
            return False
        return True

    def undefine(self, application: ApplicationId, role: str, now: datetime) -> bool:
        held = (
            select(entitlements.c.id)
            .where(
                entitlements.c.application_id == application,
                entitlements.c.kind == Kind.ROLE.value,
                entitlements.c.role == role,
                lasting(now),
            )
            .exists()
        )
        gone = self._connection.execute(
            delete(application_roles).where(
                application_roles.c.application_id == application, application_roles.c.role == role, ~held
            )
        )
        return gone.rowcount == 1


def _is(one: Entitlement) -> ColumnElement[bool]:
    return and_(
        entitlements.c.application_id == one.application,
        entitlements.c.account_id == one.account,
        entitlements.c.kind == one.kind.value,
        entitlements.c.role == one.role,
    )


def _held(row: Any) -> HeldEntitlement:
    shown = row["display_name"] if row["protection"] == Protection.NONE.value else "—"
    return HeldEntitlement(
        Entitlement(
            ApplicationId(row["application_id"]),
            AccountId(row["account_id"]),
            Kind(row["kind"]),
            row["role"],
            row["ends"],
        ),
        row["login"],
        shown,
        row["given_at"],
        row["given_by"],
        row["reason"],
    )
