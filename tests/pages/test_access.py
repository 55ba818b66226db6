"""An owner's page: single people let in and kept out, the system's own roles, a review; its administrator's part."""

import pytest

from idp.domain.accounts import give_role
from idp.domain.entitlements import Kind
from idp.domain.roles import Role, application_scope
from tests.pages.test_administration_more import owner

pytestmark = pytest.mark.anyio


def held(site, system="payroll") -> list[tuple[str, str, str]]:
    with site.database.read() as uow:
        found = uow.entitlements.of_application(site.systems[system], site.now())
    return [(one.login, one.entitlement.kind.value, one.entitlement.role) for one in found]


async def test_an_owner_decides_and_takes_back(visit, site):
    visitor = await owner(visit, site)
    here = f"/administration/systems/{site.systems['payroll']}/access"
    await visitor.goto(here)
    decided = {"step": "give", "kind": "kept_out", "role": "", "login": "bojoha", "reason": "moved"}
    page = await visitor.send_first(here, **decided, ends="")
    assert "kept out by the owner" in page.text
    assert held(site) == [("bojoha", "kept_out", "")]
    assert "Bo Johansson" in (await visitor.http.get(f"{here}?format=csv")).text
    page = await visitor.send_first(here, reason="came back")
    assert held(site) == []
    for wrong, words in (
        ({"login": "ghost"}, "There is nobody and nothing of that name here."),
        ({"login": "agda"}, "Nobody does this to their own account."),
        ({"reason": " "}, "Give a reason."),
        ({"ends": "2020-01-01"}, "The end is not in the future."),
        ({"ends": "x"}, "not a number or a time"),
    ):
        await visitor.goto(here)
        page = await visitor.send_first(here, **{"ends": "", **decided, **wrong})
        assert page.status_code == 422
        assert words in visitor.problem
    await visitor.goto(here)
    assert (await visitor.send_first(here, step="nonsense", reason="x")).status_code == 400
    foreign = f"/administration/systems/{site.systems['intranet']}/access"
    assert (await visitor.goto(foreign)).status_code == 404


async def test_a_review_keeps_out_whom_the_owner_marks(visit, site):
    visitor = await owner(visit, site)
    here = f"/administration/systems/{site.systems['payroll']}/access"
    page = await visitor.goto(here)
    marked = {"step": "review", "kind": "", "reason": "yearly", "out_0": "annsve", "out_1": "bojoha"}
    page = await visitor.send_first(here, **marked)
    assert "Reviewed last" in page.text
    assert held(site) == [("annsve", "kept_out", ""), ("bojoha", "kept_out", "")]


async def test_a_system_administrator_assigns_roles_and_decides_nothing_else(visit, site):
    visitor = await owner(visit, site)
    here = f"/administration/systems/{site.systems['payroll']}/access"
    await visitor.goto(here)
    clerk = {"step": "define", "role": "clerk", "title": "Handläggare", "reason": "asked", "kind": ""}
    assert "Handläggare" in (await visitor.send_first(here, **clerk)).text
    added = site.add("siv", "Siv Ek", totp=True)
    with site.database.write() as uow:
        scope = application_scope(site.systems["payroll"])
        give_role(uow, added.account_id, Role.SYSTEM_ADMINISTRATOR, site.occasion(), scope)
    helper = visit()
    await helper.sign_in("siv", at=here)
    assert "Keep somebody out" not in helper.page.text
    role = {"step": "give", "kind": Kind.ROLE.value, "login": "annsve", "role": "clerk", "reason": "new"}
    await helper.send_first(here, **role, ends="")
    assert held(site) == [("annsve", "role", "clerk")]
    page = await helper.send_first(here, **role | {"kind": Kind.LET_IN.value, "step": "give"})
    assert page.status_code == 403
