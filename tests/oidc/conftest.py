"""A served provider with one person and one relying party, on both databases."""

import pytest

from tests.oidc.site import Site, serving
from tests.support.place import place

__all__ = ["place"]


@pytest.fixture
def site(place):
    with serving(place) as served:
        yield served


@pytest.fixture
def anna(place):
    return place.account("anna", password="correct horse battery")


@pytest.fixture
def party(site: Site):
    return site.client()
