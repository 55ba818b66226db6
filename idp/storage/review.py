"""What a review reads: who lacks a second factor, who does not come any more, what nobody uses or answers for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from idp.domain.account import AccountState
from idp.domain.person import Protection
from idp.domain.posture import Finding, Posture
from idp.domain.roles import Role
from idp.storage.tables import (
    accounts,
    api_tokens,
    applications,
    audit_records,
    decisions,
    persons,
    role_grants,
    sessions,
    signing_keys,
)
from mfa.tables import hotps, passkeys, totps

_SOON = timedelta(days=30)


def posture(connection: Connection, now: datetime, dormant: timedelta, most: int) -> Posture:
    """Return the review as it is now; each list holds at most so many lines, with how many there are."""
    return Posture(
        without_factor=_without_factor(connection, most),
        dormant=_dormant(connection, now, dormant, most),
        without_owner=_without_owner(connection, most),
        unused=_unused(connection, now, dormant, most),
        expiring=_expiring(connection, now, most),
        changes=_changes(connection, now - dormant, most),
    )


def _accounts(connection: Connection, most: int, *conditions: ColumnElement[bool]) -> Finding:
    where = [accounts.c.state == AccountState.ACTIVE.value, *conditions]
    count = connection.execute(select(func.count(accounts.c.id)).where(*where)).scalar_one()
    rows = connection.execute(
        select(accounts.c.login, persons.c.display_name, persons.c.protection)
        .join(persons, persons.c.id == accounts.c.person_id)
        .where(*where)
        .order_by(accounts.c.login)
        .limit(most)
    )
    return Finding(
        int(count),
        tuple(
            (row.login, row.display_name if row.protection == Protection.NONE.value else "—") for row in rows
        ),
    )


def _without_factor(connection: Connection, most: int) -> Finding:
    app = exists().where(
        totps.c.subject == accounts.c.id, totps.c.confirmed_at.is_not(None), totps.c.removed_at.is_(None)
    )
    counter = exists().where(hotps.c.subject == accounts.c.id, hotps.c.removed_at.is_(None))
    passkey = exists().where(passkeys.c.subject == accounts.c.id, passkeys.c.removed_at.is_(None))
    return _accounts(connection, most, ~or_(app, counter, passkey))


def _dormant(connection: Connection, now: datetime, dormant: timedelta, most: int) -> Finding:
    seen = exists().where(sessions.c.account_id == accounts.c.id, sessions.c.seen_at > now - dormant)
    decided = exists().where(decisions.c.account_id == accounts.c.id, decisions.c.at > now - dormant)
    old = or_(accounts.c.starts.is_(None), accounts.c.starts < now - dormant)
    # Another name for the table: the line's own person must not stand in for it.
    born = persons.alias("born")
    created = exists().where(born.c.id == accounts.c.person_id, born.c.created_at < now - dormant)
    return _accounts(connection, most, ~seen, ~decided, old, created)


def _without_owner(connection: Connection, most: int) -> Finding:
    owned = exists().where(
        role_grants.c.scope == applications.c.id,
        role_grants.c.role == Role.SYSTEM_OWNER.value,
        role_grants.c.taken_at.is_(None),
    )
    return _lines(
        connection.execute(
            select(applications.c.name, applications.c.title).where(~owned).order_by(applications.c.name)
        ).all(),
        most,
    )


def _unused(connection: Connection, now: datetime, dormant: timedelta, most: int) -> Finding:
    used = exists().where(
        decisions.c.application_id == applications.c.id,
        decisions.c.outcome == "permit",
        decisions.c.at > now - dormant,
    )
    return _lines(
        connection.execute(
            select(applications.c.name, applications.c.title)
            .where(~used, applications.c.created_at < now - dormant)
            .order_by(applications.c.name)
        ).all(),
        most,
    )


def _expiring(connection: Connection, now: datetime, most: int) -> Finding:
    soon = now + _SOON
    keys = connection.execute(
        select(signing_keys.c.id, signing_keys.c.signs_until).where(
            signing_keys.c.signs_until > now, signing_keys.c.signs_until < soon
        )
    ).all()
    tokens = connection.execute(
        select(api_tokens.c.name, api_tokens.c.expires_at).where(
            and_(
                api_tokens.c.revoked_at.is_(None),
                api_tokens.c.expires_at > now,
                api_tokens.c.expires_at < soon,
            )
        )
    ).all()
    held = connection.execute(
        select(accounts.c.login + " " + role_grants.c.role, role_grants.c.ends)
        .join(accounts, accounts.c.id == role_grants.c.account_id)
        .where(role_grants.c.taken_at.is_(None), role_grants.c.ends > now, role_grants.c.ends < soon)
    ).all()
    return _lines([(row[0], f"{row[1]:%Y-%m-%d}") for row in [*keys, *tokens, *held]], most)


def _changes(connection: Connection, since: datetime, most: int) -> Finding:
    where = (audit_records.c.type == "configuration.changed", audit_records.c.at > since)
    count = connection.execute(select(func.count(audit_records.c.id)).where(*where)).scalar_one()
    rows = connection.execute(
        select(audit_records.c.at, audit_records.c.object, audit_records.c.actor)
        .where(*where)
        .order_by(audit_records.c.id.desc())
        .limit(most)
    )
    lines = tuple((f"{row.at:%Y-%m-%d}", f"{row.object} {row.actor}".strip()) for row in rows)
    return Finding(int(count), lines)


def _lines(rows: Sequence[object], most: int) -> Finding:
    found = [tuple(str(cell) for cell in row) for row in rows]  # type: ignore[attr-defined]  # rows are sequences
    return Finding(len(found), tuple((one[0], one[1]) for one in found[:most]))
