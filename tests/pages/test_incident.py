"""An incident as one file; charts over time; and a masked export that names nobody, not even as an object."""

import io
import zipfile
from datetime import timedelta

import pytest

from idp.domain import accounts as acts
from idp.domain.access import AccessFacts, Deny, Permit
from idp.domain.administration import no
from idp.domain.appointments import refuse
from idp.domain.audit import AuditEvent
from idp.domain.events import words
from idp.domain.reason import Reason
from idp.domain.roles import Act
from tests.pages.test_administration import administrator, records
from tests.pages.test_administration_review import LOG
from tests.support.form_reader import forms

pytestmark = pytest.mark.anyio

INCIDENT = "/administration/incident"


def decided(site, login, system, decision) -> None:
    with site.database.write() as uow:
        account = uow.accounts.get(site.residents[login].account_id)
        application = uow.catalogue.applications[site.systems[system]]
        uow.decisions.add(AccessFacts(account), application, decision, (), (), site.now())


async def test_an_incident_is_one_file_with_time_line_people_and_systems(visit, site):
    with site.database.write() as uow:
        assert acts.disable(uow, site.residents["annsve"].account_id, "stolen", site.occasion(), by="command")
    decided(site, "annsve", "payroll", Deny((Reason("account_disabled"),)))
    decided(site, "bojoha", "intranet", Permit(()))
    visitor = await administrator(visit)
    period = {
        "since": (site.now() - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"),
        "until": (site.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"),
    }
    await visitor.goto(INCIDENT)

    async def exported(**fields):
        values = forms(visitor.page.text)[INCIDENT].values | period | {"reason": "Dnr 1"} | fields
        answer = await visitor.http.post(INCIDENT, data=values)
        assert answer.headers["content-type"] == "application/zip", answer.text[:2000]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}

    whole = await exported()
    assert "stolen" in whole["timeline.csv"]
    assert "annsve;Anna Svensson" in whole["people.csv"]
    assert "evaber" in whole["people.csv"]
    assert "payroll;Lönesystemet;0;1;1" in whole["systems.csv"].splitlines()
    narrow = await exported(login="annsve")
    assert "evaber;" not in narrow["people.csv"]
    assert "intranet" not in narrow["systems.csv"]
    assert "payroll" in (await exported(system="payroll"))["systems.csv"]
    assert [reason for _, reason in records(site, "audit.exported")] == ["Dnr 1"] * 3
    for wrong, said in (
        ({"reason": " "}, "Give a reason."),
        ({"until": period["since"]}, "The period must begin before it ends"),
        ({"until": "x"}, "not a number or a time"),
        ({"login": "ghost"}, "nobody and nothing of that name"),
    ):
        await visitor.goto(INCIDENT)
        page = await visitor.send(INCIDENT, **period | {"reason": "Dnr 1"} | wrong)
        assert page.status_code == 422
        assert said in visitor.problem


async def test_A5_a_masked_export_names_nobody_as_an_object_either(visit, site):
    resident = site.residents["bojoha"]
    with site.database.write() as uow:
        about = f"auditor organisation {resident.person_id}"
        refuse(uow, no("own_role"), Act.GIVE_ROLE, about, site.occasion())
    visitor = await administrator(visit)
    await visitor.goto(LOG)
    values = forms(visitor.page.text)[f"{LOG}/export"].values | {"masking": "people", "reason": "Dnr 2"}
    answer = await visitor.http.post(f"{LOG}/export", data=values)
    assert "act.refused" in answer.text
    for one in site.residents.values():
        assert one.person_id not in answer.text
        assert one.account_id not in answer.text


async def test_the_overview_draws_factors_synchronisations_and_messages(visit, site):
    visitor = await administrator(visit)
    page = await visitor.goto("/administration")
    assert "Factors in use, thirty days" in page.text
    today = site.now().date().isoformat()
    # Two people of the sample have an app: annsve and evaber.
    row = page.text.partition("Password generators</th>")[2].partition(f">{today}</th>")[2]
    assert row.startswith("<td>2</td><td>0</td><td>0</td>")
    assert '<rect class="bar third"' in page.text


async def test_every_kind_of_record_has_its_words():
    kinds = {one.type for one in AuditEvent.__subclasses__()}
    assert len(kinds) > 40
    assert kinds <= set(words.SENTENCES), kinds - set(words.SENTENCES)
