"""The administration's first pages: who comes in, what is found, what is done and recorded."""

import pytest
from sqlalchemy import select, update

from idp.domain.accounts import give_role
from idp.domain.roles import Role, unit_scope
from idp.storage.tables import audit_records, persons
from tests.support.units import employ, plant

pytestmark = pytest.mark.anyio


async def administrator(visit):
    visitor = visit()
    await visitor.sign_in("evaber", at="/administration")
    assert visitor.heading == "Administration"
    return visitor


def records(site, kind: str) -> list[tuple[str, str]]:
    with site.database.read() as uow:
        rows = uow.connection.execute(
            select(audit_records.c.actor, audit_records.c.reason).where(audit_records.c.type == kind)
        )
        return [tuple(row) for row in rows]


async def test_only_administrators_come_in_and_others_are_recorded(visit, site):
    visitor = visit()
    await visitor.sign_in("annsve", at="/open/strict")
    for path in ("/administration", "/administration/people?words=a", "/administration/people/x"):
        page = await visitor.goto(path)
        assert page.status_code == 403
        assert visitor.heading == "The page is for administrators"
    assert records(site, "request.refused")[0] == (site.residents["annsve"].account_id, "not_administrator")


async def test_S10_an_administrator_with_one_factor_is_asked_for_the_other(visit, site):
    visitor = visit()
    await visitor.sign_in("evaber", code=False)
    assert "/administration" in visitor.page.text
    page = await visitor.goto("/administration/people?words=Anna")
    assert page.url.path == "/sign-in"
    assert visitor.heading == "Confirm with a code"
    await visitor.send("/sign-in/code", code=site.totp("evaber"))
    assert str(visitor.page.url).endswith("/administration/people?words=Anna")
    assert "Anna Svensson" in visitor.page.text


async def test_people_are_found_by_name_login_and_nothing_else(visit):
    visitor = await administrator(visit)
    for words in ("lindström", "DAVID", "Lind Dav", "davlin"):
        page = await visitor.goto(f"/administration/people?words={words}")
        assert "David Lindström" in page.text, words
        assert "Anna Svensson" not in page.text
    for words in ("%", "_", "zzz"):
        page = await visitor.goto(f"/administration/people?words={words}")
        assert "David" not in page.text


async def test_a_protected_person_is_not_found_by_name_nor_named(visit, site):
    person = site.residents["bojoha"].person_id
    with site.database.write() as uow:
        uow.connection.execute(update(persons).where(persons.c.id == person).values(protection="marked"))
    visitor = await administrator(visit)
    assert "bojoha" not in (await visitor.goto("/administration/people?words=Johansson")).text
    exact = await visitor.goto("/administration/people?words=bojoha")
    assert person in exact.text
    assert "Johansson" not in exact.text
    shown = await visitor.goto(f"/administration/people/{person}")
    assert "Johansson" not in shown.text
    assert "protected personal data" in shown.text


async def test_an_account_is_disabled_with_a_reason_and_its_sessions_end(visit, site):
    theirs = visit()
    await theirs.sign_in("annsve", code=False)
    visitor = await administrator(visit)
    here = f"/administration/people/{site.residents['annsve'].person_id}"
    await visitor.goto(here)
    page = await visitor.send(f"{here}/disable", reason="  ")
    assert (page.status_code, visitor.problem) == (422, "Give a reason. It is kept in the audit log.")
    assert (await theirs.goto("/")).url.path == "/"
    page = await visitor.send(f"{here}/disable", reason="Left\tearly")
    assert "Disabled" in page.text
    assert "Left early" in page.text
    assert (await theirs.goto("/")).url.path == "/sign-in"
    chief = site.residents["evaber"].account_id
    assert records(site, "account.disabled") == [(chief, "Left early")]
    await visitor.send(f"{here}/enable", reason="Came back")
    assert records(site, "account.enabled") == [(chief, "Came back")]
    assert f"{here}/disable" in visitor.page.text


async def test_one_of_somebodys_sessions_is_ended(visit, site):
    session = site.session_elsewhere("annsve")
    visitor = await administrator(visit)
    here = f"/administration/people/{site.residents['annsve'].person_id}"
    await visitor.goto(here)
    await visitor.send(f"{here}/end-session")
    assert site.living_sessions("annsve") == []
    assert session


async def test_nobody_disables_the_own_account(visit, site):
    visitor = await administrator(visit)
    resident = site.residents["evaber"]
    here = f"/administration/people/{resident.person_id}"
    page = await visitor.goto(here)
    assert "/disable" not in page.text
    token = site.kit.csrf.token(
        f"{here}/disable", visitor.http.cookies["__Host-portvakt_browser"], visitor.session
    )
    values = {"csrf": token, "account": resident.account_id, "reason": "slip"}
    answer = await visitor.http.post(f"{here}/disable", data=values)
    assert answer.status_code == 422
    assert "Nobody does this to their own account" in answer.text
    assert (await visitor.goto("/administration")).status_code == 200


async def test_an_unknown_person_is_a_page_that_does_not_exist(visit):
    visitor = await administrator(visit)
    assert (await visitor.goto("/administration/people/unknown")).status_code == 404


async def representative(visit, site):
    """Karin represents unit 11; Anna works below it, Bo elsewhere."""
    plant(site.database)
    karin = site.add("karobe", "Karin Öberg", totp=True)
    employ(site.database, site.residents["annsve"], "111")
    employ(site.database, site.residents["bojoha"], "12")
    with site.database.write() as uow:
        give_role(uow, karin.account_id, Role.IT_REPRESENTATIVE, site.occasion(), unit_scope("11"))
    visitor = visit()
    await visitor.sign_in("karobe", at="/administration/people")
    return visitor


async def test_C2_a_representative_finds_and_sees_the_own_people_only(visit, site):
    visitor = await representative(visit, site)
    for words, found in (("Svensson", True), ("annsve", True), ("Johansson", False), ("bojoha", False)):
        page = await visitor.goto(f"/administration/people?words={words}")
        assert ("/administration/people/" in page.text.partition("hit")[2]) == found, words
    assert (await visitor.goto("/administration")).status_code == 403
    own, foreign = (site.residents[login].person_id for login in ("annsve", "bojoha"))
    page = await visitor.goto(f"/administration/people/{own}")
    assert page.status_code == 200
    assert "/disable" not in page.text
    # A stranger's person answers as one that does not exist.
    assert (await visitor.goto(f"/administration/people/{foreign}")).status_code == 404


async def test_C3_what_a_page_does_not_show_cannot_be_posted_either(visit, site):
    visitor = await representative(visit, site)
    resident = site.residents["annsve"]
    here = f"/administration/people/{resident.person_id}"
    token = site.kit.csrf.token(
        f"{here}/disable", visitor.http.cookies["__Host-portvakt_browser"], visitor.session
    )
    values = {"csrf": token, "account": resident.account_id, "reason": "slip"}
    answer = await visitor.http.post(f"{here}/disable", data=values)
    assert answer.status_code == 403
    assert records(site, "account.disabled") == []
