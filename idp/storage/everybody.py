"""Facts about everybody at once: accounts with their groups, units, owners' decisions and factors."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, or_, select

from idp.domain.access import AccessFacts
from idp.domain.handles import AccountId, ApplicationId
from idp.storage.accounts import ACCOUNT_COLUMNS, account_from
from idp.storage.entitlements import lasting
from idp.storage.reach import runs_at
from idp.storage.tables import accounts, employments, entitlements, group_members, groups, persons, units

#: Which accounts: these, or all of them.
Among = Sequence[AccountId] | None


def present(connection: Connection, at: datetime, among: Among) -> list[tuple[RowMapping, AccessFacts]]:
    rows = (
        connection.execute(
            _of(
                select(*ACCOUNT_COLUMNS, persons.c.display_name, persons.c.protection).join(
                    persons, persons.c.id == accounts.c.person_id
                ),
                among,
            )
        )
        .mappings()
        .all()
    )
    member_of, unit_of = _memberships(connection, among), _units(connection, at, among)
    let_in, kept_out = _decided(connection, at, among)
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


def _of(statement: Select[Any], among: Among) -> Select[Any]:
    return statement if among is None else statement.where(accounts.c.id.in_(among))


def _people(among: Among, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
    if among is None:
        return []
    return [column.in_(select(accounts.c.person_id).where(accounts.c.id.in_(among)))]


def _memberships(connection: Connection, among: Among) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    rows = connection.execute(
        select(group_members.c.person_id, groups.c.name)
        .join(groups, groups.c.id == group_members.c.group_id)
        .where(*_people(among, group_members.c.person_id))
    )
    for person, name in rows:
        found[person].add(name)
    return found


def _units(connection: Connection, at: datetime, among: Among) -> dict[str, set[str]]:
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
            runs_at(at), *_people(among, employments.c.person_id)
        )
    )
    for person, unit in rows:
        found[person] |= above.get(unit, frozenset())
    return found


def _decided(
    connection: Connection, at: datetime, among: Among
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
            *([] if among is None else [entitlements.c.account_id.in_(among)]),
        )
    )
    for one, kind, application in rows:
        found[kind][one].add(application)
    return found["let_in"], found["kept_out"]


def with_factor(connection: Connection, at: datetime, since: Any, table: Any, among: Among) -> set[str]:
    """Return who had such a factor then: rows say since when, and until when."""
    query = select(table.c.subject).where(
        since <= at, or_(table.c.removed_at.is_(None), table.c.removed_at > at)
    )
    return set(
        connection.execute(query if among is None else query.where(table.c.subject.in_(among))).scalars()
    )
