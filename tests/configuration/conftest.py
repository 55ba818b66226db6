import pytest

from tests.configuration.support import Town


@pytest.fixture
def town(database_url, tmp_path):
    """A database on each engine."""
    made = Town(database_url, tmp_path)
    yield made
    made.database.engine.dispose()
