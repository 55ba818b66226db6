"""The audit log as it is read by people and exported: in pages, or as a stream that holds only a batch."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, and_, or_, true

from idp.domain.audit_reading import Chosen
from idp.domain.register import HistoryLine
from idp.storage.audit_lines import history_lines
from idp.storage.tables import audit_records

_BATCH = 2000


class SqlLog:
    """Implements `audit_reading.Log`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self, chosen: Chosen, beyond: int, most: int, *, oldest_first: bool = False
    ) -> Sequence[HistoryLine]:
        number = audit_records.c.id
        rest = (number > beyond if oldest_first else number < beyond) if beyond else true()
        return history_lines(
            self._connection, and_(condition_of(chosen), rest), most, oldest_first=oldest_first
        )

    def stream(self, chosen: Chosen) -> Iterator[HistoryLine]:
        after = 0
        while True:
            lines = self.page(chosen, after, _BATCH, oldest_first=True)
            yield from lines
            if len(lines) < _BATCH:
                return
            after = lines[-1].id


def condition_of(chosen: Chosen) -> ColumnElement[bool]:
    """Return the condition that a record is chosen."""
    found: list[ColumnElement[bool]] = []
    if chosen.since is not None:
        found.append(audit_records.c.at >= chosen.since)
    if chosen.until is not None:
        found.append(audit_records.c.at < chosen.until)
    if chosen.type:
        same = audit_records.c.type == chosen.type
        found.append(same | audit_records.c.type.startswith(f"{chosen.type}.", autoescape=True))
    if chosen.request_id:
        found.append(audit_records.c.request_id == chosen.request_id)
    people: list[ColumnElement[bool]] = []
    if chosen.subjects:
        people.append(audit_records.c.subject.in_(chosen.subjects))
    if chosen.actors:
        people.append(audit_records.c.actor.in_(chosen.actors))
    if people:
        found.append(or_(*people))
    if chosen.objects:
        found.append(audit_records.c.object.in_(chosen.objects))
    return and_(true(), *found)
