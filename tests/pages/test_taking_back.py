"""A run is taken back on the pages: previewed in words, with a reason, by the plan that was read, whole or for one."""

import re

import pytest
from markupsafe import Markup

from directory_sync.run import Outcome, RunReport
from idp.domain.account import AccountState, Role
from idp.domain.accounts import give_role
from idp.domain.roles import application_scope, unit_scope
from idp.provisioning import batch
from idp.provisioning.run_report import stored_report
from idp.storage.tables import sync_runs
from tests.pages.test_administration import administrator, records
from tests.provisioning.town import record
from tests.support.form_reader import forms
from tests.support.taken_back import changed_town

pytestmark = pytest.mark.anyio

RUNS = "/administration/synchronisation"
ON, OFF = AccountState.ACTIVE, AccountState.DISABLED


@pytest.fixture
def town(site):
    return changed_town(site)


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def states(town) -> list[AccountState]:
    return [town.account(key).state for key in ("anna", "bo", "cia", "dan")]


def link(html: str, *, about: str) -> str:
    """The way to take a run back for the person of a line."""
    line = next(item for item in re.findall("<li.*?</li>", html, re.DOTALL) if about in item)
    return re.search(r'href="([^"]*/undo\?line=\d+)"', line)[1]


async def test_a_run_is_taken_back_whole_after_a_page_that_says_what_that_does(visit, town):
    run = town.newest()
    visitor = await administrator(visit)
    page = await visitor.goto(f"{RUNS}/{run}")
    assert f'href="{RUNS}/{run}/undo"' in page.text
    page = await visitor.goto(f"{RUNS}/{run}/undo")
    text = words(page.text)
    for expected in (
        "5 lines are taken back.",
        "Dan Ny (dan) leaves",
        "Bo Ek (bo) returns",
        "“Anna Lind” → “Anna Berg”",
    ):
        assert expected in text, expected
    assert states(town) == [ON, OFF, OFF, ON], "looking changes nothing"
    page = await visitor.send(f"{RUNS}/{run}/undo", reason=" ")
    assert (page.status_code, visitor.problem) == (422, "Give a reason. It is kept in the audit log.")
    assert states(town) == [ON, OFF, OFF, ON]
    page = await visitor.send(f"{RUNS}/{run}/undo", reason="the file was last year's")
    assert states(town) == [ON, ON, ON, OFF]
    # The new run's page says what it was for, and the other's by what it was taken back.
    undone = page.url.path.rpartition("/")[2]
    text = words(page.text)
    assert "Takes back: town" in text
    assert "Reason: the file was last year's" in text.replace("&#39;", "'")
    assert "5 lines were carried out." in text
    assert records(visitor.site, "synchronisation.taken_back")[-1][1] == "the file was last year's"
    page = await visitor.goto(f"{RUNS}/{run}")
    assert "Has been taken back:" in words(page.text)
    assert f'href="{RUNS}/{undone}"' in page.text
    page = await visitor.goto(f"{RUNS}/{run}/undo")
    assert words(page.text).count("stays: it has been taken back already") == 5
    assert "Nothing of this run is left to be taken back." in page.text
    assert f"{RUNS}/{run}/undo" not in forms(page.text)


async def test_for_one_person_only_then_the_rest(visit, town):
    run = town.newest()
    visitor = await administrator(visit)
    page = await visitor.goto(f"{RUNS}/{run}")
    here = link(page.text, about="Bo Ek (bo)")
    page = await visitor.goto(here)
    assert "Take the run back for one person" in visitor.heading
    assert "2 lines are taken back." in page.text, "the person, and the group that put them out"
    await visitor.send(f"{RUNS}/{run}/undo", reason="not to be locked")
    assert states(town) == [ON, ON, OFF, ON]
    assert "Takes back for one person:" in visitor.page.text
    page = await visitor.goto(f"{RUNS}/{run}")
    assert "Has been taken back for one person:" in page.text
    # Partly taken back: what is left can still be taken back, and what is not is said.
    page = await visitor.goto(f"{RUNS}/{run}/undo")
    assert "4 lines are taken back." in page.text
    assert "1 line stays as it is" in page.text
    page = await visitor.send(f"{RUNS}/{run}/undo", reason="wrong file")
    assert states(town) == [ON, ON, ON, OFF]
    assert "1 line could not be taken back and stays" in page.text
    assert "“locked”. – it has been taken back already" in words(page.text)


async def test_a_plan_that_has_changed_is_refused_shown_anew_and_nothing_is_done(visit, town):
    run = town.newest()
    visitor = await administrator(visit)
    await visitor.goto(f"{RUNS}/{run}/undo")
    seen = forms(visitor.page.text)[f"{RUNS}/{run}/undo"].values["plan"]
    town.later(hours=1)
    town.synchronise(
        record("anna", "Anna Newest"), record("bo", "Bo Ek", disabled="locked"), record("dan", "Dan Ny")
    )
    page = await visitor.send(f"{RUNS}/{run}/undo", reason="wrong file")
    assert page.status_code == 422
    assert "The plan is another one by now" in visitor.problem
    assert states(town) == [ON, OFF, OFF, ON]
    assert "stays: what the run left has changed since" in words(page.text)
    form = forms(page.text)[f"{RUNS}/{run}/undo"].values
    assert (form["plan"] != seen, form["reason"]) == (True, "wrong file")
    await visitor.send(f"{RUNS}/{run}/undo")
    assert states(town) == [ON, ON, ON, OFF]


