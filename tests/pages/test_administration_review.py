"""The log and the review: read by who may, exported with a reason, masked, and recorded."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from idp.domain import accounts as acts
from idp.domain.posture import DORMANT
from idp.domain.roles import Role, unit_scope
from idp.storage.register import SqlRegister
from idp.storage.tables import persons
from tests.pages.test_administration import administrator, records
from tests.support.form_reader import forms
from tests.support.units import plant

pytestmark = pytest.mark.anyio

LOG = "/administration/log"


async def test_an_auditor_reads_and_changes_nothing(visit, site):
    site.add("aud", "Aud Ek", totp=True, roles=[Role.AUDITOR])
    visitor = visit()
    await visitor.sign_in("aud", at=LOG)
    assert "A sign-in succeeded." in visitor.page.text
    for path in (
        "/administration",
        "/administration/review",
        "/administration/systems",
        "/administration/roles",
    ):
        assert (await visitor.goto(path)).status_code == 200
    page = await visitor.goto(f"/administration/people/{site.residents['annsve'].person_id}")
    assert page.status_code == 200
    for act in ("disable", "temporary-code", "remove-factor"):
        assert f"/{act}?" not in page.text
        here = f"/administration/people/{site.residents['annsve'].person_id}/{act}"
        assert (
            await visitor.goto(f"{here}?account={site.residents['annsve'].account_id}")
        ).status_code == 403


async def test_whoever_audits_a_unit_does_not_read_the_log_of_everything(visit, site):
    plant(site.database)
    added = site.add("aud", "Aud Ek", totp=True)
    with site.database.write() as uow:
        acts.give_role(uow, added.account_id, Role.AUDITOR, site.occasion(), unit_scope("11"))
    visitor = visit()
    await visitor.sign_in("aud", at=LOG)
    assert "No record was found." in visitor.page.text
    assert "annsve" not in (await visitor.goto("/administration/review")).text


async def test_records_are_paged_and_filtered(visit, site):
    for _ in range(120):
        site.temporary_code("annsve")
    visitor = await administrator(visit)
    page = await visitor.goto(f"{LOG}?type=factor")
    assert page.text.count("A code was issued.") == 100
    older = page.text.partition("beyond=")[2].partition('"')[0]
    page = await visitor.goto(f"{LOG}?type=factor&beyond={older}")
    assert page.text.count("A code was issued.") == 20
    rest = page.text.count('<th scope="row">')
    page = await visitor.goto(f"{LOG}?type=factor&order=oldest")
    newer = page.text.partition("order=oldest&amp;beyond=")[2].partition('"')[0]
    page = await visitor.goto(f"{LOG}?type=factor&order=oldest&beyond={newer}")
    assert page.text.count('<th scope="row">') == rest
    assert page.text.count("A code was issued.") == rest, "the newest are at the end"
    assert "No record was found." in (await visitor.goto(f"{LOG}?since=2099-01-01")).text
    assert (await visitor.goto(f"{LOG}?since=x&beyond=x&order=x&type=%25")).status_code == 200


async def test_A5_an_export_takes_a_reason_is_masked_and_recorded(visit, site):
    with site.database.write() as uow:
        account = site.residents["annsve"].account_id
        assert acts.disable(uow, account, "=cmd|calc\r\nnext", site.occasion(), by="command")
    visitor = await administrator(visit)
    page = await visitor.goto(LOG)

    async def export(**fields):
        values = forms(page.text)[f"{LOG}/export"].values | {"masking": "people"} | fields
        return await visitor.http.post(f"{LOG}/export", data=values)

    assert (await export(reason=" ")).status_code == 422
    masked = await export(reason="Dnr 2026-12")
    assert masked.headers["content-type"].startswith("text/csv")
    assert account not in masked.text
    assert "evaber" not in masked.text
    assert "P1" in masked.text
    named = await export(reason="Dnr 2026-12", masking="none")
    assert account in named.text
    (line,) = [line for line in named.text.splitlines() if "account.disabled" in line]
    assert "'=cmd" in line
    assert [reason for _, reason in records(site, "audit.exported")] == ["Dnr 2026-12"] * 2


async def test_a_persons_own_extract_names_who_opened_the_record_by_number(visit, site):
    resident = site.residents["bojoha"]
    with site.database.write() as uow:
        uow.connection.execute(
            update(persons).where(persons.c.id == resident.person_id).values(protection="marked")
        )
        chief = site.residents["evaber"].account_id
        acts.give_role(uow, chief, Role.PROTECTED_DATA_HANDLER, site.occasion())
    visitor = await administrator(visit)
    here = f"/administration/people/{resident.person_id}"
    await visitor.goto(here)
    await visitor.send(f"{here}/open", reason="Called by the person")
    values = forms(visitor.page.text)[f"{here}/extract"].values | {"reason": "asked for it"}
    answer = await visitor.http.post(f"{here}/extract", data=values)
    (line,) = [line for line in answer.text.splitlines() if "record.opened" in line]
    assert "Called by the person" in line
    assert "evaber" not in answer.text
    assert ";P" in line


async def test_the_review_finds_what_it_should(visit, site):
    visitor = await administrator(visit)
    page = await visitor.goto("/administration/review")
    assert "bojoha" in page.text
    csv = (await visitor.http.get("/administration/review?format=csv")).text
    assert "without_factor;bojoha" in csv
    assert "without_factor;annsve" not in csv
    assert "without_owner;payroll" in csv
    later = site.now() + DORMANT + timedelta(days=1)
    with site.database.read() as uow:
        report = SqlRegister.of(uow).posture(later, DORMANT)
    assert {name for name, _ in report.dormant.lines} >= {"bojoha", "annsve"}
    assert {name for name, _ in report.unused.lines} >= {"payroll"}


async def test_one_finding_is_filtered_sorted_paged_and_a_file_with_protected_people_masked(visit, site):
    for n in range(120):
        site.add(f"rev{n:03}", f"Rev {n}")
    hidden = site.residents["rev007"].person_id
    with site.database.write() as uow:
        marked = (
            update(persons)
            .where(persons.c.id == hidden)
            .values(protection="marked", display_name="Rut Hemlig")
        )
        uow.connection.execute(marked)
    visitor = await administrator(visit)
    here = "/administration/review?finding=without_factor&words=rev"
    page = await visitor.goto(here)
    assert ("rev000" in page.text, "rev110" in page.text) == (True, False)
    page = await visitor.goto(f"{here}&sort=name&order=down&page=2")
    assert ("rev000" in page.text, "rev110" in page.text) == (True, False)
    assert "finding=without_factor&amp;words=rev" in page.text
    file = (await visitor.http.get(f"{here}&sort=name&order=down&format=csv")).text.splitlines()
    assert (len(file), file[1]) == (121, "rev119;Rev 119")
    assert "rev007;—" in file
    assert "Hemlig" not in (await visitor.goto(f"{here}&words=hemlig")).text.partition("<table")[2]
