"""The database: schema, clock, keys, what waits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from idp.cli.checks.finding import Finding, clocks, good, problem, warning
from idp.cli.setting import Setting
from idp.domain.account import AccountState
from idp.domain.errors import SealBroken
from idp.domain.roles import Reach, Role
from idp.keys import jwk, rollover
from idp.keys.master_rotation import unknown_keys
from idp.storage.audit_chain import forged_place
from idp.storage.resealing import seals_of
from idp.storage.tables import accounts, audit_positions, audit_records, role_grants
from idp.storage.unit_of_work import SqlUnitOfWork

_LATE = timedelta(minutes=2)


def check_database(setting: Setting) -> Iterator[Finding]:
    """Look at a database whose schema is right."""
    dialect = setting.database.engine.dialect.name
    yield good(f"database: {dialect}, schema as this version needs it")
    yield _health(setting) if dialect == "sqlite" else _clock(setting)
    yield from _master_key(setting)
    yield from _signing_keys(setting)
    with setting.database.read() as uow:
        yield from _administrators(uow)
        yield from _waiting(uow, setting.now)
        yield from _chain(uow)


def _health(setting: Setting) -> Finding:
    with setting.database.read() as uow:
        said = str(uow.connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    if said == "ok":
        return good("database: the file is sound")
    return problem(f"database: the file is damaged: {said}", "stop the service and restore the last backup")


def _clock(setting: Setting) -> Finding:
    with setting.database.read() as uow:
        before = datetime.now(UTC)
        theirs = uow.connection.execute(select(func.clock_timestamp())).scalar_one()
        return clocks("database", theirs.astimezone(UTC), before, datetime.now(UTC))


def _master_key(setting: Setting) -> Iterator[Finding]:
    unknown = unknown_keys(setting.sealer.ring(), seals_of(setting.database))
    if not unknown:
        yield good("master key: opens everything that is sealed")
    for key_id, count in unknown.items():
        yield problem(
            f"master key: {count} value(s) are sealed under {key_id}, which is not in {setting.settings.master_key}",
            "put the key file of this installation back, from the copy that was kept apart",
        )


def _signing_keys(setting: Setting) -> Iterator[Finding]:
    keys = rollover.list_keys(setting.database)
    if not keys:
        yield warning("signing keys: there is none yet", "start `portvakt serve`, which makes them")
        return
    for algorithm in jwk.ALGORITHMS:
        signing = [key for key in keys if key.algorithm == algorithm and key.life.signs(setting.now)]
        if not signing:
            yield problem(
                f"signing keys: no {algorithm} key signs now", "`portvakt keys list`, then `keys rotate`"
            )
            continue
        try:
            for key in signing:
                jwk.open_key(key, setting.sealer)
        except SealBroken as error:
            yield problem(
                f"signing keys: the {algorithm} key does not open: {error}", "see the master key above"
            )
        else:
            yield good(f"signing keys: {algorithm} signs")


def _administrators(uow: SqlUnitOfWork) -> Iterator[Finding]:
    count = uow.connection.execute(
        select(func.count())
        .select_from(role_grants.join(accounts, accounts.c.id == role_grants.c.account_id))
        .where(
            role_grants.c.role == Role.ADMINISTRATOR.value,
            role_grants.c.reach == Reach.ORGANISATION.value,
            role_grants.c.taken_at.is_(None),
            accounts.c.state == AccountState.ACTIVE.value,
        )
    ).scalar_one()
    if count == 0:
        yield warning("administrators: there is none", '`portvakt administrator add "NAME"`')
    else:
        yield good(f"administrators: {count}")


def _waiting(uow: SqlUnitOfWork, now: datetime) -> Iterator[Finding]:
    dead = len(uow.outbox.dead_letters())
    if dead:
        yield warning(
            f"outbox: {dead} message(s) were given up", "`portvakt outbox list`, then `outbox requeue`"
        )
    due, age = uow.outbox.backlog(now)
    if age > _LATE:
        yield problem(f"outbox: {due} message(s) wait, for {age}", "is `portvakt serve` running?")
    sealed = (
        select(audit_positions.c.record_id).where(audit_positions.c.record_id == audit_records.c.id).exists()
    )
    oldest = uow.connection.execute(select(func.min(audit_records.c.at)).where(~sealed)).scalar()
    if oldest is not None and now - oldest > _LATE:
        yield warning("audit: records have waited to be sealed for minutes", "is `portvakt serve` running?")


def _chain(uow: SqlUnitOfWork) -> Iterator[Finding]:
    """What no process of ours leaves: it is told at once, for nothing is sealed beyond it."""
    forged = forged_place(uow.connection)
    if forged is not None:
        yield problem(
            f"audit: no seal covers place {forged} of the chain: the database was changed, and no record is sealed",
            "docs/operators/audit-log.md says what to keep, and what to remove",
        )
