"""Groups that are kept here, of source `local`, and the names that people are called by in them.

A member is stored as a person. In a file and in `all()` a person is the first of their logins, or
`person:ID` without an account.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from idp.domain.handles import new_id
from idp.domain.login import login_key
from idp.storage.tables import accounts, group_members, groups, persons

SOURCE = "local"
_PERSON = "person:"
_AT_ONCE = 500
_CALLED = func.coalesce(func.min(accounts.c.login), _PERSON + persons.c.id).label("called")


class LocalGroups:
    """Local groups over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, tuple[str, ...]]:
        """Return the members of every local group."""
        names = self._connection.execute(
            select(groups.c.name).where(groups.c.source == SOURCE).order_by(groups.c.name)
        ).scalars()
        found: dict[str, list[str]] = {name: [] for name in names}
        rows = self._connection.execute(
            select(groups.c.name, _CALLED)
            .select_from(groups.join(group_members).join(persons))
            .outerjoin(accounts, accounts.c.person_id == persons.c.id)
            .where(groups.c.source == SOURCE)
            .group_by(groups.c.name, persons.c.id)
        )
        for name, called in rows:
            found[name].append(called)
        return {name: tuple(sorted(members)) for name, members in found.items()}

    def foreign(self) -> Collection[str]:
        """Return the names of groups that came from elsewhere."""
        return frozenset(
            self._connection.execute(select(groups.c.name).where(groups.c.source != SOURCE)).scalars()
        )

    def meanings(self, names: Iterable[str]) -> Mapping[str, Collection[str]]:
        """Return whom each name means: a login before an employee number, in the form of `all()`."""
        asked = list(names)
        by_login = self._called(accounts.c.login_key, {login_key(name) for name in asked})
        left = [name for name in asked if login_key(name) not in by_login]
        by_number = self._called(persons.c.employee_number, set(left))
        by_id = self._called(persons.c.id, {name.removeprefix(_PERSON) for name in left if _is_id(name)})
        return {
            name: by_login.get(login_key(name))
            or by_number.get(name)
            or by_id.get(name.removeprefix(_PERSON) if _is_id(name) else "", set())
            for name in asked
        }

    def write(self, name: str, members: Collection[str]) -> None:
        """Create the group if need be, and give it just these members."""
        group_id = self._id(name)
        if group_id is None:
            group_id = new_id()
            self._connection.execute(insert(groups).values(id=group_id, source=SOURCE, key=name, name=name))
        self._connection.execute(delete(group_members).where(group_members.c.group_id == group_id))
        people = self._people(members)
        if people:
            rows = [{"group_id": group_id, "person_id": person} for person in sorted(people)]
            self._connection.execute(insert(group_members), rows)

    def remove(self, name: str) -> None:
        """Remove the group and who is in it."""
        group_id = self._id(name)
        self._connection.execute(delete(group_members).where(group_members.c.group_id == group_id))
        self._connection.execute(delete(groups).where(groups.c.id == group_id))

    def _id(self, name: str) -> str | None:
        return self._connection.execute(
            select(groups.c.id).where(groups.c.source == SOURCE, groups.c.key == name)
        ).scalar()

    def _people(self, members: Collection[str]) -> set[str]:
        ids = {name.removeprefix(_PERSON) for name in members if _is_id(name)}
        keys = {login_key(name) for name in members if not _is_id(name)}
        query = select(accounts.c.person_id)
        for some in _portions(keys):
            ids |= set(self._connection.execute(query.where(accounts.c.login_key.in_(some))).scalars())
        return ids

    def _called(self, column: ColumnElement[str | None], values: set[str]) -> dict[str, set[str]]:
        """Return the persons whose `column` is one of `values`, by its value."""
        found: dict[str, set[str]] = defaultdict(set)
        for some in _portions(values):
            whose = (
                select(column.label("value"), persons.c.id)
                .select_from(persons.outerjoin(accounts, accounts.c.person_id == persons.c.id))
                .where(column.in_(some))
                .distinct()
                .subquery()
            )
            rows = self._connection.execute(
                select(whose.c.value, _CALLED)
                .select_from(whose.join(persons, persons.c.id == whose.c.id))
                .outerjoin(accounts, accounts.c.person_id == persons.c.id)
                .group_by(whose.c.value, persons.c.id)
            )
            for value, called in rows:
                found[value].add(called)
        return found


def _is_id(name: str) -> bool:
    return name.startswith(_PERSON)


def _portions(values: Collection[str]) -> Iterable[list[str]]:
    # Databases bound the number of parameters of one statement.
    ordered = sorted(values)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))
