"""What leaves the audit log: a period with or without names, one person's own extract, an incident.

Each takes a reason and is recorded before the first line is sent. The rules are those of the pages.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Stream
from idp.api.reasons import Why
from idp.api.resources.oversight import Record
from idp.api.types import Number, Text
from idp.domain.audit_reading import Chosen, Masker, Masking, may_export, own_extract
from idp.domain.handles import PersonId
from idp.domain.incident import Period, may_export_incident
from idp.domain.register import HistoryLine, Register
from idp.domain.roles import Act, Refused

Count = Annotated[int, Number(0, 10**9)]


@dataclass(frozen=True, slots=True)
class WantedRecords:
    """Which records, and whether people are numbers in them; `type` may end early."""

    reason: Why
    since: datetime | None = None
    until: datetime | None = None
    type: Annotated[str, Text(64)] = ""
    reference: Annotated[str, Text(64)] = ""
    masking: Masking = Masking.PEOPLE


@dataclass(frozen=True, slots=True)
class WantedExtract:
    """Why it is done."""

    reason: Why


@dataclass(frozen=True, slots=True)
class WantedIncident:
    """A period of at most 92 days; login, system's name and reference narrow it."""

    since: datetime
    until: datetime
    reason: Why
    login: Annotated[str, Text(320)] = ""
    system: Annotated[str, Text(64)] = ""
    reference: Annotated[str, Text(64)] = ""


@dataclass(frozen=True, slots=True)
class Affected:
    """An account that acted or was acted upon. A protected name is a dash."""

    login: str
    name: str
    first_at: datetime
    last_at: datetime
    records: Count


@dataclass(frozen=True, slots=True)
class TouchedSystem:
    """A system that people came to, or were refused by."""

    name: str
    title: str
    let_in: Count
    refused: Count
    people: Count


@dataclass(frozen=True, slots=True)
class ExportedRecords:
    """Records, the oldest first."""

    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class ExportedIncident:
    """An incident: time line, people, systems."""

    timeline: tuple[Record, ...]
    people: tuple[Affected, ...]
    systems: tuple[TouchedSystem, ...]


def records(call: Call[Nothing, WantedRecords]) -> Stream | Refused:
    """Export a period of the log."""
    body = call.body
    chosen = Chosen(body.since, body.until, body.type.strip(), body.reference.strip())
    refused = may_export(call.uow, call.doer, chosen, body.masking, body.reason, call.occasion)
    return refused or _records(chosen, Masker(body.masking).shown)


def extract(call: Call[Nothing, WantedExtract]) -> Stream | Refused:
    """Export everything about one person, for them; who of the staff acted is a number."""
    person = PersonId(call.path["person"])
    chosen = own_extract(call.uow, call.register, call.doer, person, call.body.reason, call.occasion)
    return chosen if isinstance(chosen, Refused) else _records(chosen, Masker(Masking.PEOPLE).staff_hidden)


def incident(call: Call[Nothing, WantedIncident]) -> Stream | Refused:
    """Export an incident."""
    body = call.body
    period = Period(body.since, body.until, body.login.strip(), body.system.strip(), body.reference.strip())
    chosen = may_export_incident(call.uow, call.doer, period, body.reason, call.occasion)
    return chosen if isinstance(chosen, Refused) else Stream(lambda register: _incident(register, chosen))


def _records(chosen: Chosen, shown: Callable[[HistoryLine], HistoryLine]) -> Stream:
    def read(register: Register) -> Iterator[tuple[str, Iterable[object]]]:
        yield "records", (_record(shown(line)) for line in register.log().stream(chosen))

    return Stream(read)


def _incident(register: Register, chosen: Chosen) -> Iterator[tuple[str, Iterable[object]]]:
    yield "timeline", (_record(line) for line in register.log().stream(chosen))
    yield (
        "people",
        (
            Affected(one.login, one.name, one.first_at, one.last_at, one.records)
            for one in register.incidents().people(chosen)
        ),
    )
    yield (
        "systems",
        (
            TouchedSystem(one.name, one.title, one.let_in, one.refused, one.people)
            for one in register.incidents().systems(chosen)
        ),
    )


def _record(one: HistoryLine) -> Record:
    return Record(one.id, one.at, one.type, one.who, one.subject, one.object, one.reason, one.request_id)


OPERATIONS = (
    Operation(
        "audit.export", "POST", "/audit/export", "Export a period of the audit log, by default without names.",
        Act.EXPORT_AUDIT, records, ExportedRecords, Nothing, WantedRecords, streamed=True, recorded=True,
    ),
    Operation(
        "people.extract", "POST", "/people/{person}/extract",
        "Export a person's own extract: everything recorded about them, who opened their record included.",
        Act.EXPORT_AUDIT, extract, ExportedRecords, Nothing, WantedExtract, streamed=True, recorded=True,
    ),
    Operation(
        "incidents.export", "POST", "/incidents/export", "Export an incident: time line, people and systems.",
        Act.EXPORT_AUDIT, incident, ExportedIncident, Nothing, WantedIncident, streamed=True, recorded=True,
    ),
)  # fmt: skip
