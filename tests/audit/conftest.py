"""A log in a fresh database, on both engines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.domain.audit import record
from idp.domain.events import SignedIn, SignInRefused
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.keys.master_key import create
from idp.keys.sealing import MasterKeys
from idp.storage.audit_chain import seal_next
from idp.storage.audit_checkpoints import Checkpoint
from idp.storage.audit_diagnosis import Broken
from idp.storage.audit_verification import Intact, verify
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade
from idp.storage.unit_of_work import SqlDatabase

START = datetime(2026, 12, 1, 8, tzinfo=UTC)


@dataclass
class Log:
    """The audit log of one installation, and what somebody with access to its database can do to it."""

    database: SqlDatabase
    keys: MasterKeys
    now: datetime = START
    written: int = 0
    address: str = "10.0.0.7"
    extra: dict[str, str] = field(default_factory=dict)

    def occasion(self) -> Occasion:
        return Occasion(self.now, f"request{self.written:06}", Actor(ActorKind.JOB, "test"), node="node-1")

    def write(self, count: int = 1) -> None:
        """Append records, alternately of two types."""
        with self.database.write() as uow:
            for _ in range(count):
                self.written += 1
                self.now += timedelta(milliseconds=10)
                event = (
                    SignedIn(subject=f"account{self.written}", object="session", methods=["password", "totp"])
                    if self.written % 2
                    else SignInRefused(subject=f"account{self.written}", reason="wrong_code", method="totp")
                )
                record(uow.audit, event, self.occasion())

    def seal(self, **options: bool) -> int:
        return seal_next(self.database, self.keys, self.now, **options)

    def batches(self, *sizes: int) -> None:
        """Append and seal batches of these sizes."""
        for size in sizes:
            self.write(size)
            assert self.seal() == size

    def verify(self, *checkpoints: Checkpoint) -> Intact | Broken:
        with self.database.read() as uow:
            return verify(uow.connection, self.keys, checkpoints)

    def broken(self, *checkpoints: Checkpoint) -> Broken:
        found = self.verify(*checkpoints)
        assert isinstance(found, Broken), found
        return found

    def tamper(self, *statements: str, **values: object) -> None:
        """Do to the database what its administrator could."""
        with self.database.write() as uow:
            for statement in statements:
                uow.connection.execute(text(statement), values)

    def query(self, statement: str, **values: object) -> list[tuple]:
        with self.database.read() as uow:
            return [tuple(row) for row in uow.connection.execute(text(statement), values)]

    @property
    def sqlite(self) -> bool:
        return self.database.engine.dialect.name == "sqlite"


@pytest.fixture
def log(database_url: str, tmp_path: Path) -> Iterator[Log]:
    create(tmp_path / "master.key", START)
    keys = MasterKeys(tmp_path / "master.key")
    engine = make_engine(database_url, pool_size=20)
    upgrade(engine)
    yield Log(SqlDatabase(engine, keys), keys)
    engine.dispose()
