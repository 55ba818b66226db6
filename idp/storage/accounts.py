"""Accounts as rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    false,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError

from idp.domain.access import AccessFacts
from idp.domain.account import Account, AccountState, PasswordSource
from idp.domain.handles import AccountId, ApplicationId, PersonId
from idp.domain.login import login_key
from idp.domain.naming import likeness
from idp.domain.person import Person
from idp.domain.roles import Grant
from idp.storage.columns import from_micros, to_micros
from idp.storage.entitlements import lasting
from idp.storage.prepared import Prepared
from idp.storage.role_grants import GRANT_COLUMNS, NOT_TAKEN, grant_from
from idp.storage.search_index import touch
from idp.storage.tables import (
    accounts,
    addresses,
    directory_entries,
    employments,
    entitlements,
    group_members,
    groups,
    issued_names,
    persons,
    role_grants,
    units,
)

ACCOUNT_COLUMNS = (
    accounts.c.id,
    accounts.c.person_id,
    accounts.c.login,
    accounts.c.state,
    accounts.c.password_source,
    accounts.c.password_short,
    accounts.c.directory,
    accounts.c.directory_key,
    accounts.c.starts,
    accounts.c.disabled_reason,
    accounts.c.disabled_at,
    accounts.c.cooling_until,
    accounts.c.version,
)


def account_from(row: Any, grants: tuple[Grant, ...] = ()) -> Account:
    """Return the account of a row that holds `ACCOUNT_COLUMNS`, decoded by SQLAlchemy or straight from the driver."""
    return Account(
        id=AccountId(row["id"]),
        person_id=PersonId(row["person_id"]),
        login=row["login"],
        state=AccountState(row["state"]),
        password_source=PasswordSource(row["password_source"]),
        short_password=bool(row["password_short"]),
        directory=row["directory"],
        directory_key=row["directory_key"],
        starts=_instant(row["starts"]),
        disabled_reason=row["disabled_reason"],
        disabled_at=_instant(row["disabled_at"]),
        grants=grants,
        cooling_until=_instant(row["cooling_until"]),
        version=row["version"],
    )


def _instant(value: Any) -> datetime | None:
    return from_micros(value) if isinstance(value, int) else value


_unit_tree = (
    select(units.c.id, units.c.code, units.c.parent_id)
    .join(employments, employments.c.unit_id == units.c.id)
    .where(
        employments.c.person_id == bindparam("person"),
        or_(employments.c.starts.is_(None), employments.c.starts <= bindparam("now")),
        or_(employments.c.ends.is_(None), employments.c.ends > bindparam("now")),
    )
    .cte("own_units", recursive=True)
)
# UNION, not UNION ALL: a loop among the units ends.
_unit_tree = _unit_tree.union(
    select(units.c.id, units.c.code, units.c.parent_id).join(_unit_tree, units.c.id == _unit_tree.c.parent_id)
)

_FACTS = Prepared(
    union_all(
        select(literal("g").label("what"), groups.c.name.label("value"))
        .join(group_members, group_members.c.group_id == groups.c.id)
        .where(group_members.c.person_id == bindparam("person")),
        select(literal("u").label("what"), _unit_tree.c.code.label("value")),
        select(entitlements.c.kind.label("what"), entitlements.c.application_id.label("value")).where(
            entitlements.c.account_id == bindparam("account"),
            entitlements.c.kind != "role",
            lasting(bindparam("now")),
        ),
    )
)

_GRANTS = Prepared(select(*GRANT_COLUMNS).where(role_grants.c.account_id == bindparam("account"), NOT_TAKEN))
_BY_ID = Prepared(select(*ACCOUNT_COLUMNS).where(accounts.c.id == bindparam("account")))
_BY_LOGIN = Prepared(select(*ACCOUNT_COLUMNS).where(accounts.c.login_key == bindparam("key")))
_HASH = Prepared(select(accounts.c.password_hash).where(accounts.c.id == bindparam("account")))
_BY_ADDRESS = (
    select(*ACCOUNT_COLUMNS)
    .join(addresses, addresses.c.person_id == accounts.c.person_id)
    .where(addresses.c.address == bindparam("key"), addresses.c.until.is_(None))
    .limit(2)
)


def _person_values(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "id": person.id,
        "given_name": person.given_name,
        "surname": person.surname,
        "display_name": person.display_name,
        "protection": person.protection.value,
        "employee_number": person.employee_number,
        "language": person.language,
        "origins": {},
        "created_at": now,
    }


_IS_ACTIVE = accounts.c.state == AccountState.ACTIVE.value
# What a synchronisation disabled may be disabled by a human too, and then no synchronisation enables it (L5).
_SYNCHRONISED = accounts.c.disabled_by == "sync"
# The directory's word wins over ours: what it calls inactive cannot be enabled here (L5).
_GONE_IN_DIRECTORY = (
    select(directory_entries.c.key)
    .where(
        directory_entries.c.source == accounts.c.directory,
        directory_entries.c.key == accounts.c.directory_key,
        directory_entries.c.active.is_(False),
    )
    .exists()
)


class SqlAccounts:
    """Implements `ports.Accounts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, account_id: AccountId) -> Account | None:
        row = _BY_ID.run(self._connection, account=account_id).mappings().first()
        return account_from(row, self._grants(account_id)) if row else None

    def by_login(self, login: str) -> Account | None:
        key = login_key(login)
        row: Any = _BY_LOGIN.run(self._connection, key=key).mappings().first()
        if row is None and "@" in key:
            found = self._connection.execute(_BY_ADDRESS, {"key": key}).mappings().all()
            row = found[0] if len(found) == 1 else None
        return account_from(row, self._grants(AccountId(row["id"]))) if row else None

    def facts(self, account: Account, now: datetime) -> AccessFacts:
        found: dict[str, set[str]] = {"g": set(), "u": set(), "let_in": set(), "kept_out": set()}
        rows = _FACTS.run(self._connection, person=account.person_id, account=account.id, now=to_micros(now))
        for row in rows:
            found[row.what].add(row.value)
        return AccessFacts(
            account,
            frozenset(found["g"]),
            frozenset(found["u"]),
            frozenset(map(ApplicationId, found["let_in"])),
            frozenset(map(ApplicationId, found["kept_out"])),
        )

    def disable(self, account_id: AccountId, reason: str, now: datetime, by: str) -> bool:
        changed = self._connection.execute(
            update(accounts)
            .where(accounts.c.id == account_id, or_(_IS_ACTIVE, _SYNCHRONISED if by != "sync" else false()))
            .values(
                state=AccountState.DISABLED.value,
                disabled_reason=reason,
                disabled_at=now,
                disabled_by=by,
                version=accounts.c.version + 1,
            )
        )
        return changed.rowcount == 1

    def enable(self, account_id: AccountId, now: datetime) -> bool:  # noqa: ARG002 - the port's shape
        changed = self._connection.execute(
            update(accounts)
            .where(
                accounts.c.id == account_id,
                accounts.c.state == AccountState.DISABLED.value,
                ~_GONE_IN_DIRECTORY,
            )
            .values(
                state=AccountState.ACTIVE.value,
                disabled_reason=None,
                disabled_at=None,
                disabled_by=None,
                version=accounts.c.version + 1,
            )
        )
        return changed.rowcount == 1

    def add_local(self, person: Person, account: Account, now: datetime) -> bool:
        key = login_key(account.login)
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(persons).values(_person_values(person, now)))
                # The table of names ever issued is the one truth: its key refuses what is or was somebody's.
                self._connection.execute(
                    insert(issued_names).values(
                        space="login", canonical=likeness(account.login), person_id=person.id, issued_at=now
                    )
                )
                self._connection.execute(
                    insert(accounts).values(
                        id=account.id,
                        person_id=person.id,
                        login=account.login,
                        login_key=key,
                        state=account.state.value,
                        password_source=account.password_source.value,
                        starts=account.starts,
                        version=account.version,
                    )
                )
        except IntegrityError:
            return False
        touch(self._connection, [person.id])
        return True

    def password_hash(self, account_id: AccountId) -> str | None:
        hashed: str | None = _HASH.run(self._connection, account=account_id).scalar()
        return hashed

    def set_password_hash(
        self, account_id: AccountId, new: str, *, expected: str | None, alone: bool | None = None
    ) -> bool:
        length = {} if alone is None else {"password_short": not alone}
        same = (
            accounts.c.password_hash.is_(None) if expected is None else accounts.c.password_hash == expected
        )
        changed = self._connection.execute(
            update(accounts)
            .where(and_(accounts.c.id == account_id, same))
            .values(password_hash=new, version=accounts.c.version + 1, **length)
        )
        return changed.rowcount == 1

    def cool_off(self, account_id: AccountId, until: datetime) -> bool:
        longer = or_(accounts.c.cooling_until.is_(None), accounts.c.cooling_until < until)
        changed = self._connection.execute(
            update(accounts).where(accounts.c.id == account_id, longer).values(cooling_until=until)
        )
        return changed.rowcount == 1

    def _grants(self, account_id: AccountId) -> tuple[Grant, ...]:
        rows = _GRANTS.run(self._connection, account=account_id).mappings()
        return tuple(grant_from(row) for row in rows)
