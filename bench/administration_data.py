"""What the administration's figures need in an installation: names, an administrator, systems, a long log.

Names are as a municipality has them, some that many share and some that few have: each given name and each surname is
of a list, and how often one comes falls with its place in it. Nothing is random: number 17 is called the same anywhere.
"""

from datetime import UTC, datetime

from sqlalchemy import bindparam, func, insert, select, update

from bench.population import login_of
from idp.domain.application import Audience, Policy
from idp.domain.handles import new_id
from idp.domain.roles import Grant, Role
from idp.storage import search_index
from idp.storage.catalogue import bump, policy_to_json
from idp.storage.tables import accounts, applications, audit_records, persons
from idp.storage.unit_of_work import SqlDatabase

# fmt: off
GIVEN = (
    "Anna", "Eva", "Maria", "Karin", "Lars", "Anders", "Mikael", "Johan", "Per", "Kristina", "Lena",
    "Kerstin", "Sara", "Emma", "Erik", "Karl", "Peter", "Jan", "Thomas", "Daniel", "Fredrik", "Hans",
    "Åsa", "Björn", "Göran", "Håkan", "Örjan", "Ulf", "Stig", "Ali", "Fatima", "Zainab", "Mohamed",
    "Nguyen", "Łukasz", "Hélène",
)
FIRST = (
    "Ander", "Johan", "Karl", "Nil", "Erik", "Lar", "Ol", "Per", "Svens", "Gustaf", "Lind", "Berg",
    "Sjö", "Ström", "Åker", "Ek", "Alm", "Björk", "Hag", "Holm", "Lund", "Nord", "Sand", "Söder",
    "Väster", "Öst", "Granit", "Rosen", "Silver", "Guld",
)
LAST = (
    "sson", "ström", "qvist", "gren", "berg", "dahl", "mark", "man", "stedt", "lund", "blad", "hage",
    "kull", "rot", "feldt",
)
# fmt: on
_BATCH = 5000


def name_of(number: int) -> tuple[str, str]:
    """Return given name and surname; low places of the lists come far more often."""
    spread = (number * 2_654_435_761) % 2**32 / 2**32
    given = GIVEN[int(len(GIVEN) * spread**2)]
    other = (number * 40_503 + 17) % 65_521 / 65_521
    first = FIRST[int(len(FIRST) * other**1.5)]
    return given, first + LAST[(number * 7) % len(LAST) if other > 0.3 else 0]


def name_everybody(database: SqlDatabase, count: int) -> None:
    """Rename everybody, and index them as the job does."""
    their = select(accounts.c.person_id).where(accounts.c.login_key == bindparam("_login")).scalar_subquery()
    rename = (
        update(persons)
        .where(persons.c.id == their)
        .values(
            given_name=bindparam("_given"), surname=bindparam("_surname"), display_name=bindparam("_shown")
        )
    )
    for first in range(0, count, _BATCH):
        rows = []
        for number in range(first, min(first + _BATCH, count)):
            given, surname = name_of(number)
            shown = f"{given} {surname}"
            rows.append({"_login": login_of(number), "_given": given, "_surname": surname, "_shown": shown})
        with database.write() as uow:
            uow.connection.execute(rename, rows)
    done = 1
    while done:
        with database.write() as uow:
            done = search_index.heal(uow.connection, datetime.now(UTC))


def appoint(database: SqlDatabase, login: str) -> None:
    """Let somebody administer everything."""
    now = datetime.now(UTC)
    with database.write() as uow:
        account = uow.accounts.by_login(login)
        if account is None:
            raise LookupError(login)
        uow.roles.add(account.id, Grant(Role.ADMINISTRATOR), "the bench", "", now)


def add_systems(database: SqlDatabase, count: int) -> list[str]:
    """Add systems for everybody and return their ids."""
    now, made = datetime.now(UTC), [new_id() for _ in range(count)]
    policy = policy_to_json(Policy(Audience(groups=frozenset({"staff"}))))
    with database.write() as uow:
        uow.connection.execute(
            insert(applications),
            [
                {
                    "id": identifier, "name": f"system{number}", "protocol": "oidc", "title": f"System {number}",
                    "titles": {}, "description": "", "url": "", "owner": "", "enabled": True, "policy": policy,
                    "policy_version": 1, "created_at": now,
                }
                for number, identifier in enumerate(made)
            ],
        )  # fmt: skip
        bump(uow.connection)
    return made


def fill_log(database: SqlDatabase, count: int) -> None:
    """Bring the audit log to this many records; they are as long as usual ones and in no chain."""
    with database.write() as uow:
        there = uow.connection.execute(select(func.count()).select_from(audit_records)).scalar_one()
    row = {
        "at": datetime.now(UTC), "type": "signin.succeeded", "actor_kind": "account", "actor": new_id(),
        "subject": new_id(), "object": new_id(), "reason": "", "request_id": new_id(), "node": "bench",
        "payload": {"salt": new_id(), "address": "203.0.113.9", "details": {}}, "payload_digest": bytes(32),
        "digest": bytes(32),
    }  # fmt: skip
    for first in range(there, count, _BATCH):
        with database.write() as uow:
            uow.connection.execute(insert(audit_records), [row] * min(_BATCH, count - first))
