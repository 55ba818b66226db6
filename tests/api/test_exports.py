"""What an auditor's program reads: the overview, a protected record, the log by period, an extract, an incident."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from idp.domain.roles import Act, unit_scope
from idp.storage.tables import audit_records, persons
from tests.api.test_api import code_of, of_type

pytestmark = pytest.mark.anyio

EXPORTS = ("/audit/export", "/people/{person}/extract", "/incidents/export")


def protect(site) -> str:
    person = site.residents["bojoha"].person_id
    with site.database.write() as uow:
        uow.connection.execute(update(persons).where(persons.c.id == person).values(protection="marked"))
    return person


def period(site, **more) -> dict[str, str]:
    now = site.now()
    lasting = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    return {name: moment.isoformat() for name, moment in lasting.items()} | {"reason": "asked for"} | more


def body_of(path: str, site, **more) -> dict[str, str]:
    return ({"reason": "asked for"} if "extract" in path else period(site)) | more


async def test_the_overview_has_the_figures_of_the_page(site, client):
    seen = (await client(Act.SEE_OVERVIEW).get("/overview")).json()
    assert seen["active_accounts"] == len(site.residents)
    assert seen["signins"][-1]["day"] == f"{site.now():%Y-%m-%d}"
    assert (await client(Act.SEE_PERSON).get("/overview")).status_code == 403
    of_a_unit = client(Act.SEE_OVERVIEW, scope=unit_scope("11"))
    assert (await of_a_unit.get("/overview")).status_code in (403, 404)


async def test_C2_a_protected_record_is_opened_by_its_act_with_a_reason_and_that_is_recorded(site, client):
    here = f"/people/{protect(site)}"
    masked = await client(Act.SEE_PERSON).get(here)
    assert (masked.json()["masked"], masked.json()["employments"], "Johansson" in masked.text) == (
        True, [], False,
    )  # fmt: skip
    why = {"reason": "called by the person"}
    assert (await client(Act.SEE_PERSON).post(f"{here}/open", why)).status_code == 403
    foreign = client(Act.SEE_PERSON, Act.OPEN_PROTECTED, scope=unit_scope("11"))
    assert (await foreign.post(f"{here}/open", why)).status_code == 404
    api = client(Act.SEE_PERSON, Act.OPEN_PROTECTED)
    for reason in ("", " "):
        assert (await api.post(f"{here}/open", {"reason": reason})).status_code == 422
    assert of_type(site, "record.opened") == []
    # Looked at twice is recorded twice: no answer is kept to be sent again.
    for _ in range(2):
        opened = await api.post(f"{here}/open", why, idempotency_key="k")
        assert (opened.json()["name"], opened.json()["employments"][0]["unit"]) == (
            "Bo Johansson",
            "Enhet 12",
        )
    assert [one["reason"] for one in of_type(site, "record.opened")] == [why["reason"]] * 2


@pytest.mark.parametrize("path", EXPORTS)
async def test_A5_an_export_takes_the_act_everywhere_and_a_reason(site, client, path):
    here = path.format(person=site.residents["annsve"].person_id)
    wanted = body_of(path, site)
    assert (await client(Act.SEE_AUDIT, Act.SEE_PERSON).post(here, wanted)).status_code == 403
    narrow = client(Act.EXPORT_AUDIT, Act.SEE_PERSON, scope=unit_scope("11"))
    assert (await narrow.post(here, wanted)).status_code in (403, 404)
    api = client(Act.EXPORT_AUDIT, Act.SEE_PERSON)
    assert code_of(await api.post(here, body_of(path, site, reason=" "))) == "invalid"
    assert of_type(site, "audit.exported") == []
    answer = await api.post(here, wanted)
    assert answer.status_code == 200
    (kept,) = of_type(site, "audit.exported")
    assert kept["reason"] == "asked for"


async def test_a_period_of_the_log_names_nobody_unless_it_is_asked_for(site, client):
    anna = site.residents["annsve"].account_id
    api = client(Act.EXPORT_AUDIT, Act.DISABLE, Act.SEE_PERSON)
    assert (await api.post(f"/accounts/{anna}/disable", {"reason": "left"})).status_code == 200
    masked = await api.post("/audit/export", period(site))
    named = await api.post("/audit/export", period(site, masking="none", type="account.disabled"))
    (line,) = named.json()["records"]
    assert (line["subject"] in (anna, "annsve"), line["reason"]) == (True, "left")
    assert line["subject"] not in masked.text
    with site.database.read() as uow:
        everything = len(uow.connection.execute(select(audit_records.c.id)).all())
    # The first export is in the log by the time it is read; the second came after.
    assert len(masked.json()["records"]) == everything - 1
    assert all(json.loads(line.rstrip(",")) for line in masked.text.splitlines()[1:-1])


async def test_an_extract_tells_who_opened_the_record_by_number_and_an_incident_whom_it_touched(site, client):
    person = protect(site)
    api = client(Act.EXPORT_AUDIT, Act.OPEN_PROTECTED, Act.SEE_PERSON, Act.DISABLE)
    await api.post(f"/people/{person}/open", {"reason": "called"})
    bo = site.residents["bojoha"].account_id
    await api.post(f"/accounts/{bo}/disable", {"reason": "left"})
    told = (await api.post(f"/people/{person}/extract", {"reason": "asked"})).json()["records"]
    by = {one["type"]: one["who"] for one in told}
    assert by["record.opened"] == by["account.disabled"]
    assert by["record.opened"].startswith("P")
    found = (await api.post("/incidents/export", period(site, login="bojoha"))).json()
    assert list(found) == ["timeline", "people", "systems"]
    assert "account.disabled" in [one["type"] for one in found["timeline"]]
    (touched,) = [one for one in found["people"] if one["login"] == "bojoha"]
    assert touched["name"] != "Bo Johansson"
    for wrong in ({"login": "nobody"}, {"system": "nothing"}):
        assert (await api.post("/incidents/export", period(site, **wrong))).status_code == 404
    wanted = period(site)
    backwards = wanted | {"until": wanted["since"]}
    assert code_of(await api.post("/incidents/export", backwards)) == "invalid"
