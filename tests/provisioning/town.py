"""A town without a directory server: records in memory, planned as the library plans them, and a real database."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from directory_sync import (
    EmploymentRecord,
    GroupRecord,
    LeftOut,
    PersonRecord,
    Plan,
    UnitRecord,
)
from directory_sync.plan import make_plan
from directory_sync.reading import Complete, Incomplete, Reading
from directory_sync.snapshot import Snapshot
from directory_sync.survey import Survey
from idp.domain.account import Account
from idp.domain.handles import PersonId, new_id
from idp.domain.naming import DEFAULT_RULES, Rules
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.keys.master_key import create
from idp.keys.sealing import MasterKeys
from idp.provisioning.name_desk import MailDomain
from idp.provisioning.sink import DatabaseSink
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade
from idp.storage.tables import accounts, addresses, audit_records, directory_entries, issued_names
from idp.storage.unit_of_work import SqlDatabase

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SOURCE = "town"
DOMAIN = "ekvik.example"


def record(key: str, name: str = "Anna Andersson", **changes: object) -> PersonRecord:
    """A person of the directory; the user name is the key unless another (or None) is given."""
    given, _, surname = name.partition(" ")
    values: dict[str, object] = {
        "source": SOURCE,
        "key": key,
        "dn": f"uid={key},dc=ekvik,dc=example",
        "login": key,
        "given_name": given,
        "surname": surname,
        "display_name": name,
        "employments": (EmploymentRecord("A1", "Handläggare"),),
        "origins": {"given_name": "givenName", "surname": "sn", "login": "uid"},
    }
    return PersonRecord(**(values | changes))


def unit(code: str, parent: str | None = None, key: str | None = None) -> UnitRecord:
    return UnitRecord(
        SOURCE, key or f"unit-{code}", f"ou={code},dc=ekvik,dc=example", code, f"Unit {code}", parent
    )


def group(name: str, *members: str, key: str | None = None) -> GroupRecord:
    return GroupRecord(SOURCE, key or f"group-{name}", f"cn={name},dc=ekvik,dc=example", name, members)


class Town:
    """One directory and the accounts made of it."""

    def __init__(self, url: str, folder: Path, rules: Rules = DEFAULT_RULES, domain: str = DOMAIN) -> None:
        engine = make_engine(url)
        upgrade(engine)
        key = folder / "master.key"
        if not key.exists():
            create(key, START)
        self.database = SqlDatabase(engine, MasterKeys(key))
        self.mail = MailDomain(domain, rules)
        self.source = SOURCE
        self.now = START
        self.units: list[UnitRecord] = [unit("A"), unit("A1", "A"), unit("B")]
        self.groups: list[GroupRecord] = []

    def close(self) -> None:
        self.database.engine.dispose()

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.now, new_id(), Actor(ActorKind.JOB, "synchronise"))

    def sink(self, source: str = SOURCE) -> DatabaseSink:
        return DatabaseSink(self.database, source, self.mail, self.occasion)

    def plan(
        self, records: Iterable[PersonRecord], source: str = SOURCE, reading: Reading | None = None
    ) -> tuple[DatabaseSink, Plan]:
        """What a reading of exactly these records comes to."""
        sink = self.sink(source)
        survey = Survey(source, Snapshot(sink.known_persons(source, self.now)), self.now)
        for one in records:
            survey.person(one)
        if source == self.source and not isinstance(reading, Incomplete):
            survey.units, survey.groups = self.units, sorted(self.groups, key=lambda group: group.key)
        return sink, make_plan(survey, reading or Complete(survey.persons), sink)

    def synchronise(
        self, *records: PersonRecord, source: str = SOURCE, reading: Reading | None = None, batch: int = 500
    ) -> Sequence[LeftOut]:
        """Plan and carry out; what was left out."""
        sink, plan = self.plan(records, source, reading)
        return self.carry_out(sink, plan, batch) if plan.lines else []

    def carry_out(self, sink: DatabaseSink, plan: Plan, batch: int = 500) -> Sequence[LeftOut]:
        run = sink.hold(plan)
        left_out: list[LeftOut] = []
        while lines := sink.pending(run, batch):
            left_out += sink.apply(run, lines)
        sink.finish(run)
        return left_out

    def person(self, key: str, source: str = SOURCE) -> PersonId:
        return self._one(
            select(directory_entries.c.person_id).where(
                directory_entries.c.source == source, directory_entries.c.key == key
            )
        )

    def account(self, key: str, source: str = SOURCE) -> Account:
        account_id = self._one(select(accounts.c.id).where(accounts.c.person_id == self.person(key, source)))
        with self.database.read() as uow:
            found = uow.accounts.get(account_id)
        if found is None:
            raise LookupError(key)
        return found

    def primary(self, key: str) -> str | None:
        with self.database.read() as uow:
            return uow.people.primary_address(self.person(key))

    def addresses(self, key: str) -> dict[str, tuple[str, bool]]:
        """Every address of the person: its kind, and whether it still receives."""
        rows = self.rows(select(addresses).where(addresses.c.person_id == self.person(key)))
        return {row.address: (row.kind, row.until is None) for row in rows}

    def issued(self) -> dict[tuple[str, str], str]:
        """Every name ever issued, and whose it is."""
        return {(row.space, row.canonical): row.person_id for row in self.rows(select(issued_names))}

    def events(self, subject: str = "") -> list[str]:
        query = select(audit_records.c.type).order_by(audit_records.c.id)
        if subject:
            query = query.where(audit_records.c.subject == subject)
        return [row.type for row in self.rows(query)]

    def rows(self, query):
        with self.database.read() as uow:
            return uow.connection.execute(query).all()

    def _one(self, query):
        rows = self.rows(query)
        if len(rows) != 1:
            raise LookupError(f"{len(rows)} rows")
        return rows[0][0]
