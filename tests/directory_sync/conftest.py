"""A shared slapd that nobody writes to, and a private one for who does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.municipality.slapd import Slapd
from tests.directory_sync.town import TOWN, loaded


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Read only."""
    with loaded(tmp_path_factory.mktemp("town"), TOWN, tls=True) as server:
        yield server


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Callable[..., Slapd]]:
    """Starts slapds of the test's own."""
    started: list[Slapd] = []

    def start(*arguments: object, **options: object) -> Slapd:
        server = loaded(tmp_path / f"slapd{len(started)}", *arguments, **options)  # type: ignore[arg-type]
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.resume()
        server.stop()
