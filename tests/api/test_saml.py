"""SAML systems over the API: connected by the same use case as on the page, seen and changed by whom a token is for."""

import pytest

from idp.domain.roles import Act, application_scope
from tests.saml.service import Service
from tests.support.saml_site import credential, saml_service

pytestmark = pytest.mark.anyio
OF_SYSTEMS = (Act.CONNECT_APPLICATION, Act.SEE_APPLICATION, Act.CHANGE_APPLICATION)


async def test_a_system_is_connected_seen_and_changed(site, client):
    program = client(*OF_SYSTEMS)
    service = Service(site, credential(), "https://api.sundby.example/saml")
    body = {
        "name": "permits", "title": "Bygglov", "reason": "bought", "attributes": ["requested"],
        "metadata": service.metadata(requested=("urn:oid:2.5.4.42",)),
    }  # fmt: skip
    made = await program.post("/saml/applications", body)
    assert made.status_code == 200, made.text
    found = made.json()
    assert found["entity_id"] == service.entity_id
    assert found["asks_for"] == ["givenName"]
    assert found["certificates"][0]["soon"] is True
    path = f"/applications/{found['application']}/saml"
    assert (await program.get(path)).json() == found
    policy = (await program.get(f"/applications/{found['application']}")).json()["policy"]
    assert not policy["everyone"]
    changed = await program.post(path, {"reason": "less", "attributes": ["displayName"]})
    assert changed.json() == found | {"attributes": ["displayName"]}
    again = await program.post("/saml/applications", body | {"name": "other"})
    assert (again.status_code, again.json()["reasons"]) == (409, ["entity_taken"])


@pytest.mark.parametrize(
    ("bent", "code"),
    [
        ({"metadata": "<x/>"}, "unusable_metadata"),
        ({"metadata": "<!DOCTYPE x><x/>"}, "unusable_metadata"),
        ({"attributes": ["noSuchThing"]}, "unknown_attributes"),
        ({"name": "Not Good"}, "system_name"),
    ],
)
async def test_what_cannot_be_connected_is_said(site, client, bent, code):
    service = Service(site, credential(), "https://bent.sundby.example/saml")
    body = {"name": "bent", "title": "Bent", "reason": "x", "metadata": service.metadata()} | bent
    answer = await client(*OF_SYSTEMS).post("/saml/applications", body)
    assert (answer.status_code, answer.json()["reasons"]) == (422, [code])


async def test_C2_a_token_for_another_system_sees_nothing(site, client):
    saml_service(site, "library")
    path = f"/applications/{site.systems['library']}/saml"
    other = client(
        Act.SEE_APPLICATION, Act.CHANGE_APPLICATION, scope=application_scope(site.systems["payroll"])
    )
    assert (await other.get(path)).status_code == 404
    assert (await other.post(path, {"reason": "x", "attributes": []})).status_code in (403, 404)
    own = client(Act.SEE_APPLICATION, scope=application_scope(site.systems["library"]))
    assert (await own.get(path)).json()["name"] == "library"
    assert (await own.post(path, {"reason": "x", "attributes": []})).status_code == 403
