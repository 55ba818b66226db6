"""Fixtures that all tests may ask for: the two databases that everything must work on."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.support.postgres import PostgresCluster

# How long one example takes says nothing on a machine that runs other tests beside it.
settings.register_profile("portvakt", deadline=None)
settings.load_profile("portvakt")


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """A test that sets up the log writes to its own standard error, which is closed when it ends."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A private PostgreSQL server, one for each worker of pytest-xdist, started when first asked for."""
    with PostgresCluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, empty database; the test runs once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite+pysqlite:///{tmp_path / 'test.sqlite'}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    name = f"test_{secrets.token_hex(8)}"
    yield cluster.create_database(name)
    cluster.drop_database(name)
