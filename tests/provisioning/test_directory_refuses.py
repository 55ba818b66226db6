"""X2: a directory that refuses connections is noticed fast, and takes nothing from whoever is signed in."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from idp.domain.password import NotUsable, Unreachable, Wrong
from idp.provisioning.passwords import BoundPasswords
from idp.storage.catalogue_store import bind_password_purpose
from idp.storage.tables import directories
from tests.directory_sync.proxy import closed_port
from tests.directory_sync.town import (
    BASE_DN,
    MAPPING,
    PASSWORD,
    READER_DN,
    READER_PASSWORD,
    key_of,
    loaded,
    people,
    settings_for,
)
from tests.oidc.site import Browser, Site
from tests.provisioning.followed import FollowedTown, eventually
from tests.support.place import Place
from tests.support.served_site import serving

UIDS = ("anna", "bo", "eva")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = loaded(tmp_path_factory.mktemp("acting") / "slapd", people(*UIDS)).start()
    yield made
    made.resume()
    made.stop()


@pytest.fixture(scope="module")
def followed(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("acting")
    url = f"sqlite+pysqlite:///{folder / 'test.sqlite'}"
    town = FollowedTown(url, folder, settings_for(server.url, unit_filter=None, group_filter=None))
    town.read_all()
    store(town, server.url)
    with town.followed():
        eventually(lambda: town.watched().cookie is not None and town.watched().state == "following")
        yield town
    town.close()


def store(town: FollowedTown, url: str) -> None:
    """Put the directory where a sign-in looks for it."""
    settings = {"url": url, "base_dn": BASE_DN, "bind_dn": READER_DN, "mapping": MAPPING,
                "person_filter": "(objectClass=ekvikPerson)",
                "timeouts": {"connect": 1, "operation": 2, "sign_in": 2, "reading": 20}}  # fmt: skip
    with town.database.write() as uow:
        sealed = uow.sealer.seal(READER_PASSWORD.encode(), bind_password_purpose("town"))
        uow.connection.execute(
            insert(directories).values(name="town", settings=settings, sealed_password=sealed, mail_domain="")
        )


@pytest.fixture(scope="module")
def site(followed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    url = str(followed.database.engine.url)
    key = next(iter(folder.parent.glob("acting*/master.key")))
    bound = BoundPasswords(followed.database, lambda: datetime.now(UTC))
    place = Place(url, key, bound=bound)
    place.now = datetime.now(UTC)
    with serving(Site, place, folder) as made:
        yield made
    place.close()


def sign_in(site, party, uid: str) -> tuple[Browser, dict]:
    """By the page, with the password that the directory binds."""
    site.place.now = datetime.now(UTC)
    browser = Browser(site.issuer)
    answer = browser.get(party.authorization(scope="openid offline_access"))
    page = browser.get(answer.location)
    answer = browser.submit(page, username=uid, password=PASSWORD)
    while "code" not in answer.query:
        assert answer.status == 303, answer.text[:500]
        answer = browser.get(answer.location)
    tokens = party.redeem(answer.query["code"])
    assert tokens.status == 200, tokens.text
    return browser, tokens.json()


def test_X2_a_directory_that_refuses_connections_fails_fast_and_leaves_sessions_alone(followed, site, server):
    party = site.client()
    browser, tokens = sign_in(site, party, "eva")
    account = followed.find(key_of("eva"))
    bound = BoundPasswords(followed.database, lambda: datetime.now(UTC))
    with followed.database.write() as uow:
        stored = dict(uow.provisioning.directory("town").settings)
        away = {**stored, "url": f"ldap://127.0.0.1:{closed_port()}"}
        uow.connection.execute(directories.update().values(settings=away))
    try:
        began = time.monotonic()
        assert isinstance(bound.check(account, PASSWORD), Unreachable)
        assert time.monotonic() - began < 3
        assert party.userinfo(tokens["access_token"]).status == 200
        assert "code" in browser.get(party.authorization()).query
    finally:
        with followed.database.write() as uow:
            uow.connection.execute(directories.update().values(settings=stored))
    assert not isinstance(bound.check(account, "wrong"), Unreachable | NotUsable)
    assert isinstance(bound.check(account, "wrong"), Wrong)
