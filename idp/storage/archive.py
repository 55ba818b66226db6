"""Facts about everybody at once, and what is kept of them so that a past day can be decided again.

A job keeps what differs from what was kept last: an account's state, groups and units, and the whole catalogue
for each of its versions. Names are not kept: whoever asks reads today's.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, insert, or_, select

from idp.domain.access import AccessFacts
from idp.domain.account import AccountState
from idp.domain.handles import AccountId, ApplicationId, PersonId
from idp.domain.person import Protection
from idp.domain.ports import Catalogue
from idp.domain.reach import Known
from idp.storage.accounts import ACCOUNT_COLUMNS, account_from
from idp.storage.bulk import BulkInsert
from idp.storage.catalogue import catalogue_from, current_version
from idp.storage.columns import from_micros, to_micros
from idp.storage.entitlements import lasting
from idp.storage.prepared import loads
from idp.storage.reach import runs_at
from idp.storage.tables import (
    access_history,
    accounts,
    applications,
    catalogue_history,
    employments,
    entitlements,
    group_members,
    groups,
    networks,
    organisation_rules,
    persons,
    units,
)
from mfa.tables import hotps, passkeys, totps

_ADD = BulkInsert(access_history)


class SqlArchive:
    """Implements `reach.Archive`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def everybody(self, at: datetime, *, past: bool, account: AccountId | None = None) -> Sequence[Known]:
        known = _present(self._connection, at, account)
        app = _subjects(self._connection, at, totps.c.confirmed_at, totps, account)
        app |= _subjects(self._connection, at, hotps.c.created_at, hotps, account)
        passkey = _subjects(self._connection, at, passkeys.c.created_at, passkeys, account)
        kept = self._kept(at, account) if past else None
        found = []
        for row, facts in known:
            if kept is not None:
                if facts.account.id not in kept:
                    continue  # it was not there yet
                facts = _as_kept(facts, kept[facts.account.id])  # noqa: PLW2901 - the same account, then
            name = row["display_name"] if row["protection"] == Protection.NONE.value else "—"
            one = facts.account.id
            found.append(Known(facts, name, one in app or one in passkey, one in passkey))
        return found

    def of_person(self, person: PersonId, at: datetime) -> Sequence[Known]:
        held = self._connection.execute(
            select(accounts.c.id).where(accounts.c.person_id == person).order_by(accounts.c.login)
        ).scalars()
        return [
            known for one in held.all() for known in self.everybody(at, past=False, account=AccountId(one))
        ]

    def catalogue(self, at: datetime) -> Catalogue | None:
        row = self._connection.execute(
            select(catalogue_history)
            .where(catalogue_history.c.since <= at)
            .order_by(catalogue_history.c.version.desc())
            .limit(1)
        ).first()
        if row is None:
            return None
        content = loads(row.content)
        return catalogue_from(
            row.version, content["applications"], content["networks"], content.get("rules", ())
        )

    def _kept(self, at: datetime, account: AccountId | None) -> dict[str, dict[str, Any]]:
        return {row.account_id: loads(row.facts) for row in _latest(self._connection, at, account)}


def keep(connection: Connection, now: datetime) -> int:
    """Keep what changed since it was kept last; return how many accounts."""
    version = current_version(connection)
    newest = connection.execute(select(func.max(catalogue_history.c.version))).scalar()
    if newest is None or newest < version:
        content = {
            "applications": [_plain(row) for row in connection.execute(select(applications)).mappings()],
            "networks": [_plain(row) for row in connection.execute(select(networks)).mappings()],
            "rules": [_plain(row) for row in connection.execute(select(organisation_rules)).mappings()],
        }
        connection.execute(insert(catalogue_history).values(version=version, since=now, content=content))
    before = {row.account_id: bytes(row.digest) for row in _latest(connection, now, None)}
    changed = []
    for _row, facts in _present(connection, now, None):
        text = _text(facts)
        digest = hashlib.sha256(text.encode()).digest()[:16]
        if before.get(facts.account.id) != digest:
            changed.append(
                {"account_id": facts.account.id, "since": to_micros(now), "facts": text, "digest": digest}
            )
    _ADD.run(connection, changed)
    return len(changed)


def _text(facts: AccessFacts) -> str:
    account = facts.account
    told: dict[str, Any] = {
        "state": account.state.value,
        "starts": to_micros(account.starts) if account.starts else None,
        "groups": sorted(facts.groups),
        "units": sorted(facts.units),
    }
    # What few have is left out where it is empty: nearly every row is as short as before.
    told |= {"let_in": sorted(facts.let_in)} if facts.let_in else {}
    told |= {"kept_out": sorted(facts.kept_out)} if facts.kept_out else {}
    return json.dumps(told, separators=(",", ":"))