async def test_another_run_that_goes_on_is_told_in_words(visit, town):
    run = town.newest()
    visitor = await administrator(visit)
    await visitor.goto(f"{RUNS}/{run}/undo")
    sink, plan = town.plan((record("anna", "Anna Lind"), record("eva", "Eva Ek")))
    held = sink.hold(plan)
    page = await visitor.send(f"{RUNS}/{run}/undo", reason="wrong file")
    assert (page.status_code, "is under way. Try again" in visitor.problem) == (422, True)
    page = await visitor.goto(f"{RUNS}/{held}/undo")
    assert "Only a run that has been carried out can be taken back." in visitor.problem
    page = await visitor.goto(f"{RUNS}/{held}")
    assert f"{held}/undo" not in page.text


async def representative(visit, site):
    added = site.add("rita", "Rita Ek", totp=True)
    with site.database.write() as uow:
        give_role(uow, added.account_id, Role.IT_REPRESENTATIVE, site.occasion())
    visitor = visit()
    await visitor.sign_in("rita", at="/administration/people")
    return visitor


async def owner(visit, site):
    added = site.add("agda", "Agda Ek", totp=True)
    with site.database.write() as uow:
        scope = application_scope(site.systems["payroll"])
        give_role(uow, added.account_id, Role.SYSTEM_OWNER, site.occasion(), scope)
    visitor = visit()
    await visitor.sign_in("agda", at="/administration/systems")
    return visitor


async def auditor(visit, site):
    added = site.add("alva", "Alva Ek", totp=True)
    with site.database.write() as uow:
        give_role(uow, added.account_id, Role.AUDITOR, site.occasion())
    visitor = visit()
    await visitor.sign_in("alva", at="/administration/log")
    return visitor


@pytest.mark.parametrize("who", [representative, owner, auditor])
async def test_C3_only_administrators_take_runs_back(visit, site, town, who):
    run = town.newest()
    chief = await administrator(visit)
    await chief.goto(f"{RUNS}/{run}/undo")
    read = forms(chief.page.text)[f"{RUNS}/{run}/undo"].values
    visitor = await who(visit, site)
    page = await visitor.goto(f"{RUNS}/{run}")
    assert f"{run}/undo" not in page.text
    assert (await visitor.goto(f"{RUNS}/{run}/undo")).status_code == 403
    # With a token of their own for the form, and all that the administrator's page held.
    # With a token of their own for the form, and all that the administrator's page held.
    here = f"{RUNS}/{run}/undo"
    token = site.kit.csrf.token(here, visitor.http.cookies["__Host-portvakt_browser"], visitor.session)
    answer = await visitor.http.post(here, data=read | {"reason": "x", "csrf": token})
    assert answer.status_code == 403
    assert "does not have the role" in answer.text
    assert states(town) == [ON, OFF, OFF, ON]


async def test_C2_an_administrator_of_a_unit_does_not_take_back_what_concerns_everybody(visit, site, town):
    added = site.add("ulf", "Ulf Ek", totp=True)
    with site.database.write() as uow:
        give_role(uow, added.account_id, Role.ADMINISTRATOR, site.occasion(), unit_scope("A1"))
    visitor = visit()
    await visitor.sign_in("ulf", at=f"{RUNS}/{town.newest()}/undo")
    assert visitor.page.status_code == 422
    assert "Your role does not reach" in visitor.problem
    assert "Dan Ny" not in visitor.page.text
    assert records(site, "act.refused")[-1][1] == "outside_scope"
    # Nor are the runs theirs to read: they name people of everywhere.
    assert (await visitor.goto(f"{RUNS}/{town.newest()}")).status_code == 404
    assert "town" not in words((await visitor.goto(RUNS)).text)


async def test_C8_a_run_is_not_taken_back_on_old_proof(visit, site, town):
    run = town.newest()
    visitor = await administrator(visit)
    await visitor.goto(f"{RUNS}/{run}/undo")
    site.age_proofs("evaber")
    page = await visitor.send(f"{RUNS}/{run}/undo", reason="wrong file")
    assert page.url.path == "/sign-in"
    assert states(town) == [ON, OFF, OFF, ON]


async def test_what_does_not_exist(visit, town):
    visitor = await administrator(visit)
    run = town.newest()
    for path in ("unknown/undo", f"{run}/undo?line=999", f"{run}/undo?line=x"):
        assert (await visitor.goto(f"{RUNS}/{path}")).status_code == 404, path


