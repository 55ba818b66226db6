"""Persons with accounts, employments and addresses, many at a time, as rows."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, null, or_, select, update
from sqlalchemy.dialects import postgresql

from idp.domain.account import Account, AccountState
from idp.domain.employment import Employment
from idp.domain.errors import Overtaken
from idp.domain.handles import AccountId, PersonId
from idp.domain.login import login_key
from idp.domain.person import Person
from idp.provisioning.ports import KnownPersonState, NewAddress
from idp.storage.accounts import ACCOUNT_COLUMNS, account_from
from idp.storage.among import among
from idp.storage.bulk import BulkInsert, chunks
from idp.storage.columns import to_micros
from idp.storage.people import person_from
from idp.storage.prepared import Prepared
from idp.storage.primary_address import IS_PRIMARY
from idp.storage.search_index import touch
from idp.storage.tables import accounts, addresses, employments, persons

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_PERSON_VALUES = (
    "given_name",
    "surname",
    "display_name",
    "protection",
    "employee_number",
    "language",
    "origins",
)

_LOCK_PERSONS = select(persons).where(among(persons.c.id, "persons")).order_by(persons.c.id).with_for_update()
_LOCK_ACCOUNTS = (
    select(*ACCOUNT_COLUMNS, accounts.c.disabled_by)
    .where(among(accounts.c.person_id, "persons"))
    .order_by(accounts.c.id)
    .with_for_update()
)
_PRIMARY = select(addresses.c.person_id, addresses.c.address).where(
    among(addresses.c.person_id, "persons"),
    addresses.c.domain == bindparam("domain"),
    IS_PRIMARY,
)
_ADD_PERSON = BulkInsert(persons)
_FORGET = delete(persons).where(among(persons.c.id, "persons"))
_REPLACE_PERSON = Prepared(
    update(persons)
    .where(persons.c.id == bindparam("_id"))
    .values({name: bindparam(name) for name in _PERSON_VALUES})
)
_ADD_ACCOUNT = BulkInsert(accounts)
_REPLACE_ACCOUNT = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("_id"))
    .values(
        login=bindparam("login"),
        login_key=bindparam("login_key"),
        starts=bindparam("starts"),
        version=accounts.c.version + 1,
    )
)
_ENABLE = (
    update(accounts)
    .where(
        accounts.c.id == bindparam("_id"),
        accounts.c.state == AccountState.DISABLED.value,
        accounts.c.disabled_by == bindparam("_by"),
    )
    .values(
        state=AccountState.ACTIVE.value,
        disabled_reason=None,
        disabled_at=None,
        disabled_by=None,
        version=accounts.c.version + 1,
    )
)
_ADD_EMPLOYMENT = BulkInsert(employments)
_DROP_EMPLOYMENTS = delete(employments).where(
    employments.c.source == bindparam("of_source"), among(employments.c.person_id, "persons")
)
_END_EMPLOYMENTS = (
    update(employments)
    .where(
        employments.c.source == bindparam("of_source"),
        among(employments.c.person_id, "persons"),
        or_(employments.c.ends.is_(None), employments.c.ends > bindparam("now")),
    )
    .values(ends=bindparam("now"))
)
_LIVING_ADDRESSES = (
    addresses.c.domain == bindparam("of_domain"),
    among(addresses.c.person_id, "persons"),
    addresses.c.until.is_(None),
)
_DEMOTE_ADDRESSES = update(addresses).where(*_LIVING_ADDRESSES).values(kind="alias")
_CUT_ADDRESSES = update(addresses).where(*_LIVING_ADDRESSES).values(kind="alias", until=bindparam("now"))


def _revive(insert: postgresql.Insert) -> postgresql.Insert:
    """Let a person's own earlier address be the primary one again; another's is left alone."""
    return insert.on_conflict_do_update(
        index_elements=[addresses.c.address],
        set_={"kind": "primary", "since": insert.excluded.since, "until": null()},
        where=addresses.c.person_id == insert.excluded.person_id,
    )


_PUT_ADDRESS = BulkInsert(addresses, _revive)


class SqlPopulation:
    """Implements `provisioning.ports.Population`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, persons: Collection[PersonId], domain: str) -> Mapping[PersonId, KnownPersonState]:
        held: dict[PersonId, KnownPersonState] = {}
        for chunk in chunks(sorted(persons)):
            owned = self._lock_accounts(chunk)
            primary = self._primary_addresses(chunk, domain)
            for row in self._connection.execute(_LOCK_PERSONS, {"persons": chunk}).mappings():
                person = person_from(row)
                account, disabled_by = owned.get(person.id, (None, None))
                held[person.id] = KnownPersonState(person, account, disabled_by, primary.get(person.id))
        return held

    def _lock_accounts(self, chunk: Sequence[PersonId]) -> dict[PersonId, tuple[Account, str | None]]:
        rows = self._connection.execute(_LOCK_ACCOUNTS, {"persons": chunk}).mappings()
        return {PersonId(row["person_id"]): (account_from(row), row["disabled_by"]) for row in rows}

    def _primary_addresses(self, chunk: Sequence[PersonId], domain: str) -> dict[PersonId, str]:
        rows = self._connection.execute(_PRIMARY, {"persons": chunk, "domain": domain})
        return {PersonId(row.person_id): row.address for row in rows}

    def add_persons(self, persons: Sequence[Person], now: datetime) -> None:
        at = to_micros(now)
        rows = [{"id": one.id, "created_at": at, **_person_values(one)} for one in persons]
        _ADD_PERSON.run(self._connection, rows)
        touch(self._connection, [one.id for one in persons])

    def forget_persons(self, persons: Collection[PersonId]) -> None:
        for chunk in chunks(persons):
            self._connection.execute(_FORGET, {"persons": chunk})

    def replace_persons(self, persons: Sequence[Person]) -> None:
        touch(self._connection, [one.id for one in persons])
        _REPLACE_PERSON.run_many(
            self._connection, [{"_id": one.id, **_person_values(one)} for one in persons]
        )

    def add_accounts(self, accounts: Sequence[Account], disabled_by: str) -> None:
        _ADD_ACCOUNT.run(self._connection, [_account_row(one, disabled_by) for one in accounts])

    def replace_accounts(self, accounts: Sequence[Account]) -> None:
        touch(self._connection, [one.person_id for one in accounts])
        _REPLACE_ACCOUNT.run_many(
            self._connection,
            [
                {
                    "_id": one.id,
                    "login": one.login,
                    "login_key": login_key(one.login),
                    "starts": _micros(one.starts),
                }
                for one in accounts
            ],
        )

    def enable(self, account_id: AccountId, disabled_by: str) -> bool:
        changed = self._connection.execute(_ENABLE, {"_id": account_id, "_by": disabled_by})
        return changed.rowcount == 1

    def replace_employments(
        self, source: str, persons: Collection[PersonId], employments: Sequence[Employment]
    ) -> None:
        touch(self._connection, persons)
        for chunk in chunks(persons):
            self._connection.execute(_DROP_EMPLOYMENTS, {"of_source": source, "persons": chunk})
        _ADD_EMPLOYMENT.run(
            self._connection,
            [
                {
                    "person_id": one.person_id,
                    "source": one.source,
                    "unit_id": one.unit_id,
                    "title": one.title,
                    "starts": _micros(one.starts),
                    "ends": _micros(one.ends),
                }
                for one in employments
            ],
        )

    def end_employments(self, source: str, persons: Collection[PersonId], now: datetime) -> None:
        for chunk in chunks(persons):
            self._connection.execute(_END_EMPLOYMENTS, {"of_source": source, "persons": chunk, "now": now})

    def retire_addresses(
        self, domain: str, persons: Collection[PersonId], now: datetime, *, cut: bool
    ) -> None:
        touch(self._connection, persons)
        statement = _CUT_ADDRESSES if cut else _DEMOTE_ADDRESSES
        for chunk in chunks(persons):
            values = {"of_domain": domain, "persons": chunk, **({"now": now} if cut else {})}
            self._connection.execute(statement, values)

    def add_addresses(self, addresses: Sequence[NewAddress], now: datetime) -> None:
        touch(self._connection, [one.person_id for one in addresses])
        at = to_micros(now)
        rows = [
            {
                "address": one.address,
                "person_id": one.person_id,
                "domain": one.domain,
                "kind": "primary",
                "since": at,
                "until": None,
                "unconfirmed": one.unconfirmed,
            }
            for one in addresses
        ]
        if _PUT_ADDRESS.run(self._connection, rows) != len(rows):
            raise Overtaken("an address that was issued to a person is stored as another's")


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else to_micros(instant)


def _person_values(person: Person) -> dict[str, object]:
    origins = {name: [one.source, one.key, one.attribute] for name, one in person.origins.items()}
    return {
        "given_name": person.given_name,
        "surname": person.surname,
        "display_name": person.display_name,
        "protection": person.protection.value,
        "employee_number": person.employee_number,
        "language": person.language,
        "origins": _encode(origins),
    }


def _account_row(account: Account, disabled_by: str) -> dict[str, object]:
    disabled = account.state is AccountState.DISABLED
    return {
        "cooling_until": None,
        "password_short": False,
        "id": account.id,
        "person_id": account.person_id,
        "login": account.login,
        "login_key": login_key(account.login),
        "state": account.state.value,
        "password_source": account.password_source.value,
        "password_hash": None,
        "directory": account.directory,
        "directory_key": account.directory_key,
        "starts": _micros(account.starts),
        "disabled_reason": account.disabled_reason,
        "disabled_at": _micros(account.disabled_at),
        "disabled_by": disabled_by if disabled else None,
        "version": account.version,
    }
