"""The small organisation that tests of use cases work in, on both databases."""

import pytest
from tests.support.place import START, Place

from idp.keys.master_key import create


@pytest.fixture
def place(database_url, tmp_path):
    key = tmp_path / "master.key"
    create(key, START)
    made = Place(database_url, key)
    yield made
    made.close()
