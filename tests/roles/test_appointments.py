"""Roles as rows: given, ended, taken, raced for; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from idp.domain import accounts as acts
from idp.domain.administration import disable
from idp.domain.appointments import doer_in, doer_of, give, take
from idp.domain.assurance import Method, Proof
from idp.domain.handles import SessionId, digest, new_handle, new_id
from idp.domain.occasion import Actor, ActorKind
from idp.domain.roles import SERVER, WHOLE, Grant, Role, application_scope, unit_scope
from idp.domain.session import Session
from tests.support.units import employ, plant


@pytest.fixture
def town(place):
    plant(place.database)
    return place


def by(place, account):
    """Return an occasion of somebody in a browser."""
    return place.occasion(actor=Actor(ActorKind.ACCOUNT, account.id))


def again(place, account):
    with place.database.read() as uow:
        return uow.accounts.get(account.id)


def appoint(place, account, role=Role.ADMINISTRATOR, scope=WHOLE, ends=None):
    with place.database.write() as uow:
        assert give(uow, SERVER, account, Grant(role, scope, ends), "first", place.occasion()) is None
    return again(place, account)


def code_of(refused) -> str:
    return refused.reasons[0].code if refused else ""


def test_a_role_is_given_over_a_unit_until_a_day_and_recorded(town):
    account = town.account("anna")
    month = town.now + timedelta(days=30)
    held = appoint(town, account, Role.IT_REPRESENTATIVE, unit_scope("11"), month)
    assert held.grants == (Grant(Role.IT_REPRESENTATIVE, unit_scope("11"), month),)
    with town.database.read() as uow:
        (listed,) = uow.roles.held(town.now)
        assert uow.roles.held(month) == []
    assert (listed.login, listed.scope, listed.reason) == ("anna", "Enhet 11", "first")
    assert ("role.given", "first") in [(kind, reason) for kind, reason, _ in town.audit()]
    with town.database.write() as uow:
        grant = Grant(Role.IT_REPRESENTATIVE, unit_scope("11"))
        assert code_of(give(uow, SERVER, account, grant, "again", town.occasion())) == "held_already"
    town.now = month
    assert appoint(town, account, Role.IT_REPRESENTATIVE, unit_scope("11")).grants[0].ends is None


def test_what_cannot_be_given_is_said(town):
    account = town.account("anna")
    wrong = {
        Grant(Role.IT_REPRESENTATIVE, unit_scope("99")): "unknown_scope",
        Grant(Role.SYSTEM_OWNER, application_scope("none")): "unknown_scope",
        Grant(Role.SYSTEM_OWNER): "wrong_reach",
        Grant(Role.AUDITOR, WHOLE, town.now): "ended_already",
    }
    for grant, code in wrong.items():
        with town.database.write() as uow:
            assert code_of(give(uow, SERVER, account, grant, "why", town.occasion())) == code
    with town.database.write() as uow:
        assert code_of(give(uow, SERVER, account, Grant(Role.AUDITOR), " \n", town.occasion())) == "no_reason"


def test_C3_F87_a_unit_administrator_stays_within_the_unit(town):
    chief, inside, outside = town.account("chief"), town.account("inside"), town.account("outside")
    employ(town.database, inside, "111")
    employ(town.database, outside, "121")
    chief = appoint(town, chief, Role.ADMINISTRATOR, unit_scope("11"))
    asked = {
        (inside, Grant(Role.IT_REPRESENTATIVE, unit_scope("111"))): "",
        (inside, Grant(Role.IT_REPRESENTATIVE, unit_scope("1"))): "outside_scope",
        (inside, Grant(Role.ADMINISTRATOR)): "outside_scope",
        (outside, Grant(Role.IT_REPRESENTATIVE, unit_scope("111"))): "outside_scope",
        (chief, Grant(Role.AUDITOR, unit_scope("11"))): "own_role",
    }
    for (account, grant), code in asked.items():
        with town.database.write() as uow:
            refused = give(uow, doer_of(chief), account, grant, "why", by(town, chief))
        assert code_of(refused) == code, grant
    refusals = [payload["details"]["act"] for kind, _, payload in town.audit() if kind == "act.refused"]
    assert refusals == ["give_role"] * 4
    session = living(town, chief)
    with town.database.write() as uow:
        refused = disable(uow, doer_in(session, by(town, chief)), outside.id, "why", by(town, chief))
    assert code_of(refused) == "unknown"


def living(place, account):
    handle = new_handle()
    session = Session(
        SessionId(new_id()), account.id, (Proof(Method.PASSWORD, place.now), Proof(Method.TOTP, place.now)),
        place.now, place.now, place.now + timedelta(hours=1),
    )  # fmt: skip
    with place.database.write() as uow:
        uow.sessions.add(session, digest(handle))
    with place.database.read() as uow:
        return uow.sessions.living(digest(handle), place.now)


def test_C4_the_last_administrator_keeps_the_role_and_the_account(town):
    anna, bo = appoint(town, town.account("anna")), town.account("bo")
    # Over a unit, for a time, or disabled: none of these stays.
    appoint(town, bo, Role.ADMINISTRATOR, unit_scope("1"))
    appoint(town, bo, ends=town.now + timedelta(days=900))
    gone = appoint(town, town.account("gone"))
    with town.database.write() as uow:
        assert acts.disable(uow, gone.id, "left", town.occasion(), by="sync")
    with town.database.write() as uow:
        refused = take(uow, SERVER, anna, Grant(Role.ADMINISTRATOR), "why", town.occasion())
        assert code_of(refused) == "last_administrator"
    session = living(town, bo)
    with town.database.write() as uow:
        refused = disable(uow, doer_in(session, by(town, bo)), anna.id, "why", by(town, bo))
        assert code_of(refused) == "last_administrator"
    with town.database.write() as uow:
        assert take(uow, SERVER, bo, Grant(Role.ADMINISTRATOR), "why", town.occasion()) is None
    appoint(town, bo)
    with town.database.write() as uow:
        assert take(uow, SERVER, anna, Grant(Role.ADMINISTRATOR), "why", town.occasion()) is None
    assert [reason for kind, reason, _ in town.audit() if kind == "role.taken"] == ["why", "why"]


def test_C4_C9_F87_administrators_who_remove_each_other_at_once_leave_one(town):
    people = [appoint(town, town.account(f"adm{number}")) for number in range(4)]

    def remove(number):
        doer, whom = people[number % 4], people[(number + 1 + number // 4) % 4]
        if doer.id == whom.id:
            return None
        with town.database.write() as uow:
            grant = Grant(Role.ADMINISTRATOR)
            return take(uow, doer_of(doer), whom, grant, "race", by(town, doer))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(remove, range(50)))
    left = [account for account in people if again(town, account).grants]
    assert len(left) == 1


def test_C9_whoever_lost_the_role_meanwhile_gives_nothing_more(town):
    """The session was read before the role was taken: the rights of the moment count."""
    anna, bo, cia = (
        appoint(town, town.account("anna")),
        appoint(town, town.account("bo")),
        town.account("cia"),
    )
    with town.database.write() as uow:
        assert take(uow, SERVER, anna, Grant(Role.ADMINISTRATOR), "why", town.occasion()) is None
    with town.database.write() as uow:
        refused = give(uow, doer_of(anna), cia, Grant(Role.AUDITOR), "why", by(town, anna))
    assert code_of(refused) == "no_role"
    assert again(town, bo).grants


def test_units_and_their_loops_are_walked_to_an_end(town):
    with town.database.write() as uow:
        uow.connection.exec_driver_sql(
            "UPDATE units SET parent_id = (SELECT id FROM units WHERE code = '111') WHERE code = '1'"
        )
    anna = town.account("anna")
    employ(town.database, anna, "11")
    with town.database.read() as uow:
        assert uow.roles.somebody(anna.person_id, town.now).units == {"1", "11", "111"}
        assert uow.roles.place("12").above == {"12", "1", "11", "111"}
        assert uow.roles.place("99") is None
