"""Certificates that are about to end are told of weeks ahead, each step once, to who answers for the system."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from idp.domain.roles import Grant, Role, application_scope
from idp.domain.warnings import WARNING_TOPIC
from idp.saml.expiring import STEPS, step_of, warn_ahead
from idp.saml.keys import LIFETIME
from idp.storage.tables import outbox
from tests.saml.credentials import Credential
from tests.saml.service import Service


@pytest.mark.parametrize(
    ("days", "step"),
    [(57, None), (56, 56), (29, 56), (28, 28), (8, 14), (7, 7), (0.5, 1), (0, None), (-3, None)],
)
def test_each_step_has_its_time(days, step):
    assert step_of(timedelta(days=days)) == step
    assert tuple(sorted(STEPS, reverse=True)) == STEPS


def told(site) -> list[dict]:
    """What waits in the outbox, taken out."""
    with site.place.database.write() as uow:
        chosen = outbox.c.topic == WARNING_TOPIC
        rows = [row.payload for row in uow.connection.execute(outbox.select().where(chosen))]
        uow.connection.execute(delete(outbox).where(chosen))
    return rows


def test_its_owner_is_told_once_a_step_and_others_are_not(site, tmp_path, credential, anna):
    soon = Service.connected(site, Credential.make(tmp_path, "RSA", days=30))
    Service.connected(site, credential)
    application = site.place.applications[soon.name]
    grant = Grant(Role.SYSTEM_OWNER, application_scope(application))
    with site.place.database.write() as uow:
        assert uow.roles.add(anna.id, grant, "a test", "test", site.now())
    now = site.now()
    warn_ahead(site.provider, now)
    (first,) = [one for one in told(site) if one["account"] == anna.id]
    assert (first["application"], first["kind"]) == (application, "partners_certificate")
    for _ in range(2):
        warn_ahead(site.provider, now + timedelta(hours=6))
    assert told(site) == []
    warn_ahead(site.provider, now + timedelta(days=3))
    assert [one["account"] for one in told(site) if one["application"] == application] == [anna.id]
    warn_ahead(site.provider, now + timedelta(days=40))
    assert [one for one in told(site) if one["application"] == application] == []


def test_our_own_key_is_told_to_administrators(site, credential):
    Service.connected(site, credential)
    eva = site.person("eva")
    with site.place.database.write() as uow:
        assert uow.roles.add(eva.id, Grant(Role.ADMINISTRATOR), "a test", "test", site.now())
    warn_ahead(site.provider, site.now())
    told(site)
    warn_ahead(site.provider, site.now() + LIFETIME - timedelta(days=20))
    own = [one for one in told(site) if one["kind"] == "own_key" and one["account"] == eva.id]
    assert len(own) == 1
