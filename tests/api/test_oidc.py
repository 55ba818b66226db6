"""Systems over OpenID Connect by programs: connected, changed as they were read, secrets changed with overlap."""

import json

import pytest
from joserfc.jwk import ECKey

from idp.domain.handles import ApplicationId
from idp.domain.roles import Act, application_scope
from idp.oidc.store.clients import read_client

pytestmark = pytest.mark.anyio

NEW = {
    "name": "bygglov",
    "title": "Bygglov",
    "reason": "procured",
    "registration": {
        "redirect_uris": ["https://bygglov.sundby.example/callback"],
        "scope": ["openid", "roles"],
    },
}


@pytest.fixture
def api(client):
    return client(Act.CONNECT_APPLICATION, Act.CHANGE_APPLICATION, Act.SEE_APPLICATION)


def stored(site, identifier):
    with site.database.read() as uow:
        return read_client(uow, ApplicationId(identifier))


async def test_a_system_is_connected_and_its_secret_changed_with_overlap(site, api):
    made = (await api.post("/oidc/applications", NEW)).json()
    first, here = made["client_secret"], f"/applications/{made['application']}/oidc"
    shown = await api.get(here)
    assert (shown.json()["secrets"], shown.json()["registration"]["scope"]) == (1, ["openid", "roles"])
    assert first not in shown.text
    second = (await api.post(f"{here}/secrets", {"reason": "yearly"})).json()["client_secret"]
    assert stored(site, made["application"]).has_secret(first)
    assert (await api.post(f"{here}/secrets", {"reason": "again"})).json()["code"] == "conflict"
    assert (await api.post(f"{here}/secrets/end-old", {"reason": "done"})).status_code == 200
    assert not stored(site, made["application"]).has_secret(first)
    assert stored(site, made["application"]).has_secret(second)
    assert (await api.get(f"{here}/sign-outs")).json()["items"] == []


async def test_a_key_is_taken_in_beside_the_old_one_with_the_act_and_a_reason(site, client, api):
    here = f"/applications/{site.systems['payroll']}/oidc/keys"
    key = {"jwks": json.dumps(ECKey.generate_key("P-256", {"kid": "new"}).as_dict(private=False))}
    for path, body in ((here, key), (f"{here}/remove", {"kid": "new"})):
        assert (await client(Act.SEE_APPLICATION).post(path, body | {"reason": "x"})).status_code == 403
        foreign = client(Act.CHANGE_APPLICATION, scope=application_scope(site.systems["intranet"]))
        assert (await foreign.post(path, body | {"reason": "x"})).status_code in (403, 404)
        assert (await api.post(path, body | {"reason": " "})).json()["reasons"] == ["no_reason"]
    assert (await api.post(here, key | {"reason": "yearly"})).status_code == 200
    assert [
        one["kid"] for one in json.loads(stored(site, site.systems["payroll"]).registration.jwks)["keys"]
    ] == ["new"]
    assert (await api.post(here, {"jwks": "{}", "reason": "x"})).json()["code"] == "invalid"
    last = await api.post(f"{here}/remove", {"kid": "new", "reason": "x"})
    assert (last.status_code, last.json()["reasons"]) == (409, ["last_key"])


async def test_what_is_wrong_is_said_and_nothing_is_stored(site, api):
    wrong = NEW["registration"] | {"redirect_uris": ["http://bygglov.sundby.example/callback"]}
    refused = await api.post("/oidc/applications", NEW | {"registration": wrong})
    assert refused.status_code == 422
    assert "expected an https URL" in refused.json()["detail"]
    assert (await api.post("/oidc/applications", NEW | {"name": "intranet"})).json()["code"] == "conflict"


async def test_C9_a_registration_is_changed_only_as_it_was_read(site, api):
    here = f"/applications/{site.systems['payroll']}/oidc"
    read = await api.get(here)
    body = {"registration": read.json()["registration"] | {"first_party": True}, "reason": "ours"}
    assert (await api.http.put(f"/api/v1{here}", json=body)).status_code == 428
    tag = {"if-match": read.headers["etag"]}
    changed = await api.http.put(f"/api/v1{here}", json=body, headers=tag)
    assert changed.json()["registration"]["first_party"] is True
    body["registration"]["first_party"] = False
    assert (await api.http.put(f"/api/v1{here}", json=body, headers=tag)).status_code == 412


async def test_C6_a_system_is_closed_and_opened(site, api):
    here = f"/applications/{site.systems['payroll']}"
    assert (await api.post(f"{here}/close", {"reason": "trouble"})).json() == {"enabled": False}
    assert (await api.post(f"{here}/close", {"reason": "trouble"})).json()["code"] == "already"
    assert (await api.post(f"{here}/open", {"reason": "mended"})).json() == {"enabled": True}
