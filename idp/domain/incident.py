"""An incident as a report needs it (cybersäkerhetslagen: 24 hours, 72 hours, a month): time line, people, systems.

Chosen by period, and narrowed to one person, one system or one reference. Who exports it and why is recorded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from idp.domain.administration import no
from idp.domain.appointments import allowed, printable
from idp.domain.audit import record
from idp.domain.audit_reading import Chosen
from idp.domain.events import AuditExported
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Doer, Organisation, Refused

LONGEST = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Period:
    """What is asked for; what is empty does not narrow."""

    since: datetime
    until: datetime
    login: str = ""
    system: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class AffectedPerson:
    """One account that acted or was acted upon. A protected person's name is a dash."""

    login: str
    name: str
    first_at: datetime
    last_at: datetime
    records: int


@dataclass(frozen=True, slots=True)
class AffectedSystem:
    """One system that people came to, or were refused by."""

    name: str
    title: str
    let_in: int
    refused: int
    people: int


class Incidents(Protocol):
    """What is stored of a period; each iterator holds a batch at most."""

    def people(self, chosen: Chosen) -> Iterator[AffectedPerson]:
        """Yield the accounts that the records are about or by, by login."""

    def systems(self, chosen: Chosen) -> Iterator[AffectedSystem]:
        """Yield the systems about which it was decided, by name."""


def may_export_incident(
    uow: UnitOfWork, doer: Doer, period: Period, reason: str, occasion: Occasion
) -> Chosen | Refused:
    """Return which records belong to the incident, once it is recorded that they are exported (A5)."""
    why = printable(reason)
    refused = allowed(uow, doer, Act.EXPORT_AUDIT, Organisation(), "incident", occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    if not period.since < period.until or period.until - period.since > LONGEST:
        return no("incident_period")
    account = uow.accounts.by_login(period.login) if period.login else None
    application = uow.catalogue.application(period.system) if period.system else None
    if (period.login and account is None) or (period.system and application is None):
        return no("unknown")
    words = " ".join(filter(None, (period.login, period.system, period.reference)))
    about = f"incident {period.since:%Y-%m-%dT%H:%MZ} – {period.until:%Y-%m-%dT%H:%MZ} {words}"
    record(uow.audit, AuditExported(object=about.strip()[:200], reason=why), occasion)
    people = (account.id, account.person_id) if account else ()
    systems = (application.id, application.name, f"application {application.name}") if application else ()
    return Chosen(
        period.since,
        period.until,
        request_id=period.reference,
        subjects=people,
        actors=people,
        objects=systems,
    )
