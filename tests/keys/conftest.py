"""A database with master keys and a clock that can be moved, on both engines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.keys.master_key import create
from idp.keys.sealing import MasterKeys
from idp.keys.signing import SigningKeys
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade
from idp.storage.unit_of_work import SqlDatabase

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


@dataclass
class Site:
    """One installation."""

    database: SqlDatabase
    sealer: MasterKeys
    path: Path
    now: datetime = NOW

    def occasion(self) -> Occasion:
        return Occasion(self.now, "request", Actor(ActorKind.JOB, "rotation"), node="node-1")

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def node(self, skew: timedelta = timedelta()) -> SigningKeys:
        """The signing keys as a node holds them."""
        return SigningKeys(self.database, self.sealer, lambda: self.now + skew)

    def audit(self) -> list[tuple[str, str]]:
        with self.database.read() as uow:
            rows = uow.connection.exec_driver_sql("SELECT object, reason FROM audit_records ORDER BY id")
            return [tuple(row) for row in rows]


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    path = tmp_path / "master.key"
    create(path, NOW)
    engine = make_engine(database_url, pool_size=20)
    upgrade(engine)
    sealer = MasterKeys(path)
    yield Site(SqlDatabase(engine, sealer), sealer, path)
    engine.dispose()
