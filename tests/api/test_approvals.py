"""What waits for a second helper, over the API: the first helper's request becomes one, another token approves it."""

import pytest

from idp.domain.appointments import doer_of, give
from idp.domain.roles import SERVER, Act, Grant, Role
from tests.api.conftest import Client
from tests.api.test_api import account, code_of

pytestmark = pytest.mark.anyio


def administrator(site, login):
    with site.database.write() as uow:
        one = uow.accounts.by_login(login)
        give(uow, SERVER, one, Grant(Role.ADMINISTRATOR), "x", site.occasion())
        return doer_of(uow.accounts.get(one.id))


async def test_C3_a_privileged_persons_code_takes_two_tokens_of_two_people(site, token):
    first, second = administrator(site, "annsve"), administrator(site, "bojoha")
    acts = (Act.ISSUE_TEMPORARY_CODE, Act.APPROVE, Act.SEE_PERSON)
    anna, bo = (Client(site, token(*acts, doer=doer)) for doer in (first, second))
    path, body = account(site, "evaber") + "/temporary-codes", {"reason": "phone at home"}
    asked = await anna.post(path, body)
    assert (asked.status_code, code_of(asked)) == (409, "waits")
    (one,) = (await bo.get("/approvals")).json()["items"]
    assert (one["act"], one["may_decide"], one["asked_by"]) == ("issue_temporary_code", True, first.account)
    where = f"/approvals/{one['approval']}"
    assert (await anna.post(f"{where}/approve", {"reason": "me"})).json()["reasons"] == ["own_request"]
    assert (await bo.post(f"{where}/approve", {"reason": "called back"})).status_code in (200, 204)
    assert (await anna.post(path, body)).json()["code"]
    assert (await anna.post(path, body)).status_code == 409
    (again,) = (await bo.get("/approvals")).json()["items"]
    rejected = await bo.post(f"/approvals/{again['approval']}/reject", {"reason": "enough"})
    assert rejected.status_code in (200, 204)
