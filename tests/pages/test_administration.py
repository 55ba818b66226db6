"""The administration's first pages: who comes in, what is found, what is done and recorded."""

import pytest
from sqlalchemy import select, update

import mfa
from idp.domain.accounts import give_role
from idp.domain.roles import WHOLE, Role, unit_scope
from idp.storage.register import SqlRegister
from idp.storage.tables import audit_records, persons
from tests.support.form_reader import forms
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
        assert visitor.heading == "The page is not for you"
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


async def act(visitor, site, login: str, name: str, about: str = "", **fields):
    """Fill in an act's form, read what it will do, and confirm."""
    resident = site.residents[login]
    here = f"/administration/people/{resident.person_id}/{name}"
    await visitor.goto(f"{here}?account={resident.account_id}&about={about}")
    page = await visitor.send(here, **fields)
    if "This will happen" not in page.text:
        return page, ""
    foreseen = page.text
    return await visitor.send(here, follow=True), foreseen


async def test_an_account_is_disabled_with_a_reason_and_its_sessions_end(visit, site):
    theirs = visit()
    await theirs.sign_in("annsve", code=False)
    visitor = await administrator(visit)
    page, _ = await act(visitor, site, "annsve", "disable", reason="  ")
    assert (page.status_code, visitor.problem) == (422, "Give a reason. It is kept in the audit log.")
    assert (await theirs.goto("/")).url.path == "/"
    page, foreseen = await act(visitor, site, "annsve", "disable", reason="Left\tearly")
    assert "1 sign-ins end at once." in foreseen
    assert "Disabled" in page.text
    assert "Left early" in page.text
    assert (await theirs.goto("/")).url.path == "/sign-in"
    chief = site.residents["evaber"].account_id
    assert records(site, "account.disabled") == [(chief, "Left early")]
    page, foreseen = await act(visitor, site, "annsve", "enable", reason="Came back")
    assert records(site, "account.enabled") == [(chief, "Came back")]
    assert "annsve can sign in again." in foreseen


async def test_an_account_is_disabled_at_a_time_to_come(visit, site):
    visitor = await administrator(visit)
    page, _ = await act(visitor, site, "annsve", "disable", reason="Leave", when="2099-05-01T08:00")
    assert "The account is disabled 1 May 2099 08:00: Leave" in page.text
    assert records(site, "account.disabled") == []
    page, _ = await act(visitor, site, "annsve", "disable", reason="Leave", when="yesterday")
    assert page.status_code == 422


async def test_C8_a_code_and_a_factor_take_two_fresh_proofs(visit, site):
    visitor = await administrator(visit)
    page, foreseen = await act(visitor, site, "annsve", "temporary-code", reason="phone at home", hours="2")
    assert "second factor as annsve" in foreseen
    assert "shown this once" in page.text
    assert records(site, "factor.code_issued")[-1][1] == "phone at home"
    with site.database.read() as uow:
        factor = mfa.enrolled(uow.factors, site.residents["annsve"].account_id)[0].id
    site.age_proofs("evaber")
    for name in ("temporary-code", "activation-code", "remove-factor"):
        resident = site.residents["annsve"]
        here = f"/administration/people/{resident.person_id}/{name}"
        page = await visitor.goto(f"{here}?account={resident.account_id}&about={factor}")
        assert page.url.path == "/sign-in", name
    with site.database.read() as uow:
        assert mfa.enrolled(uow.factors, site.residents["annsve"].account_id)


async def test_E6_removing_a_lost_factor_puts_nothing_in_its_place(visit, site):
    visitor = await administrator(visit)
    with site.database.read() as uow:
        factor = mfa.enrolled(uow.factors, site.residents["annsve"].account_id)[0].id
    page, foreseen = await act(visitor, site, "annsve", "remove-factor", about=factor, reason="lost phone")
    assert "0 other ways are left" in foreseen
    assert "No second factor has been set up." in page.text
    assert records(site, "factor.removed")[0][1] == "lost phone"
    theirs = visit()
    await theirs.sign_in("annsve", at="/open/strict", code=False)
    assert theirs.page.url.path.startswith("/sign-in")
    assert theirs.heading not in ("My systems", "")


async def test_one_of_somebodys_sessions_is_ended(visit, site):
    session = site.session_elsewhere("annsve")
    visitor = await administrator(visit)
    page = await visitor.goto(f"/administration/people/{site.residents['annsve'].person_id}")
    assert f"end-session?account={site.residents['annsve'].account_id}&amp;about={session}" in page.text
    await act(visitor, site, "annsve", "end-session", about=session, reason="lost phone")
    assert site.living_sessions("annsve") == []
    with site.database.read() as uow:
        rows = uow.connection.exec_driver_sql(
            "SELECT payload FROM audit_records WHERE type = 'session.ended'"
        )
        assert any("lost phone" in str(row.payload) for row in rows)


