"""What is planned is done when it is due, by whoever still may."""

from datetime import timedelta

import pytest

from idp.domain import accounts as acts
from idp.domain.account import AccountState
from idp.domain.administration import Done
from idp.domain.appointments import doer_of, take
from idp.domain.planned_acts import Planned, carry_out_next, plan, withdraw
from idp.domain.roles import SERVER, Grant, Role


@pytest.fixture
def town(place):
    for login in ("anna", "chief", "other"):
        place.account(login)
    with place.database.write() as uow:
        for login in ("chief", "other"):
            acts.give_role(uow, uow.accounts.by_login(login).id, Role.ADMINISTRATOR, place.occasion())
    return place


def planned(place, act=Planned.DISABLE, **by) -> str:
    with place.database.write() as uow:
        anna, chief = uow.accounts.by_login("anna"), uow.accounts.by_login("chief")
        due = place.now + timedelta(**by)
        result = plan(uow, doer_of(chief), anna.id, act, due, "leave of absence", place.occasion())
        assert isinstance(result, Done), result
        return uow.planned_acts.of_person(anna.person_id)[-1].id


def carried_out(place) -> tuple[int, AccountState]:
    count = 0
    with place.database.write() as uow:
        while carry_out_next(uow, place.occasion()):
            count += 1
        return count, uow.accounts.by_login("anna").state


def test_an_account_is_disabled_and_enabled_when_it_is_due(town):
    planned(town, days=1)
    planned(town, Planned.ENABLE, days=3)
    assert carried_out(town) == (0, AccountState.ACTIVE)
    town.later(days=1)
    assert carried_out(town) == (1, AccountState.DISABLED)
    town.later(days=2)
    assert carried_out(town) == (1, AccountState.ACTIVE)
    assert carried_out(town)[0] == 0
    kinds = [(kind, reason) for kind, reason, _ in town.audit() if kind.startswith("account.")]
    assert kinds == [("account.disabled", "leave of absence"), ("account.enabled", "leave of absence")]


def test_C3_whoever_lost_the_role_planned_in_vain(town):
    planned(town, days=1)
    with town.database.write() as uow:
        chief = uow.accounts.by_login("chief")
        assert take(uow, SERVER, chief, Grant(Role.ADMINISTRATOR), "moved", town.occasion()) is None
    town.later(days=1)
    assert carried_out(town) == (1, AccountState.ACTIVE)
    assert [payload["details"]["what"] for kind, _, payload in town.audit() if kind == "act.planned"] == [
        "planned",
        "not_done",
    ]


def test_what_was_planned_is_withdrawn(town):
    identifier = planned(town, days=1)
    with town.database.write() as uow:
        chief = uow.accounts.by_login("chief")
        assert isinstance(withdraw(uow, doer_of(chief), identifier, town.occasion()), Done)
        assert not isinstance(withdraw(uow, doer_of(chief), identifier, town.occasion()), Done)
    town.later(days=2)
    assert carried_out(town) == (0, AccountState.ACTIVE)
