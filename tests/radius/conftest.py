"""A small organisation with a RADIUS server."""

import pytest

from tests.support.place import place

__all__ = ["place"]

PASSWORD = "correct horse battery"


@pytest.fixture
def anna(place):
    """Somebody with a directory password and an authenticator app."""
    account = place.account("anna", password=PASSWORD)
    return account, place.authenticator(account)
