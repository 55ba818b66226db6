"""A town for each test, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provisioning.town import Town


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    made = Town(database_url, tmp_path)
    yield made
    made.close()
