"""A store of its own for each test."""

from collections.abc import Iterator

import pytest

from mfa.sql_store import SqlFactorStore
from tests.support.factors import memory_store


@pytest.fixture
def store() -> Iterator[SqlFactorStore]:
    """In memory, in one transaction."""
    with memory_store() as made:
        yield made
