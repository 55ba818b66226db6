"""The person behind an account, as attributes need it: one statement, and one more for groups and units."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, literal, or_, select, union_all

from idp.domain.handles import AccountId
from idp.domain.person import Protection
from idp.saml.people import Person
from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared
from idp.storage.primary_address import PRIMARY_ADDRESS
from idp.storage.tables import accounts, employments, group_members, groups, persons, units

_RUNS = (
    or_(employments.c.starts.is_(None), employments.c.starts <= bindparam("now")),
    or_(employments.c.ends.is_(None), employments.c.ends > bindparam("now")),
)
_TITLE = (
    select(employments.c.title)
    .where(employments.c.person_id == accounts.c.person_id, *_RUNS)
    .order_by(employments.c.source, employments.c.unit_id)
    .limit(1)
    .scalar_subquery()
)
_PERSON = Prepared(
    select(
        accounts.c.login,
        accounts.c.person_id,
        persons.c.given_name,
        persons.c.surname,
        persons.c.display_name,
        persons.c.protection,
        persons.c.language,
        persons.c.employee_number,
        PRIMARY_ADDRESS.label("mail"),
        _TITLE.label("title"),
    )
    .join(persons, persons.c.id == accounts.c.person_id)
    .where(accounts.c.id == bindparam("account"))
)
_MEMBERSHIPS = Prepared(
    union_all(
        select(literal("g").label("what"), groups.c.name.label("name"))
        .join(group_members, group_members.c.group_id == groups.c.id)
        .where(group_members.c.person_id == bindparam("person")),
        select(literal("u").label("what"), units.c.name.label("name"))
        .join(employments, employments.c.unit_id == units.c.id)
        .where(employments.c.person_id == bindparam("person"), *_RUNS),
    )
)


def person_of(
    connection: Connection, account_id: AccountId, now: datetime, *, memberships: bool
) -> Person | None:
    """Return what is known of the person now; groups and units only if they are needed."""
    row = _PERSON.run(connection, account=account_id, now=to_micros(now)).first()
    if row is None:
        return None
    rows = _MEMBERSHIPS.run(connection, person=row.person_id, now=to_micros(now)).all() if memberships else ()
    protection = Protection(row.protection)
    return Person(
        account_id=account_id,
        login=row.login,
        given_name=row.given_name,
        surname=row.surname,
        shown_name=row.display_name if protection is Protection.NONE else "—",
        protection=protection,
        language=row.language,
        mail=row.mail,
        employee_number=row.employee_number,
        title=row.title or "",
        employed=row.title is not None,
        groups=tuple(sorted({one.name for one in rows if one.what == "g"})),
        unit_names=tuple(sorted({one.name for one in rows if one.what == "u"})),
    )
