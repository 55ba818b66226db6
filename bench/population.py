"""Fills an installation's database with accounts, in bulk, so that a million take minutes.

Everybody has one password, of which one hash is stored many times. The first `SIGNING` have an authenticator
app that works and a group; further ones have rows of the same shape whose seals open nothing: they never sign in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Table, insert

import mfa
from idp.domain.assurance import Method, Proof
from idp.domain.handles import AccountId, SessionId, digest, new_handle, new_id
from idp.domain.password import LocalPasswords
from idp.domain.session import Session
from idp.storage.tables import accounts, addresses, group_members, groups, issued_names, persons
from idp.storage.unit_of_work import SqlDatabase, SqlUnitOfWork
from mfa.tables import totps

PASSWORD = "en lugn promenad vid vattnet"
SIGNING = 2400
_BATCH = 5000
_DOMAIN = "ekvik.example"


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who can sign in; `seed` is their authenticator app's."""

    login: str
    account_id: AccountId
    seed: bytes


def populate(database: SqlDatabase, count: int, signing_in: int = SIGNING) -> list[Resident]:
    """Add `count` accounts and return those that can sign in, the first `signing_in`."""
    now = datetime.now(UTC)
    hashed = LocalPasswords().hash(PASSWORD)
    group = new_id()
    with database.write() as uow:
        uow.connection.execute(insert(groups).values(id=group, source="bench", key="staff", name="staff"))
    signing: list[Resident] = []
    for first in range(0, count, _BATCH):
        people = [(n, new_id(), AccountId(new_id())) for n in range(first, min(first + _BATCH, count))]
        with database.write() as uow:
            for table, rows in _rows(people, hashed, group, now):
                _insert(uow, table, rows)
            for n, _, account in people:
                if n < signing_in:
                    signing.append(_signing(uow, n, account, now))
            rest = [account for n, _, account in people if n >= signing_in]
            _insert(uow, totps, [_unopenable(account, now) for account in rest])
    return signing


def _rows(
    people: Sequence[tuple[int, str, AccountId]], hashed: str, group: str, now: datetime
) -> Iterator[tuple[Table, list[dict[str, object]]]]:
    yield persons, [
        {
            "id": person, "given_name": "Anna", "surname": f"Berg{n}", "display_name": f"Anna Berg{n}",
            "protection": "none", "employee_number": str(100_000 + n), "origins": {}, "created_at": now,
        }
        for n, person, _ in people
    ]  # fmt: skip
    yield accounts, [
        {
            "id": account, "person_id": person, "login": login_of(n), "login_key": login_of(n), "state": "active",
            "password_source": "local", "password_hash": hashed, "version": 1,
        }
        for n, person, account in people
    ]  # fmt: skip
    yield addresses, [
        {
            "address": f"{login_of(n)}@{_DOMAIN}", "person_id": person, "domain": _DOMAIN, "kind": "primary",
            "since": now, "unconfirmed": False,
        }
        for n, person, _ in people
    ]  # fmt: skip
    yield (
        issued_names,
        [
            {"space": "login", "canonical": login_of(n), "person_id": person, "issued_at": now}
            for n, person, _ in people
        ],
    )
    yield group_members, [{"person_id": person, "group_id": group} for _, person, _ in people]


def login_of(number: int) -> str:
    """Return the login of a numbered account."""
    return f"user{number:07d}"


def seed_of(number: int) -> bytes:
    """Return the seed of a numbered account's authenticator app."""
    return digest(f"bench {number}")[:20]


def _insert(uow: SqlUnitOfWork, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        uow.connection.execute(insert(table), rows)


def _signing(uow: SqlUnitOfWork, number: int, account: AccountId, now: datetime) -> Resident:
    seed = seed_of(number)
    mfa.import_totp(uow.factors, account, seed, "Mobil", now)
    return Resident(login_of(number), account, seed)


def _unopenable(account: AccountId, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(), "subject": account, "name": "Mobil", "sealed_secret": bytes(57), "algorithm": "SHA1",
        "digits": 6, "period": 30, "drift": 0, "last_step": 0, "created_at": now, "confirmed_at": now,
    }  # fmt: skip


def sign_in_directly(database: SqlDatabase, residents: Sequence[Resident]) -> list[str]:
    """Give each resident a living session with two factors; return the handles of their cookies."""
    now = datetime.now(UTC)
    handles = []
    with database.write() as uow:
        for resident in residents:
            handle = new_handle()
            session = Session(
                id=SessionId(new_id()),
                account_id=resident.account_id,
                proofs=(Proof(Method.PASSWORD, now), Proof(Method.TOTP, now)),
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=12),
            )
            uow.sessions.add(session, digest(handle))
            handles.append(handle)
    return handles
