"""Facts about everybody at once, and what is kept of them so that a past day can be decided again.

A job keeps what differs from what was kept last: an account's state, groups and units, and the whole catalogue
for each of its versions. Names are not kept: whoever asks reads today's.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, insert, select

from idp.domain.access import AccessFacts
from idp.domain.account import AccountState
from idp.domain.handles import AccountId, PersonId
from idp.domain.person import Protection
from idp.domain.ports import Catalogue
from idp.domain.reach import Known
from idp.storage.bulk import BulkInsert
from idp.storage.catalogue import catalogue_from, current_version
from idp.storage.columns import from_micros, to_micros
from idp.storage.everybody import Among, present, with_factor
from idp.storage.prepared import loads
from idp.storage.tables import (
    access_history,
    accounts,
    applications,
    catalogue_history,
    networks,
    organisation_rules,
)
from mfa.tables import hotps, passkeys, totps

_ADD = BulkInsert(access_history)
_AT_ONCE = 500


class SqlArchive:
    """Implements `reach.Archive`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def everybody(self, at: datetime, *, past: bool, account: AccountId | None = None) -> Sequence[Known]:
        among = None if account is None else (account,)
        known = present(self._connection, at, among)
        app = with_factor(self._connection, at, totps.c.confirmed_at, totps, among)
        app |= with_factor(self._connection, at, hotps.c.created_at, hotps, among)
        passkey = with_factor(self._connection, at, passkeys.c.created_at, passkeys, among)
        kept = self._kept(at, among) if past else None
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

    def _kept(self, at: datetime, among: Among) -> dict[str, dict[str, Any]]:
        return {row.account_id: loads(row.facts) for row in _latest(self._connection, at, among)}


def keep_catalogue(connection: Connection, now: datetime) -> None:
    """Keep applications, networks and rules, if their version is a new one."""
    version = current_version(connection)
    newest = connection.execute(select(func.max(catalogue_history.c.version))).scalar()
    if newest is None or newest < version:
        content = {
            "applications": [_plain(row) for row in connection.execute(select(applications)).mappings()],
            "networks": [_plain(row) for row in connection.execute(select(networks)).mappings()],
            "rules": [_plain(row) for row in connection.execute(select(organisation_rules)).mappings()],
        }
        connection.execute(insert(catalogue_history).values(version=version, since=now, content=content))


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed among some accounts since it was kept last; `last` is the last of them, "" if there are no more."""

    rows: Sequence[dict[str, Any]]
    last: str


def changes_after(connection: Connection, after: str, now: datetime) -> Changes:
    """Return what changed among the next accounts by id: it is read outside of any write."""
    among = tuple(
        AccountId(one)
        for one in connection.execute(
            select(accounts.c.id).where(accounts.c.id > after).order_by(accounts.c.id).limit(_AT_ONCE)
        ).scalars()
    )
    before = {row.account_id: bytes(row.digest) for row in _latest(connection, now, among)}
    changed = []
    for _row, facts in present(connection, now, among):
        text = _text(facts)
        digest = hashlib.sha256(text.encode()).digest()[:16]
        if before.get(facts.account.id) != digest:
            changed.append(
                {"account_id": facts.account.id, "since": to_micros(now), "facts": text, "digest": digest}
            )
    return Changes(changed, among[-1] if len(among) == _AT_ONCE else "")


def keep_changes(connection: Connection, changes: Changes) -> int:
    """Store what changed; return how many accounts."""
    _ADD.run(connection, changes.rows)
    return len(changes.rows)


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


def _latest(connection: Connection, at: datetime, among: Among) -> Iterable[Any]:
    newest = select(access_history.c.account_id, func.max(access_history.c.since).label("since")).where(
        access_history.c.since <= at
    )
    if among is not None:
        newest = newest.where(access_history.c.account_id.in_(among))
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


def _plain(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not isinstance(value, datetime)}
