"""Tokens of the API on a page: made for what was ticked, shown once, withdrawn with a reason."""

import pytest

from idp.domain.accounts import give_role
from idp.domain.roles import Role, unit_scope
from idp.pages.administration.api_tokens import ACTS
from tests.api.conftest import Client
from tests.pages.test_administration import administrator, records
from tests.pages.test_connecting import secret_in
from tests.support.units import plant

pytestmark = pytest.mark.anyio

HERE = "/administration/api-tokens"


def ticked(*acts: str) -> dict[str, str]:
    """The visitor of the tests sends every box with its value: untick all but these."""
    return {f"act_{act}": "yes" if act in acts else "" for act in ACTS}


async def test_a_token_is_made_shown_once_and_withdrawn(visit, site):
    visitor = await administrator(visit)
    await visitor.goto(HERE)
    asked = {"name": "personnel system", "reach": "organisation", "key": "", "days": "30"}
    page = await visitor.send(f"{HERE}/issue", **asked, **ticked("see_person"))
    text = secret_in(page)
    api = Client(site, text)
    assert (await api.get("/people?words=anna")).status_code == 200
    assert (await api.get("/roles")).status_code == 403
    assert text not in (await visitor.goto(HERE)).text
    assert "personnel system" in (await visitor.http.get(f"{HERE}?format=csv")).text
    page = await visitor.send(f"{HERE}/revoke", reason=" ")
    assert page.status_code == 422
    await visitor.send(f"{HERE}/revoke", reason="replaced")
    assert (await api.get("/people?words=anna")).status_code == 401
    assert records(site, "api_token.revoked")[-1][1] == "replaced"


async def test_C2_C3_an_administrator_of_a_unit_makes_tokens_for_it_alone(visit, site):
    plant(site.database)
    helper = site.add("gun", "Gun Ek", totp=True)
    with site.database.write() as uow:
        give_role(uow, helper.account_id, Role.ADMINISTRATOR, site.occasion(), unit_scope("11"))
    visitor = visit()
    await visitor.sign_in("gun", at=HERE)
    asked = {"name": "x", "reach": "organisation", "key": "", "days": "30"} | ticked("see_person")
    await visitor.send(f"{HERE}/issue", **asked)
    assert visitor.problem == "Your role does not reach this person, unit or system."
    page = await visitor.send(f"{HERE}/issue", **asked | {"reach": "unit", "key": "111"})
    assert secret_in(page)
    for wrong in ({"days": "0"}, {"days": "999"}, {"key": "99"}, {"name": " "}, ticked()):
        page = await visitor.send(f"{HERE}/issue", **asked | {"reach": "unit", "key": "111"} | wrong)
        assert page.status_code == 422, wrong
