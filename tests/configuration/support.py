"""A database with a few people, and a made-up protocol, for tests of configuration files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from idp.configuration.apply import Configuration, carry_out, prepare
from idp.configuration.comparison import Choices, Plan
from idp.configuration.export import export
from idp.configuration.reader import Surroundings, read_file
from idp.domain.errors import ConfigurationError
from idp.domain.handles import new_id
from idp.domain.login import login_key
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.keys.master_key import create
from idp.keys.sealing import MasterKeys
from idp.provisioning.directories import check_directory
from idp.storage.catalogue_store import SqlCatalogueStore
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade
from idp.storage.tables import accounts, groups, persons, units
from idp.storage.unit_of_work import SqlDatabase

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FILE = "municipality.toml"


@dataclass
class DoorProtocol:
    """An extension that keeps its values in memory: a colour, and a secret that is never dumped."""

    protocol: str = "door"
    stored: dict[str, dict[str, object]] = field(default_factory=dict)

    def parse(self, table: Mapping[str, object], key: str) -> object:
        if not isinstance(table.get("colour"), str):
            raise ConfigurationError(f"{key}.colour: expected text, found {table.get('colour')!r}")
        return dict(table)

    def read(self, _uow, application_id) -> object | None:
        return self.stored.get(application_id)

    def write(self, _uow, application_id, value) -> None:
        self.stored[application_id] = self.stored.get(application_id, {}) | value

    def dump(self, value) -> dict[str, object]:
        return {"colour": value["colour"]}


class Town:
    """`apply`, `plan` and `export` over one database."""

    def __init__(self, url: str, folder: Path) -> None:
        create(folder / "master.key", NOW)
        self.folder = folder
        self.sealer = MasterKeys(folder / "master.key")
        engine = make_engine(url)
        upgrade(engine)
        self.database = SqlDatabase(engine, self.sealer)
        self.door = DoorProtocol()
        self.environment: dict[str, str] = {}

    def hire(self, login: str, number: str | None = None) -> str:
        person = new_id()
        with self.database.write() as uow:
            uow.connection.execute(
                insert(persons).values(
                    id=person,
                    given_name=login,
                    surname="",
                    display_name=login,
                    protection="none",
                    employee_number=number,
                    origins={},
                    created_at=NOW,
                )
            )
            uow.connection.execute(
                insert(accounts).values(
                    id=new_id(),
                    person_id=person,
                    login=login,
                    login_key=login_key(login),
                    state="active",
                    password_source="directory",
                    directory="ekvik",
                    directory_key=new_id(),
                    version=1,
                )
            )
        return person

    def read_directory_names(self, *, group: str, unit: str) -> None:
        with self.database.write() as uow:
            uow.connection.execute(insert(groups).values(id=new_id(), source="ekvik", key=group, name=group))
            uow.connection.execute(
                insert(units).values(id=new_id(), source="ekvik", code=unit, name=unit, parent_id=None)
            )

    def plan(self, text: str, *overwrite: str, remove: bool = False, file: str = FILE) -> Plan:
        return self._run(text, Choices(frozenset(overwrite), remove), file, doing=False)

    def apply(self, text: str, *overwrite: str, remove: bool = False, file: str = FILE) -> Plan:
        return self._run(text, Choices(frozenset(overwrite), remove), file, doing=True)

    def export(self) -> str:
        with self.database.read() as uow:
            configuration = self._configuration(uow)
            return export(configuration.fields(configuration.stored()))

    def sql(self, statement: str) -> list[tuple]:
        with self.database.write() as uow:
            result = uow.connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    def audited(self) -> list[tuple[str, str, list[str]]]:
        rows = self.sql(
            "SELECT object, payload FROM audit_records WHERE type = 'configuration.changed' ORDER BY id"
        )
        details = [
            (name, (json.loads(text) if isinstance(text, str) else text)["details"]) for name, text in rows
        ]
        return [(name, detail["change"], detail["fields"]) for name, detail in details]

    def _run(self, text: str, choices: Choices, file: str, *, doing: bool) -> Plan:
        surroundings = Surroundings(self.environment, self.folder, {"door": self.door}, check_directory)
        described = read_file(text, surroundings)
        with self.database.write() as uow:
            configuration = self._configuration(uow)
            configuration.store.lock()
            prepared = prepare(configuration, described, file, choices)
            if doing:
                carry_out(configuration, prepared, Occasion(NOW, new_id(), Actor(ActorKind.COMMAND, "test")))
        return prepared.plan

    def _configuration(self, uow) -> Configuration:
        store = SqlCatalogueStore(uow.connection, self.sealer)
        return Configuration(uow, store, {"door": self.door}, self.sealer)