async def test_nobody_disables_the_own_account(visit, site):
    visitor = await administrator(visit)
    resident = site.residents["evaber"]
    here = f"/administration/people/{resident.person_id}/disable"
    page = await visitor.goto(f"{here}?account={resident.account_id}")
    assert page.status_code == 422
    assert "Nobody does this to their own account" in page.text
    token = site.kit.csrf.token(here, visitor.http.cookies["__Host-portvakt_browser"], visitor.session)
    values = {"csrf": token, "account": resident.account_id, "reason": "slip", "step": "confirm"}
    assert (await visitor.http.post(here, data=values)).status_code == 422
    assert records(site, "account.disabled") == []
    assert (
        "/disable?"
        not in (await visitor.goto(f"/administration/people/{site.residents['evaber'].person_id}")).text
    )


async def test_a_protected_record_takes_a_role_and_a_reason_and_is_recorded(visit, site):
    resident = site.residents["bojoha"]
    with site.database.write() as uow:
        uow.connection.execute(
            update(persons).where(persons.c.id == resident.person_id).values(protection="marked")
        )
    here = f"/administration/people/{resident.person_id}"
    visitor = await administrator(visit)
    page = await visitor.goto(here)
    assert "/open" not in page.text
    assert "Johansson" not in page.text
    with site.database.write() as uow:
        account = site.residents["evaber"].account_id
        give_role(uow, account, Role.PROTECTED_DATA_HANDLER, site.occasion())
    await visitor.goto(here)
    page = await visitor.send(f"{here}/open", reason=" ")
    assert (page.status_code, "Johansson" in page.text) == (422, False)
    page = await visitor.send(f"{here}/open", reason="Called by the person")
    assert "Bo Johansson" in page.text
    assert records(site, "record.opened") == [(account, "Called by the person")]
    assert "Johansson" not in (await visitor.goto(here)).text


async def test_somebody_is_hired_by_hand_with_an_end(visit, site):
    plant(site.database)
    visitor = await administrator(visit)
    await visitor.goto("/administration/hire")
    typed = {
        "given_name": "Kim", "surname": "Ek", "kind": "consultant", "unit": "111", "title": "Utvecklare",
        "starts": "2026-01-01", "ends": "2027-06-30", "sponsor": "", "reason": "Project",
    }  # fmt: skip

    async def send(**changes):
        values = forms(visitor.page.text)["/administration/hire"].values | typed | changes
        visitor.page = await visitor.http.post("/administration/hire", data=values, follow_redirects=True)
        return visitor.page.text

    assert "needs a sponsor" in await send()
    assert "must begin before it ends" in await send(ends="2025-01-01", sponsor="annsve")
    assert "no such unit" in await send(unit="99", sponsor="annsve")
    assert "Kim Ek gets an account" in await send(sponsor="annsve")
    assert "shown this once" in await send(sponsor="annsve", step="confirm")
    with site.database.read() as uow:
        account = uow.accounts.by_login("kimek01") or uow.accounts.by_login("kimekx01")
        found = SqlRegister.of(uow).search("Kim Ek", 5, (WHOLE,), site.now())
        person = uow.people.get(found[0].person_id)
        planned = uow.planned_acts.of_person(person.id)
    assert account is None or account.person_id == person.id
    assert [one.act for one in planned] == ["disable"]
    page = await visitor.goto(f"/administration/people/{person.id}")
    assert "Utvecklare, Enhet 111" in page.text


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
    here = f"/administration/people/{resident.person_id}/disable"
    token = site.kit.csrf.token(here, visitor.http.cookies["__Host-portvakt_browser"], visitor.session)
    values = {"csrf": token, "account": resident.account_id, "reason": "slip", "step": "confirm"}
    assert (await visitor.http.post(here, data=values)).status_code == 403
    assert records(site, "account.disabled") == []


async def test_C2_a_representative_issues_a_code_to_the_own_people_only(visit, site):
    visitor = await representative(visit, site)
    page, _ = await act(visitor, site, "annsve", "temporary-code", reason="phone at home")
    assert "shown this once" in page.text
    foreign = site.residents["bojoha"]
    here = f"/administration/people/{foreign.person_id}/temporary-code"
    assert (await visitor.goto(f"{here}?account={foreign.account_id}")).status_code == 404
    chief = site.residents["evaber"]
    assert (await visitor.goto(f"{here}?account={chief.account_id}")).status_code == 404
