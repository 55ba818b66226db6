"""Who can, why, and what would change it: compared with asking one by one, now and for days that are past."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import delete, update

from idp.domain import accounts as acts
from idp.domain import reach
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance
from idp.domain.explain import explain
from idp.domain.reach import Way
from idp.domain.reasons import sentence
from idp.storage.catalogue import bump, policy_to_json
from idp.storage.tables import applications, group_members
from tests.support import archiving
from tests.support.place import TOWN_HALL
from tests.support.units import employ, plant

POLICIES = {
    "all": Policy(Audience(everyone=True), assurance=Assurance.ONE_FACTOR),
    "social": Policy(Audience(groups=frozenset({"social"}))),
    "unit": Policy(Audience(units=frozenset({"11"}))),
    "inside": Policy(
        Audience(everyone=True), networks=frozenset({"townhall"}), assurance=Assurance.ONE_FACTOR
    ),
    "none": Policy(),
}


@pytest.fixture
def town(place):
    plant(place.database)
    for name, policy in POLICIES.items():
        place.application(name, policy)
    place.application("closed", POLICIES["all"], enabled=False)
    for number, (member, unit, factor) in enumerate(
        product((True, False), ("111", "12", None), (True, False))
    ):
        account = place.account(f"p{number:02}", member_of=("social",) if member else ())
        if unit:
            employ(place.database, account, unit)
        if factor:
            place.authenticator(account)
    with place.database.write() as uow:
        gone = uow.accounts.by_login("p00")
        assert acts.disable(uow, gone.id, "left", place.occasion(), by="sync")
    return place


def keep(place) -> int:
    with place.database.write() as uow:
        return archiving.keep(uow.connection, place.now)


def test_who_can_is_what_asking_one_by_one_says(town):
    with town.database.read() as uow:
        everybody = uow.archive.everybody(town.now, past=False)
        assert len(everybody) == 12
        for name, identifier in town.applications.items():
            application = uow.catalogue.applications[identifier]
            found = reach.who_can(everybody, application, uow.catalogue, town.now)
            fast = {one.known.facts.account.login: one.way is Way.IN for one in found}
            slow = {}
            for known in everybody:
                occasion = town.occasion(TOWN_HALL)
                # The same network that the policy allows, and none where it allows every one.
                address = occasion.address if application.policy.networks else None
                one = explain(uow, known.facts.account, application, address, occasion)
                if one.can_get_in or type(one.decision).__name__ == "StepUp":
                    slow[known.facts.account.login] = one.can_get_in
            assert fast == slow, name


def test_what_is_said_to_change_the_answer_changes_it(town):
    with town.database.read() as uow:
        everybody = uow.archive.everybody(town.now, past=False)
        by_login = {one.facts.account.login: one for one in everybody}

        def asked(login: str, name: str, address=None) -> reach.Standing:
            application = uow.catalogue.applications[town.applications[name]]
            return reach.explained(by_login[login], application, uow.catalogue, town.now, address)

        def changes(*arguments) -> list[str]:
            return [reason.code for reason in asked(*arguments).changes]

        inside = town.occasion(TOWN_HALL).address
        assert changes("p00", "all") == ["enabling"]
        assert changes("p01", "closed") == ["opening"]
        assert changes("p01", "social") == ["a_factor"]
        assert changes("p06", "social") == ["owner_lets_in", "joining_group"]
        assert changes("p07", "social") == ["several_changes"]
        assert changes("p08", "unit") == ["owner_lets_in", "joining_unit"]
        assert changes("p02", "inside") == ["coming_from"]
        assert changes("p02", "inside", inside) == ["leaving_network"]
        assert changes("p02", "social") == ["leaving_group", "losing_factor"]
        for login, name in product(by_login, town.applications):
            assert all(sentence(reason) for reason in asked(login, name).changes)


def test_a_past_day_is_answered_from_what_was_kept_not_from_the_log(town):
    first = town.now
    assert keep(town) == 12
    assert keep(town) == 0
    town.later(days=10)
    with town.database.write() as uow:
        connection = uow.connection
        connection.execute(delete(group_members))
        closed = policy_to_json(POLICIES["none"])
        connection.execute(
            update(applications).where(applications.c.name == "all").values(policy=closed, policy_version=2)
        )
        bump(connection)
        connection.exec_driver_sql("DELETE FROM audit_positions")
        connection.exec_driver_sql("DELETE FROM audit_records")
        assert acts.enable(uow, uow.accounts.by_login("p00").id, "back", town.occasion())
    town.account("newcomer")
    assert keep(town) == 7

    def who(name: str, at, *, past: bool) -> list[str]:
        with town.database.read() as uow:
            catalogue = uow.archive.catalogue(at) if past else uow.catalogue
            application = catalogue.applications[town.applications[name]]
            found = reach.who_can(uow.archive.everybody(at, past=past), application, catalogue, at)
            return [one.known.facts.account.login for one in found]

    then = first + timedelta(days=5)
    members = [f"p{number:02}" for number in range(1, 6)]
    assert who("social", then, past=True) == members
    assert who("social", town.now, past=False) == ["newcomer"]
    assert who("social", town.now, past=True) == ["newcomer"]
    assert len(who("all", then, past=True)) == 11
    assert who("all", town.now, past=True) == []
    with town.database.read() as uow:
        assert uow.archive.catalogue(first - timedelta(days=1)) is None
        assert uow.archive.everybody(first - timedelta(days=1), past=True) == []
