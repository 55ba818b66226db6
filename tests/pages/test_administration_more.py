"""Systems, roles and synchronisations in the administration: what is shown to whom, and what is done."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from directory_sync.watched import Watched, WatchState
from idp.domain.accounts import give_role
from idp.domain.handles import new_id
from idp.domain.roles import Role, application_scope
from idp.storage.tables import directories, sync_runs
from tests.pages.test_administration import act, administrator, records
from tests.support import archiving
from tests.support.form_reader import forms

pytestmark = pytest.mark.anyio

ROLES = "/administration/roles"


async def owner(visit, site, system="payroll"):
    added = site.add("agda", "Agda Ek", totp=True)
    with site.database.write() as uow:
        scope = application_scope(site.systems[system])
        give_role(uow, added.account_id, Role.SYSTEM_OWNER, site.occasion(), scope)
    visitor = visit()
    await visitor.sign_in("agda", at="/administration/systems")
    return visitor


async def test_an_owner_sees_the_own_system_and_no_other(visit, site):
    visitor = await owner(visit, site)
    assert "Payroll" in visitor.page.text
    assert "The intranet" not in visitor.page.text
    page = await visitor.goto(f"/administration/systems/{site.systems['payroll']}")
    assert "Anna Svensson (annsve)" in page.text
    assert (await visitor.goto(f"/administration/systems/{site.systems['intranet']}")).status_code == 404
    for closed in ("/administration", "/administration/people", "/administration/synchronisation"):
        assert (await visitor.goto(closed)).status_code == 403


async def test_why_somebody_cannot_and_what_would_change_it(visit, site):
    visitor = await administrator(visit)
    here = f"/administration/systems/{site.systems['payroll']}"
    page = await visitor.goto(f"{here}?login=annsve&from=203.0.113.9")
    assert "Not let in." in page.text
    assert "It would change on the network stadshuset." in page.text
    page = await visitor.goto(f"{here}?login=annsve&from=10.1.2.3")
    assert "Let in." in page.text
    page = await visitor.goto(f"{here}?login=annsve&day=2020-01-01")
    assert "Nothing was kept for that day." in page.text
    with site.database.write() as uow:
        archiving.keep(uow.connection, site.now())
    for odd in ("?day=x&from=x&login=%00", "?page=x", "?page=99999999999"):
        assert (await visitor.goto(here + odd)).status_code == 200


async def test_A4_lists_are_files_whose_formulas_are_text(visit, site):
    site.add("formel", "=cmd|'/c calc'!A1")
    visitor = await administrator(visit)
    answer = await visitor.http.get(f"/administration/systems/{site.systems['payroll']}?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    (line,) = [line for line in answer.text.splitlines() if line.startswith("formel")]
    assert line.split(";")[1].strip('"').startswith("'=cmd")
    for path in ("/administration/systems", ROLES):
        assert (await visitor.http.get(path + "?format=csv")).text.startswith("\ufeff")


async def test_roles_are_given_and_taken_with_a_reason(visit, site):
    visitor = await administrator(visit)
    await visitor.goto(ROLES)
    given = {"login": "annsve", "role": "auditor", "reach": "organisation", "reason": "review"}
    page = await visitor.send(f"{ROLES}/give", **given)
    assert "Anna Svensson" in page.text
    assert records(site, "role.given")[-1][1] == "review"
    page = await visitor.send(f"{ROLES}/give", **given | {"login": "evaber"})
    assert (page.status_code, visitor.problem) == (
        422,
        "Nobody gives or takes their own role. Ask a colleague.",
    )
    page = await visitor.send(f"{ROLES}/give", **given | {"reach": "unit", "key": "99"})
    assert page.status_code == 422
    taking = forms((await visitor.goto(ROLES)).text)[f"{ROLES}/take"].values
    assert taking["role"] == "auditor" or taking["login"]
    values = taking | {
        "login": "annsve",
        "role": "auditor",
        "reach": "organisation",
        "key": "",
        "reason": "done",
    }
    await visitor.http.post(f"{ROLES}/take", data=values)
    assert [reason for _, reason in records(site, "role.taken")] == ["done"]


async def test_C8_roles_take_fresh_proof(visit, site):
    visitor = await administrator(visit)
    await visitor.goto(ROLES)
    site.age_proofs("evaber")
    given = {"login": "annsve", "role": "auditor", "reach": "organisation", "reason": "review"}
    page = await visitor.send(f"{ROLES}/give", **given)
    assert page.url.path == "/sign-in"
    assert len(records(site, "role.given")) == 1


async def test_C4_the_last_administrator_stays_on_the_page_too(visit, site):
    visitor = await administrator(visit)
    second = site.add("otto", "Otto Ek", totp=True, roles=[Role.ADMINISTRATOR])
    other = visit()
    await other.sign_in("otto", at=ROLES)
    fields = {
        "login": "evaber",
        "role": "administrator",
        "reach": "organisation",
        "key": "",
        "reason": "gone",
    }
    values = forms(other.page.text)[f"{ROLES}/take"].values | fields
    assert (await other.http.post(f"{ROLES}/take", data=values)).status_code == 303
    # Eva lost the role while her page stood open: it is worth nothing now.
    assert (await visitor.goto(ROLES)).status_code == 403
    with site.database.read() as uow:
        assert uow.roles.other_administrators(second.account_id) == 0


async def test_each_directorys_state_lag_and_last_error_are_shown(visit, site):
    now = site.now()
    with site.database.write() as uow:
        for name in ("staff", "school", "paper"):
            uow.connection.execute(directories.insert().values(name=name, settings={}))
        lagging = Watched(WatchState.FOLLOWING, "syncrepl", current_at=now - timedelta(minutes=5))
        uow.provisioning.watches.put("staff", lagging, "node-1")
        broken = Watched(WatchState.WAITING, "usn", error="cannot be <b>reached</b>", error_at=now)
        uow.provisioning.watches.put("school", broken, "node-2")
    visitor = await administrator(visit)
    page = await visitor.goto("/administration/synchronisation")
    text = " ".join(re.sub("<[^>]+>", " ", page.text).split())
    for words in (
        "staff Followed", "Lag 5 min", "school Cannot be read", "Lag Not known yet",
        "cannot be &lt;b&gt;reached", "paper Not followed",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(("decision", "state"), [("reject", "rejected"), ("release", "released")])
async def test_a_stopped_plan_is_read_and_decided(visit, site, decision, state):
    run = new_id()
    with site.database.write() as uow:
        uow.connection.execute(
            sync_runs.insert().values(
                id=run, source="staff", started_at=site.now(), state="braked", plan_hash="x",
                report={"reason": "would disable 900 of 2400", "persons_read": 1500, "left_out": ["Bo – twice"]},
            )
        )  # fmt: skip
    visitor = await administrator(visit)
    here = f"/administration/synchronisation/{run}"
    page = await visitor.goto(here)
    assert "would disable 900 of 2400" in page.text
    assert "Bo – twice" in page.text
    page = await visitor.send(f"{here}/decide", decision=decision, reason=" ")
    assert page.status_code == 422
    await visitor.send(f"{here}/decide", decision=decision, reason="I know why")
    with site.database.read() as uow:
        row = uow.connection.execute(select(sync_runs).where(sync_runs.c.id == run)).one()
    assert (row.state, row.decided_by) == (state, site.residents["evaber"].account_id)
    assert records(site, "synchronisation.ended")[-1][1] == "I know why"
    assert (await visitor.goto("/administration/synchronisation/unknown")).status_code == 404


async def test_why_a_plan_was_stopped_is_read_in_swedish_and_a_humans_reason_is_left_alone(visit, site):
    why = "the plan has 30 lines of the kind group_removed; at most 25 are allowed"
    stopped, undone = new_id(), new_id()
    common = {"source": "staff", "started_at": site.now()}
    with site.database.write() as uow:
        for values in (
            {"id": stopped, "state": "braked", "plan_hash": "x", "report": {"reason": why}},
            {"id": undone, "state": "applied", "reverts": stopped, "report": {"reason": why.upper()}},
        ):
            uow.connection.execute(sync_runs.insert().values(**common, **values))
        watched = Watched(WatchState.BRAKED, "usn", error=why, error_at=site.now())
        uow.connection.execute(directories.insert().values(name="staff", settings={}))
        uow.provisioning.watches.put("staff", watched, "node-2")
    visitor = visit(language="sv")
    runs = "/administration/synchronisation"
    page = await visitor.sign_in("evaber", at=runs)
    said = "planen har 30 rader av slaget borttagna grupper; högst 25 är tillåtna"
    assert page.text.count(said) == 2, "of the directory, and of the run"
    assert f"<td>{why.upper()}</td>" in page.text
    assert said in (await visitor.goto(f"{runs}/{stopped}")).text


async def test_runs_are_sorted_filtered_paged_and_a_file(visit, site):
    with site.database.write() as uow:
        for n in range(40):
            uow.connection.execute(
                sync_runs.insert().values(
                    id=new_id(), source=f"pupils-{n:02}", started_at=site.now() - timedelta(hours=n),
                    state="applied" if n else "refused", report={"reason": "=cmd|calc"},
                )
            )  # fmt: skip
    visitor = await administrator(visit)
    here = "/administration/synchronisation"
    page = await visitor.goto(f"{here}?words=pupils")
    assert ("pupils-00" in page.text, "pupils-35" in page.text) == (True, False), "the newest first"
    assert "?words=pupils&amp;sort=directory" in page.text
    page = await visitor.goto(f"{here}?words=pupils&sort=directory&order=down&page=2")
    assert ("pupils-09" in page.text, "pupils-10" in page.text) == (True, False)
    assert 'aria-sort="descending"' in page.text
    assert "pupils-01" not in (await visitor.goto(f"{here}?words=pupils&state=refused")).text
    file = (await visitor.http.get(f"{here}?words=pupils&sort=began&format=csv")).text.splitlines()
    assert (len(file), file[1].startswith("pupils-39;"), "'=cmd" in file[1]) == (41, True, True)


async def test_C8_a_plan_is_not_released_on_old_proof(visit, site):
    run = new_id()
    with site.database.write() as uow:
        uow.connection.execute(
            sync_runs.insert().values(
                id=run, source="staff", started_at=site.now(), state="braked", report={}
            )
        )
    visitor = await administrator(visit)
    here = f"/administration/synchronisation/{run}"
    await visitor.goto(here)
    site.age_proofs("evaber")
    page = await visitor.send(f"{here}/decide", decision="release", reason="fine")
    assert page.url.path == "/sign-in"
    with site.database.write() as uow:
        assert (
            uow.connection.execute(
                update(sync_runs).where(sync_runs.c.state == "braked").values(state="braked")
            ).rowcount
            == 1
        )


async def test_C3_a_code_for_somebody_with_a_role_takes_two_helpers_on_the_pages(visit, site):
    """Asked for, approved by another, then done from the list with everything filled in."""
    for login in ("annsve", "bojoha"):
        with site.database.write() as uow:
            give_role(uow, site.residents[login].account_id, Role.ADMINISTRATOR, site.occasion())
    first, second, target = await administrator(visit), visit(), site.residents["bojoha"]
    fields = {"reason": "phone at home", "hours": "3", "uses": "1"}
    page, foreseen = await act(first, site, "bojoha", "temporary-code", **fields)
    assert "A second helper must approve it first" in foreseen
    assert page.url.path == "/administration/approvals"
    assert "It waits for a colleague with the same role." in page.text
    await second.sign_in("annsve", at="/administration/approvals")
    (here,) = [action for action in forms(second.page.text) if "/approvals/" in action]
    page = await second.send(here, reason="", decision="approve")
    assert page.status_code == 422
    page = await second.send(here, reason="called back", decision="approve", follow=True)
    assert "It is approved, and waits for whoever asked." in page.text
    page = await first.goto("/administration/approvals")
    here = f"/administration/people/{target.person_id}/temporary-code"
    way_on = f"{here}?account={target.account_id}&hours=3&uses=1&purpose=sign_in"
    assert way_on.replace("&", "&amp;") in page.text
    assert 'value="3"' in (await first.goto(way_on)).text
    page, _ = await act(first, site, "bojoha", "temporary-code", **fields)
    assert "shown this once" in page.text
