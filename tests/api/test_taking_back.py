"""A run is taken back over the API: previewed, then by the hash of what was read, once."""

import pytest
from sqlalchemy import select

from idp.domain.account import AccountState
from idp.domain.roles import Act, unit_scope
from idp.storage.tables import audit_records
from tests.provisioning.town import record
from tests.support.taken_back import changed_town

pytestmark = pytest.mark.anyio

ON, OFF = AccountState.ACTIVE, AccountState.DISABLED


@pytest.fixture
def town(site):
    return changed_town(site)


@pytest.fixture
def here(town) -> str:
    return f"/sync-runs/{town.newest()}/undo"


def states(town) -> list[AccountState]:
    return [town.account(key).state for key in ("anna", "bo", "cia", "dan")]


async def test_previewed_then_taken_back_by_the_plan_that_was_read(town, here, client):
    api = client(Act.UNDO_RUN, Act.SEE_SYNCHRONISATION)
    preview = await api.get(here)
    read = preview.json()
    assert (read["lines"], read["stays"]) == (5, 0)
    first = (await api.get(f"{here}/lines?limit=3")).json()
    rest = (await api.get(f"{here}/lines?limit=3&cursor={first['next']}")).json()
    told = [*first["items"], *rest["items"]]
    assert ([one["number"] for one in told], rest["next"]) == ([0, 1, 2, 3, 4], None)
    assert any(one["sentence"].startswith("Dan Ny (dan) leaves") for one in told)
    assert states(town) == [ON, OFF, OFF, ON]
    order = {"plan": read["plan"], "reason": "the file was last year's"}
    done = await api.post(here, order, if_match=preview.headers["etag"], idempotency_key="k1")
    assert (done.status_code, done.json()["lines"], done.json()["finished"]) == (200, 5, True)
    assert states(town) == [ON, ON, ON, OFF]
    # Sent again it is answered as the first time; as another request there is nothing left.
    again = await api.post(here, order, if_match=preview.headers["etag"], idempotency_key="k1")
    assert again.json() == done.json()
    other = await api.post(here, order)
    assert (other.status_code, other.json()["reasons"]) == (409, ["nothing_to_take_back"])
    runs = {one["run"]: one["reverts"] for one in (await api.get("/sync-runs")).json()["items"]}
    assert runs[done.json()["run"]] == here.split("/")[2]
    stays = {one["stays"] for one in (await api.get(f"{here}/lines")).json()["items"]}
    assert stays == {"it has been taken back already"}


async def test_for_one_person(town, here, client):
    api = client(Act.UNDO_RUN)
    bo = town.account("bo").id
    read = (await api.get(f"{here}?account={bo}")).json()
    assert read["lines"] == 2, "the person, and the group that put them out"
    whole = (await api.get(here)).json()["plan"]
    refused = await api.post(here, {"plan": whole, "reason": "x", "account": bo})
    assert refused.status_code == 412, "the plan for everybody is not the one for Bo"
    done = await api.post(here, {"plan": read["plan"], "reason": "not to be locked", "account": bo})
    assert done.json()["lines"] == 2
    assert states(town) == [ON, ON, OFF, ON]
    assert (await api.get(f"{here}?account={'0' * 32}")).status_code == 404


async def test_C9_a_plan_that_has_changed_is_refused_and_nothing_is_done(town, here, client):
    api = client(Act.UNDO_RUN)
    preview = await api.get(here)
    town.later(hours=1)
    town.synchronise(
        record("anna", "Anna Newest"), record("bo", "Bo Ek", disabled="locked"), record("dan", "Dan Ny")
    )
    order = {"plan": preview.json()["plan"], "reason": "x"}
    stale = await api.post(here, order)
    assert (stale.status_code, stale.json()["reasons"]) == (412, ["plan_changed"])
    now = (await api.get(here)).json()["plan"]
    by_tag = await api.post(here, order | {"plan": now}, if_match=preview.headers["etag"])
    assert (by_tag.status_code, by_tag.json()["code"]) == (412, "changed")
    assert states(town) == [ON, OFF, OFF, ON]


async def test_another_run_under_way_and_what_does_not_exist(town, here, client):
    api = client(Act.UNDO_RUN)
    plan = (await api.get(here)).json()["plan"]
    sink, news = town.plan((record("anna", "Anna Lind"), record("eva", "Eva Ek")))
    held = sink.hold(news)
    busy = await api.post(here, {"plan": plan, "reason": "x"})
    assert (busy.status_code, busy.json()["reasons"]) == (409, ["run_in_progress"])
    assert "Try again" in busy.json()["detail"]
    assert (await api.get(f"/sync-runs/{held}/undo")).json()["reasons"] == ["run_not_applied"]
    assert (await api.get("/sync-runs/unknown/undo")).status_code == 404
    assert (await api.post(here, {"plan": plan, "reason": ""})).status_code == 422


async def test_C2_it_takes_a_token_for_just_that_over_everything(site, town, here, client):
    plan = {"plan": (await client(Act.UNDO_RUN).get(here)).json()["plan"], "reason": "x"}
    others = client(Act.DECIDE_PLAN, Act.SEE_SYNCHRONISATION, Act.DISABLE, Act.ENABLE)
    of_a_unit = client(Act.UNDO_RUN, scope=unit_scope("11"))
    for api in (others, of_a_unit):
        for answer in (await api.get(here), await api.get(f"{here}/lines"), await api.post(here, plan)):
            assert answer.status_code == 403, answer.text
    assert states(town) == [ON, OFF, OFF, ON]
    with site.database.read() as uow:
        rows = uow.connection.execute(
            select(audit_records.c.reason).where(audit_records.c.type == "act.refused")
        )
        assert "outside_scope" in rows.scalars().all()
