"""Groups and units of a person, in one statement."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, literal, or_, select, union_all

from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared
from idp.storage.tables import employments, group_members, groups, units

_OF_PERSON = Prepared(
    union_all(
        select(literal("g").label("what"), groups.c.name.label("key"), literal("").label("name"))
        .join(group_members, group_members.c.group_id == groups.c.id)
        .where(group_members.c.person_id == bindparam("person")),
        select(literal("u").label("what"), units.c.code.label("key"), units.c.name.label("name"))
        .join(employments, employments.c.unit_id == units.c.id)
        .where(
            employments.c.person_id == bindparam("person"),
            or_(employments.c.starts.is_(None), employments.c.starts <= bindparam("now")),
            or_(employments.c.ends.is_(None), employments.c.ends > bindparam("now")),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Memberships:
    """Names of groups, and code and name of each unit with a running employment; sorted."""

    groups: tuple[str, ...]
    units: tuple[tuple[str, str], ...]


class MembershipRows:
    """Memberships within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, person_id: str, now: datetime) -> Memberships:
        """Return a person's memberships as they are now."""
        rows = _OF_PERSON.run(self._connection, person=person_id, now=to_micros(now)).all()
        return Memberships(
            groups=tuple(sorted({row.key for row in rows if row.what == "g"})),
            units=tuple(sorted({(row.key, row.name) for row in rows if row.what == "u"})),
        )
