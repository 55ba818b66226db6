"""A person without a directory changes unit, told what they gain and lose; what is planned is withdrawn."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.domain.accounts import give_role
from idp.domain.application import Audience, Policy
from idp.domain.hiring import SOURCE
from idp.domain.roles import Role, unit_scope
from idp.storage.tables import employments, units
from tests.pages.test_administration import act, administrator, records
from tests.support.units import employ, plant

pytestmark = pytest.mark.anyio


@pytest.fixture
def consultant(site):
    """Somebody of our own at unit 11, and a system for each of two units."""
    plant(site.database)
    for name, unit in (("care", "11"), ("schools", "12")):
        site.add_system(name, name.title(), Policy(Audience(units=frozenset({unit}))))
    with site.database.write() as uow:
        person, now = site.residents["bojoha"].person_id, site.now()
        uow.people.employ(person, SOURCE, "111", "", now, now + timedelta(days=90))
    return f"/administration/people/{site.residents['bojoha'].person_id}"


def unit_of(site, login):
    with site.database.read() as uow:
        query = select(units.c.code).join(employments, employments.c.unit_id == units.c.id)
        return uow.connection.execute(
            query.where(employments.c.person_id == site.residents[login].person_id)
        ).scalar_one()


async def test_a_move_says_what_is_gained_and_lost_and_then_happens(visit, site, consultant):
    visitor = await administrator(visit)
    assert f"{consultant}/unit" in (await visitor.goto(consultant)).text
    await visitor.goto(f"{consultant}/unit")
    page = await visitor.send(f"{consultant}/unit", unit="121", reason="new project")
    assert "bojoha can use Schools." in page.text
    assert "bojoha cannot use Care any more." in page.text
    assert unit_of(site, "bojoha") == "111"
    await visitor.send(f"{consultant}/unit")
    assert unit_of(site, "bojoha") == "121"
    assert records(site, "account.changed")[-1][1] == "new project"
    await visitor.goto(f"{consultant}/unit")
    for wrong, words in (({"unit": "99"}, "no such unit"), ({"reason": " "}, "Give a reason")):
        await visitor.goto(f"{consultant}/unit")
        await visitor.send(f"{consultant}/unit", **{"unit": "11", "reason": "x"} | wrong)
        assert words in visitor.problem


async def test_C3_F87_nobody_moves_people_out_of_or_into_what_is_not_theirs(visit, site, consultant):
    helper = site.add("gun", "Gun Ek", totp=True)
    with site.database.write() as uow:
        give_role(uow, helper.account_id, Role.ADMINISTRATOR, site.occasion(), unit_scope("11"))
    visitor = visit()
    await visitor.sign_in("gun", at=f"{consultant}/unit")
    page = await visitor.send(f"{consultant}/unit", unit="12", reason="mine")
    assert page.status_code == 422
    assert visitor.problem == "Your role does not reach this person, unit or system."
    employ(site.database, site.residents["annsve"], "12")
    foreign = f"/administration/people/{site.residents['annsve'].person_id}/unit"
    assert (await visitor.goto(foreign)).status_code == 404


async def test_who_is_of_a_directory_is_not_moved_here(visit, site, consultant):
    employ(site.database, site.residents["annsve"], "11")
    visitor = await administrator(visit)
    theirs = f"/administration/people/{site.residents['annsve'].person_id}"
    assert f"{theirs}/unit" not in (await visitor.goto(theirs)).text
    assert (await visitor.goto(f"{theirs}/unit")).status_code == 404


async def test_what_is_planned_is_withdrawn_with_a_button(visit, site):
    visitor = await administrator(visit)
    when = (site.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    await act(visitor, site, "bojoha", "disable", reason="leaves", when=when)
    theirs = f"/administration/people/{site.residents['bojoha'].person_id}"
    await visitor.goto(theirs)
    page = await visitor.send(f"{theirs}/withdraw")
    assert "What is planned" not in page.text
    assert len(records(site, "act.planned")) == 2
