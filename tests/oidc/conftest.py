"""A served provider for each module and database; people and relying parties of its own for each test."""

import secrets

import pytest

from idp.keys.master_key import create
from tests.oidc.site import Site
from tests.support.place import START, Place
from tests.support.served_site import serving


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, tmp_path_factory):
    """A provider on a fresh database."""
    folder = tmp_path_factory.mktemp("oidc")
    if request.param == "sqlite":
        url = f"sqlite+pysqlite:///{folder / 'test.sqlite'}"
    else:
        cluster = request.getfixturevalue("postgres")
        name = f"test_{secrets.token_hex(8)}"
        url = cluster.create_database(name)
    create(folder / "master.key", START)
    place = Place(url, folder / "master.key")
    with serving(Site, place, folder) as site:
        yield site
    place.close()
    if request.param == "postgresql":
        cluster.drop_database(name)


@pytest.fixture
def site(served: Site):
    """The provider; what it recorded before this test is not seen."""
    served.begin_test()
    return served


@pytest.fixture
def anna(site):
    return site.person("anna")


@pytest.fixture
def party(site: Site):
    return site.client()
