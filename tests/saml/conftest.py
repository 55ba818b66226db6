"""A served provider for each module and database; people and services of its own for each test."""

import secrets

import pytest

from idp.keys.master_key import create
from tests.saml.credentials import Credential
from tests.saml.site import Site
from tests.support.place import START, Place, place
from tests.support.served_site import serving


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, tmp_path_factory):
    """A provider on a fresh database."""
    folder = tmp_path_factory.mktemp("saml")
    cluster, name = None, f"test_{secrets.token_hex(8)}"
    if request.param == "sqlite":
        url = f"sqlite+pysqlite:///{folder / 'test.sqlite'}"
    else:
        cluster = request.getfixturevalue("postgres")
        url = cluster.create_database(name)
    create(folder / "master.key", START)
    place = Place(url, folder / "master.key")
    with serving(Site, place, folder) as site:
        place.now = site.now()
        yield site
    place.close()
    if cluster is not None:
        cluster.drop_database(name)


@pytest.fixture
def site(served: Site):
    """The provider; what it recorded before this test is not seen."""
    served.begin_test()
    return served


@pytest.fixture
def anna(site):
    return site.person("anna")


@pytest.fixture(scope="session")
def credential(tmp_path_factory):
    """A partner's RSA key and certificate, in files as its software wants them."""
    return Credential.make(tmp_path_factory.mktemp("partner"), "RSA")


@pytest.fixture(scope="session")
def other_credential(tmp_path_factory):
    """Another partner's, or an attacker's."""
    return Credential.make(tmp_path_factory.mktemp("other"), "RSA")


@pytest.fixture(scope="session")
def ec_credential(tmp_path_factory):
    """A partner's key on P-256."""
    return Credential.make(tmp_path_factory.mktemp("ec"), "EC")


__all__ = ["place"]
