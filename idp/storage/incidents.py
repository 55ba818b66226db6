"""Who and what a period of the audit log and of the decisions touched, counted by the database."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, or_, select, true, union_all

from idp.domain.audit_reading import Chosen
from idp.domain.incident import AffectedPerson, AffectedSystem
from idp.domain.person import Protection
from idp.storage.audit_stream import condition_of
from idp.storage.columns import from_micros
from idp.storage.tables import accounts, applications, audit_records, decisions, persons

_AT_ONCE = 500


class SqlIncidents:
    """Implements `incident.Incidents`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def people(self, chosen: Chosen) -> Iterator[AffectedPerson]:
        where = condition_of(chosen)
        touched = union_all(
            *(
                select(accounts.c.id.label("account"), audit_records.c.at.label("at"))
                .join(accounts, on)
                .where(where)
                for on in (
                    or_(
                        accounts.c.id == audit_records.c.subject,
                        accounts.c.person_id == audit_records.c.subject,
                    ),
                    and_(
                        accounts.c.id == audit_records.c.actor,
                        audit_records.c.actor != audit_records.c.subject,
                    ),
                )
            )
        ).subquery()
        rows = self._connection.execute(
            select(
                accounts.c.login,
                persons.c.display_name,
                persons.c.protection,
                func.min(touched.c.at).label("first"),
                func.max(touched.c.at).label("last"),
                func.count().label("records"),
            )
            .select_from(
                touched.join(accounts, accounts.c.id == touched.c.account).join(
                    persons, persons.c.id == accounts.c.person_id
                )
            )
            .group_by(accounts.c.login, persons.c.display_name, persons.c.protection)
            .order_by(accounts.c.login)
            .execution_options(yield_per=_AT_ONCE)
        )
        for row in rows:
            name = row.display_name if row.protection == Protection.NONE.value else "—"
            yield AffectedPerson(row.login, name, _instant(row.first), _instant(row.last), row.records)

    def systems(self, chosen: Chosen) -> Iterator[AffectedSystem]:
        permitted = case((decisions.c.outcome == "permit", 1), else_=0)
        conditions = [
            decisions.c.at >= chosen.since if chosen.since else true(),
            decisions.c.at < chosen.until if chosen.until else true(),
            decisions.c.account_id.in_(chosen.subjects) if chosen.subjects else true(),
            decisions.c.application_id.in_(chosen.objects) if chosen.objects else true(),
        ]
        rows = self._connection.execute(
            select(
                applications.c.name,
                applications.c.title,
                func.sum(permitted).label("let_in"),
                func.count().label("all"),
                func.count(decisions.c.account_id.distinct()).label("people"),
            )
            .join(applications, applications.c.id == decisions.c.application_id)
            .where(*conditions)
            .group_by(applications.c.name, applications.c.title)
            .order_by(applications.c.name)
        )
        for row in rows:
            yield AffectedSystem(row.name, row.title, int(row.let_in), int(row.all - row.let_in), row.people)


def _instant(value: datetime | int) -> datetime:
    # An aggregate comes as the driver has it on one database and decoded on the other.
    return from_micros(value) if isinstance(value, int) else value
