"""Hardware tokens by the API: within the token's bounds, never a seed, refusals in words (C1, C2)."""

import base64

import pytest

import mfa
from idp.domain import hardware_tokens
from idp.domain.roles import Act, unit_scope
from tests.support.tokens import RFC_SEED, counter_seed

pytestmark = pytest.mark.anyio


def fill(site, *serials):
    with site.database.write() as uow:
        seeds = [counter_seed(one, secret=RFC_SEED + one.encode()) for one in serials]
        taken = hardware_tokens.take_in(uow, seeds, site.occasion()).tokens
    return dict(zip(serials, taken, strict=True))


def account(site, login):
    return f"/accounts/{site.residents[login].account_id}"


async def test_a_token_goes_out_and_comes_back(site, client):
    ids = fill(site, "API-1", "API-2")
    api = client(Act.MANAGE_TOKENS, Act.HAND_OUT_TOKEN)
    given = await api.post(f"{account(site, 'annsve')}/tokens", {"serial": "api 1"})
    assert given.status_code == 200
    assert given.json()["state"] == "handed_out"
    assert given.json()["account"] == site.residents["annsve"].account_id
    held = (await api.get(f"{account(site, 'annsve')}/tokens")).json()["items"]
    assert [one["serial"] for one in held] == ["API-1"]
    again = await api.post(f"{account(site, 'bojoha')}/tokens", {"serial": "API-1"})
    assert (again.status_code, again.json()["reasons"]) == (409, ["token_not_from_here"])
    for verb, state in (("hand-back", "handed_back"), ("lost", "lost"), ("destroy", "destroyed")):
        moved = await api.post(f"/tokens/{ids['API-1']}/{verb}", {"reason": "test"})
        assert moved.json()["state"] == state
    listed = await api.get("/tokens?state=in_stock")
    assert [one["serial"] for one in listed.json()["items"]] == ["API-2"]
    everything = given.text + listed.text + (await api.get(f"/tokens/{ids['API-2']}")).text
    assert "1234567890" not in everything
    assert (await api.get("/tokens/unknown")).status_code == 404
    assert (await api.post("/tokens/unknown/lost", {"reason": "x"})).status_code == 404


async def test_the_box_is_listed_page_by_page(site, client):
    fill(site, *[f"PG-{number:02}" for number in range(5)])
    api = client(Act.MANAGE_TOKENS)
    first = (await api.get("/tokens?limit=3")).json()
    assert [one["serial"] for one in first["items"]] == ["PG-00", "PG-01", "PG-02"]
    rest = (await api.get(f"/tokens?limit=3&cursor={first['next']}")).json()
    assert [one["serial"] for one in rest["items"]] == ["PG-03", "PG-04"]


async def test_C2_a_token_of_a_department_reaches_its_people_and_not_the_box(site, client):
    ids = fill(site, "API-1", "API-2", "API-3")
    whole = client(Act.HAND_OUT_TOKEN)
    await whole.post(f"{account(site, 'bojoha')}/tokens", {"serial": "API-2"})
    api = client(Act.HAND_OUT_TOKEN, Act.MANAGE_TOKENS, Act.UNLOCK, scope=unit_scope("11"))
    assert (await api.post(f"{account(site, 'annsve')}/tokens", {"serial": "API-1"})).status_code == 200
    unknown = await api.post("/accounts/" + "0" * 32 + "/tokens", {"serial": "API-3"})
    foreign = await api.post(f"{account(site, 'bojoha')}/tokens", {"serial": "API-3"})
    assert (foreign.status_code, foreign.json()["title"]) == (404, unknown.json()["title"])
    assert (await api.post(f"/tokens/{ids['API-2']}/lost", {"reason": "x"})).status_code == 404
    assert (await api.post(f"/tokens/{ids['API-1']}/lost", {"reason": "x"})).status_code == 200
    assert (await api.get("/tokens")).status_code == 403
    assert (await api.get(f"{account(site, 'bojoha')}/tokens")).json()["items"] == []
    assert (await api.post(f"{account(site, 'bojoha')}/unlock", {"reason": "x"})).status_code == 404


async def test_a_makers_file_is_shown_and_taken_in_whole_or_not_at_all(site, client):
    api = client(Act.MANAGE_TOKENS)

    def sent(text, **more):
        return {"format": "oath", "content": base64.b64encode(text.encode()).decode(), **more}

    text = f"FI-1,{RFC_SEED.hex()},totp,6,60\nFI-2,{RFC_SEED.hex()}00,hotp\n"
    shown = await api.post("/tokens", sent(text, preview=True))
    assert shown.json() == {"taken_in": False, "serials": ["FI-1", "FI-2"]}
    assert (await api.get("/tokens")).json()["items"] == []
    assert (await api.post("/tokens", sent(text))).json()["taken_in"] is True
    for wrong in (sent(text), sent(text + "FI-3,zz\n"), sent(text) | {"content": "?"}):
        refused = await api.post("/tokens", wrong)
        assert (refused.status_code, refused.json()["reasons"]) == (422, ["seed_file"])
        assert RFC_SEED.hex() not in refused.text
    assert len((await api.get("/tokens")).json()["items"]) == 2
    unit = client(Act.MANAGE_TOKENS, scope=unit_scope("11"))
    assert (await unit.post("/tokens", sent("FI-9," + RFC_SEED.hex()))).status_code == 403


async def test_locks_are_opened(site, client):
    who = site.residents["annsve"].account_id
    with site.database.write() as uow:
        for _ in range(5):
            mfa.verify(uow.factors, who, mfa.OneTimePasswordResponse("000000"), site.now())
    api = client(Act.UNLOCK)
    opened = await api.post(f"{account(site, 'annsve')}/unlock", {"reason": "called back"})
    assert [one["kind"] for one in opened.json()["locks"]] == ["totp"]
    assert (await api.post(f"{account(site, 'annsve')}/unlock", {"reason": "again"})).json()["locks"] == []


async def test_C1_a_token_for_something_else_does_none_of_it(site, client):
    fill(site, "API-1")
    api = client(Act.SEE_PERSON)
    assert (await api.get("/tokens")).status_code == 403
    assert (await api.post(f"{account(site, 'annsve')}/tokens", {"serial": "API-1"})).status_code == 403