def _as_kept(facts: AccessFacts, kept: dict[str, Any]) -> AccessFacts:
    starts = from_micros(kept["starts"]) if kept["starts"] is not None else None
    account = replace(facts.account, state=AccountState(kept["state"]), starts=starts)
    return AccessFacts(
        account,
        frozenset(kept["groups"]),
        frozenset(kept["units"]),
        frozenset(kept.get("let_in", ())),
        frozenset(kept.get("kept_out", ())),
    )


def _latest(connection: Connection, at: datetime, account: AccountId | None) -> Iterable[Any]:
    newest = select(access_history.c.account_id, func.max(access_history.c.since).label("since")).where(
        access_history.c.since <= at
    )
    if account is not None:
        newest = newest.where(access_history.c.account_id == account)
    chosen = newest.group_by(access_history.c.account_id).subquery()
    return connection.execute(
        select(access_history).join(
            chosen,
            and_(
                access_history.c.account_id == chosen.c.account_id,
                access_history.c.since == chosen.c.since,
            ),
        )
    )


def _present(
    connection: Connection, at: datetime, account: AccountId | None
) -> list[tuple[RowMapping, AccessFacts]]:
    rows = (
        connection.execute(
            _of(
                select(*ACCOUNT_COLUMNS, persons.c.display_name, persons.c.protection).join(
                    persons, persons.c.id == accounts.c.person_id
                ),
                account,
            )
        )
        .mappings()
        .all()
    )
    member_of, unit_of = _memberships(connection, account), _units(connection, at, account)
    let_in, kept_out = _decided(connection, at, account)
    return [
        (
            row,
            AccessFacts(
                account_from(row),
                frozenset(member_of.get(row["person_id"], ())),
                frozenset(unit_of.get(row["person_id"], ())),
                frozenset(let_in.get(row["id"], ())),
                frozenset(kept_out.get(row["id"], ())),
            ),
        )
        for row in rows
    ]


def _of(statement: Select[Any], account: AccountId | None) -> Select[Any]:
    return statement if account is None else statement.where(accounts.c.id == account)


def _people(account: AccountId | None, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
    if account is None:
        return []
    return [column == select(accounts.c.person_id).where(accounts.c.id == account).scalar_subquery()]


def _memberships(connection: Connection, account: AccountId | None) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    rows = connection.execute(
        select(group_members.c.person_id, groups.c.name)
        .join(groups, groups.c.id == group_members.c.group_id)
        .where(*_people(account, group_members.c.person_id))
    )
    for person, name in rows:
        found[person].add(name)
    return found


def _units(connection: Connection, at: datetime, account: AccountId | None) -> dict[str, set[str]]:
    """Return the codes of everybody's units and of all above them; a loop among the units ends."""
    tree = {
        row.id: (row.code, row.parent_id)
        for row in connection.execute(select(units.c.id, units.c.code, units.c.parent_id))
    }
    above: dict[str, frozenset[str]] = {}
    for unit in tree:
        codes, here, seen = set(), unit, set()
        while here in tree and here not in seen:
            seen.add(here)
            codes.add(tree[here][0])
            here = tree[here][1]
        above[unit] = frozenset(codes)
    found: dict[str, set[str]] = defaultdict(set)
    rows = connection.execute(
        select(employments.c.person_id, employments.c.unit_id).where(
            runs_at(at), *_people(account, employments.c.person_id)
        )
    )
    for person, unit in rows:
        found[person] |= above.get(unit, frozenset())
    return found


def _decided(
    connection: Connection, at: datetime, account: AccountId | None
) -> tuple[dict[str, set[ApplicationId]], dict[str, set[ApplicationId]]]:
    """Return by account the systems that their owners let it into, and those that they keep it out of."""
    found: dict[str, dict[str, set[ApplicationId]]] = {
        "let_in": defaultdict(set),
        "kept_out": defaultdict(set),
    }
    rows = connection.execute(
        select(entitlements.c.account_id, entitlements.c.kind, entitlements.c.application_id).where(
            lasting(at),
            entitlements.c.kind.in_(found),
            *([] if account is None else [entitlements.c.account_id == account]),
        )
    )
    for one, kind, application in rows:
        found[kind][one].add(application)
    return found["let_in"], found["kept_out"]


def _subjects(
    connection: Connection, at: datetime, since: Any, table: Any, account: AccountId | None
) -> set[str]:
    """Return who had such a factor then: rows say since when, and until when."""
    query = select(table.c.subject).where(
        since <= at, or_(table.c.removed_at.is_(None), table.c.removed_at > at)
    )
    return set(
        connection.execute(query if account is None else query.where(table.c.subject == account)).scalars()
    )


def _plain(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not isinstance(value, datetime)}
