"""Persons, employments and addresses as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, insert, select, update

from idp.domain.employment import Employment
from idp.domain.handles import PersonId, UnitId
from idp.domain.person import Origin, Person, Protection
from idp.storage.columns import from_micros
from idp.storage.prepared import Prepared, loads
from idp.storage.primary_address import IS_PRIMARY
from idp.storage.search_index import touch
from idp.storage.tables import addresses, employments, persons, units

_BY_ID = Prepared(select(persons).where(persons.c.id == bindparam("person")))


def person_from(row: Any) -> Person:
    """Return the person of a row of `persons`, decoded by SQLAlchemy or straight from the driver."""
    created = row["created_at"]
    return Person(
        id=PersonId(row["id"]),
        given_name=row["given_name"],
        surname=row["surname"],
        display_name=row["display_name"],
        protection=Protection(row["protection"]),
        employee_number=row["employee_number"],
        language=row["language"],
        created_at=from_micros(created) if isinstance(created, int) else created,
        origins={name: Origin(*value) for name, value in loads(row["origins"]).items()},
    )


class SqlPeople:
    """Implements `ports.People`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, person_id: PersonId) -> Person | None:
        row = _BY_ID.run(self._connection, person=person_id).mappings().first()
        return None if row is None else person_from(row)

    def employments(self, person_id: PersonId) -> Sequence[Employment]:
        rows = self._connection.execute(
            select(employments).where(employments.c.person_id == person_id)
        ).mappings()
        return [
            Employment(
                person_id=PersonId(row["person_id"]),
                unit_id=UnitId(row["unit_id"]),
                source=row["source"],
                title=row["title"],
                starts=row["starts"],
                ends=row["ends"],
            )
            for row in rows
        ]

    def primary_address(self, person_id: PersonId) -> str | None:
        return self._connection.execute(
            select(addresses.c.address)
            .where(addresses.c.person_id == person_id, IS_PRIMARY)
            .order_by(addresses.c.domain)
        ).scalar()

    def employ(
        self, person_id: PersonId, source: str, unit: str, title: str, starts: datetime, ends: datetime
    ) -> None:
        self._connection.execute(
            insert(employments).values(
                person_id=person_id,
                source=source,
                unit_id=self._unit(unit),
                title=title,
                starts=starts,
                ends=ends,
            )
        )
        touch(self._connection, [person_id])

    def move(self, person_id: PersonId, source: str, unit: str) -> bool:
        held = {one.source for one in self.employments(person_id)}
        if held != {source}:
            return False
        # Several of our own become one: the key is person, source and unit.
        first, *others = self.employments(person_id)
        for one in others:
            self._connection.execute(delete(employments).where(_is(one)))
        self._connection.execute(update(employments).where(_is(first)).values(unit_id=self._unit(unit)))
        touch(self._connection, [person_id])
        return True

    def _unit(self, code: str) -> str:
        found = self._connection.execute(
            select(units.c.id)
            .where(units.c.code == code)
            .order_by(units.c.removed_at.is_not(None), units.c.id)
        ).scalars()
        return str(next(iter(found)))


def _is(one: Employment) -> ColumnElement[bool]:
    return and_(
        employments.c.person_id == one.person_id,
        employments.c.source == one.source,
        employments.c.unit_id == one.unit_id,
    )