async def test_a_long_plan_is_read_in_pages_and_one_hash_names_all_of_it(visit, site, town):
    people = [record(f"p{n:03}", f"Per Nr{n:03}") for n in range(250)]
    stay = (record("anna", "Anna Lind"), record("bo", "Bo Ek", disabled="locked"), record("dan", "Dan Ny"))
    town.synchronise(*stay, *people)
    run = town.newest()
    visitor = await administrator(visit)
    page = await visitor.goto(f"{RUNS}/{run}/undo")
    assert "250 lines are taken back." in page.text
    assert ("Per Nr199 " in page.text, "Per Nr200 " in page.text) == (True, False)
    first = forms(page.text)[f"{RUNS}/{run}/undo"].values
    page = await visitor.goto(f"{RUNS}/{run}/undo?from=200")
    assert ("Per Nr199 " in page.text, "Per Nr249 " in page.text) == (False, True)
    assert f"{RUNS}/{run}/undo" not in forms(page.text), "decided where all of it is counted"
    page = await visitor.goto(f"{RUNS}/{run}/undo")
    assert forms(page.text)[f"{RUNS}/{run}/undo"].values["plan"] == first["plan"]
    await visitor.send(f"{RUNS}/{run}/undo", reason="wrong file")
    assert "250 lines were carried out." in visitor.page.text
    assert town.account("p249").state is OFF


async def test_in_swedish(visit, town):
    run = town.newest()
    visitor = visit(language="sv")
    await visitor.sign_in("evaber", at=f"{RUNS}/{run}/undo")
    assert visitor.heading == "Ta tillbaka hela körningen"
    assert "5 rader tas tillbaka." in visitor.page.text
    for line in (
        "Dan Ny (dan) stängs av: körningen som gav åtkomst har tagits tillbaka.",
        "Bo Ek (bo) kommer tillbaka.",
        "visningsnamn ”Anna Lind” → ”Anna Berg”",
        "Gruppen staff får 1 medlem och förlorar 1 medlem.",
    ):
        assert line in words(visitor.page.text), line
    await visitor.send(f"{RUNS}/{run}/undo", reason="fel fil")
    assert "Tar tillbaka:" in visitor.page.text
    page = await visitor.goto(f"{RUNS}/{run}/undo")
    assert words(page.text).count("blir kvar: det har redan tagits tillbaka") == 5
    assert '<span lang="en">' not in page.text
    page = await visitor.goto(f"{RUNS}/{run}")
    assert "Bo Ek (bo) stängs av: avstängd i katalogen, locked." in words(page.text)


async def test_why_a_line_was_left_out_is_in_the_readers_language_as_is_the_line(visit, site, town):
    sink, plan = town.plan((record("anna", "Anna Lindh"), record("dan", "Dan Ny")))
    run = sink.hold(plan)
    with site.database.write() as uow:
        uow.provisioning.runs.mark(run, (), {0: batch.CHANGED_MEANWHILE})
        row = sync_runs.c.id == run
        kept = {"left_out": [f"Anna <A> joins. – {batch.NAME_TAKEN}"], "broken": ["uid=x: cut off"]}
        uow.connection.execute(sync_runs.update().where(row).values(report=kept))
    visitor = visit(language="sv")
    page = await visitor.sign_in("evaber", at=f"{RUNS}/{run}")
    text = words(page.text)
    assert "– utelämnat: de sparade uppgifterna har ändrats sedan planen gjordes" in text
    # What is kept as English is told to be English, and the reason is said anew.
    assert '<span lang="en">Anna &lt;A&gt; joins.</span> – användarnamnet tillhör' in page.text
    assert '<span lang="en">uid=x: cut off</span>' in page.text
    visitor.http.headers["accept-language"] = "en"
    page = await visitor.goto(f"{RUNS}/{run}")
    assert "– left out: what is known has changed since the plan was made" in words(page.text)
    assert '<span lang="en">' not in page.text


async def test_a_runs_conflicts_are_told_by_its_lines_in_the_readers_language(visit, site, town):
    twins = [record(f"eva{n}", f"Eva Ek {n}", login="eva") for n in (1, 2)]
    sink, plan = town.plan((record("anna", "Anna Lindh"), *twins))
    run = sink.hold(plan)
    report = stored_report(RunReport(plan.source, Outcome.APPLIED, plan=plan, run=run))
    (english,) = report["conflicts"]

    def keep(report) -> None:
        with site.database.write() as uow:
            changed = sync_runs.update().where(sync_runs.c.id == run).values(report=dict(report))
            uow.connection.execute(changed)

    keep(report)
    visitor = visit(language="sv")
    page = await visitor.sign_in("evaber", at=f"{RUNS}/{run}")
    swedish = "Mer än en person har användarnamnet eva: Eva Ek 1 "
    assert words(page.text).count(swedish) == 2, "in the plan, and as a conflict"
    assert "is claimed by" not in page.text
    # Where the lines do not have what the report tells of, its own words are shown, as the English that they are.
    keep({**report, "planned": {**report["planned"], "conflict": 2}})
    page = await visitor.goto(f"{RUNS}/{run}")
    assert words(page.text).count(swedish) == 1
    assert Markup('<span lang="en">{}</span>').format(english) in page.text
    # Of very many the report has the first, and how many more there are.
    keep({**report, "conflicts": [english, "… and 7 more"]})
    text = words((await visitor.goto(f"{RUNS}/{run}")).text)
    assert (text.count(swedish), "… och 7 till" in text) == (2, True)
