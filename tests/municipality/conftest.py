"""The municipality, and one slapd that holds it, for the tests in this folder."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.municipality.generate import build, directory_ldif
from deploy.municipality.model import Municipality
from deploy.municipality.slapd import Slapd

REFERENCE = dt.date(2026, 11, 24)


@pytest.fixture(scope="session")
def municipality() -> Municipality:
    return build(REFERENCE)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    server = Slapd(tmp_path_factory.mktemp("slapd"), durable=False)
    server.load(directory_ldif(REFERENCE))
    with server:
        yield server


@pytest.fixture
def empty_folder(tmp_path: Path) -> Path:
    return tmp_path / "slapd"
