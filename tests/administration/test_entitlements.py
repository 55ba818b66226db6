"""What an owner decides about single people: it holds at once, for as long as it says, and can be taken back."""

from datetime import timedelta

import pytest

from idp.domain import appointments, reach
from idp.domain.administration import Done
from idp.domain.application import Audience, Policy
from idp.domain.appointments import doer_of
from idp.domain.assurance import Assurance
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.decisions import decide
from idp.domain.entitlements import DefinedRole, Entitlement, Kind, define, give, review, undefine, withdraw
from idp.domain.handles import AccountId
from idp.domain.reach import Way
from idp.domain.roles import SERVER, Grant, Refused, Role, application_scope
from idp.domain.session import Participant
from idp.storage.tables import outbox
from tests.support import archiving
from tests.support.visit import Visit

ANYONE = Policy(Audience(everyone=True), assurance=Assurance.ONE_FACTOR)
PASSWORD = "en lugn promenad vid vattnet"
NOBODY = Policy(assurance=Assurance.ONE_FACTOR)


@pytest.fixture
def town(place):
    place.open_to_all, place.closed = place.application("open", ANYONE), place.application("closed", NOBODY)
    place.anna, place.owner, place.helper = (
        place.account(name, password=PASSWORD) for name in ("anna", "owner", "helper")
    )
    with place.database.write() as uow:
        for account, role in ((place.owner, Role.SYSTEM_OWNER), (place.helper, Role.SYSTEM_ADMINISTRATOR)):
            for system in (place.open_to_all, place.closed):
                grant = Grant(role, application_scope(system))
                assert appointments.give(uow, SERVER, account, grant, "asked", place.occasion()) is None
    return place


def doer(uow, account):
    return doer_of(uow.accounts.get(account.id))


def does(town, who, deed, login, system, kind, role="", ends=None, reason="needed"):
    with town.database.write() as uow:
        one = Entitlement(system, AccountId(""), kind, role, ends)
        return deed(uow, doer(uow, who), login, one, reason, town.occasion())


def reasons(result) -> list[str]:
    assert isinstance(result, Refused)
    return [one.code for one in result.reasons]


def way(town, account, system) -> Way:
    with town.database.read() as uow:
        application = uow.catalogue.applications[system]
        (known,) = uow.archive.everybody(town.now, past=False, account=account.id)
        found = reach.standing(known, application, uow.catalogue, town.now).way
        # The facts of one sign-in say the same as those of everybody at once.
        requirement = AuthenticationRequirement(system)
        one = decide(uow, account, (), requirement, town.occasion()).decision
        assert (found is Way.OUT) == (type(one).__name__ == "Deny")
        return found


def test_an_owner_lets_in_and_keeps_out_whatever_the_policy_says(town):
    assert way(town, town.anna, town.closed) is Way.OUT
    assert isinstance(does(town, town.owner, give, "anna", town.closed, Kind.LET_IN), Done)
    assert way(town, town.anna, town.closed) is Way.IN
    assert isinstance(does(town, town.owner, give, "anna", town.open_to_all, Kind.KEPT_OUT), Done)
    assert way(town, town.anna, town.open_to_all) is Way.OUT
    # The opposite ends the one before: nobody is both.
    assert isinstance(does(town, town.owner, give, "anna", town.closed, Kind.KEPT_OUT), Done)
    assert way(town, town.anna, town.closed) is Way.OUT
    assert reasons(does(town, town.owner, give, "anna", town.closed, Kind.KEPT_OUT)) == ["held_already"]
    assert isinstance(does(town, town.owner, withdraw, "anna", town.open_to_all, Kind.KEPT_OUT), Done)
    assert way(town, town.anna, town.open_to_all) is Way.IN


def test_a_decision_ends_by_itself_and_can_be_made_again(town):
    ends = town.now + timedelta(days=2)
    assert isinstance(does(town, town.owner, give, "anna", town.closed, Kind.LET_IN, ends=ends), Done)
    assert way(town, town.anna, town.closed) is Way.IN
    with town.database.write() as uow:
        archiving.keep(uow.connection, town.now)
    then = town.now
    town.later(days=3)
    assert way(town, town.anna, town.closed) is Way.OUT
    with town.database.write() as uow:
        archiving.keep(uow.connection, town.now)
    assert isinstance(does(town, town.owner, give, "anna", town.closed, Kind.LET_IN), Done)
    with town.database.read() as uow:
        # The past day is answered from what was kept.
        (known,) = uow.archive.everybody(then, past=True, account=town.anna.id)
        assert known.facts.let_in == {town.closed}


def test_who_is_kept_out_is_signed_out_of_that_system_alone(town):
    visit = Visit(town)
    visit.begin()
    visit.password("anna", PASSWORD)
    with town.database.write() as uow:
        (session,) = uow.sessions.unended(town.anna.id)
        for system in (town.open_to_all, town.closed):
            uow.sessions.join(Participant(session, system, "oidc", town.now))
    does(town, town.owner, give, "anna", town.open_to_all, Kind.KEPT_OUT)
    with town.database.read() as uow:
        payloads = [row.payload for row in uow.connection.execute(outbox.select())]
        assert [one["application"] for one in payloads if one.get("session") == session] == [town.open_to_all]
        assert uow.sessions.unended(town.anna.id) == [session]


def test_C3_each_decides_only_what_their_role_is_for(town):
    assert reasons(does(town, town.helper, give, "anna", town.closed, Kind.LET_IN)) == ["no_role"]
    assert reasons(does(town, town.anna, give, "owner", town.closed, Kind.LET_IN)) == ["no_role"]
    assert reasons(does(town, town.owner, give, "owner", town.closed, Kind.LET_IN)) == ["own_account"]
    assert reasons(does(town, town.owner, give, "nobody", town.closed, Kind.LET_IN)) == ["unknown"]
    assert reasons(does(town, town.owner, give, "anna", town.closed, Kind.LET_IN, reason=" ")) == [
        "no_reason"
    ]
    other = town.application("other", NOBODY)
    with town.database.write() as uow:
        one = Entitlement(other, AccountId(""), Kind.LET_IN)
        refused = give(uow, doer(uow, town.owner), "anna", one, "mine", town.occasion())
        assert reasons(refused) == ["outside_scope"]


def test_the_systems_own_roles_are_named_assigned_and_removed(town):
    with town.database.write() as uow:
        owner, helper, occasion = doer(uow, town.owner), doer(uow, town.helper), town.occasion()
        clerk = DefinedRole("clerk", "Handläggare")
        assert reasons(define(uow, helper, town.closed, clerk, "asked", occasion)) == ["no_role"]
        for wrong in ("", "two words", "x" * 65):
            refused = define(uow, owner, town.closed, DefinedRole(wrong, "x"), "asked", occasion)
            assert reasons(refused) == ["role_name"]
        assert isinstance(define(uow, owner, town.closed, clerk, "asked", occasion), Done)
    assert isinstance(does(town, town.helper, give, "anna", town.closed, Kind.ROLE, "clerk"), Done)
    assert reasons(does(town, town.helper, give, "anna", town.closed, Kind.ROLE, "chief")) == ["unknown_role"]
    with town.database.write() as uow:
        assert uow.entitlements.roles_of(town.anna.id, town.closed, town.now) == ("clerk",)
        assert uow.entitlements.roles_of(town.anna.id, town.open_to_all, town.now) == ()
        gone = undefine(uow, doer(uow, town.owner), town.closed, "clerk", "unused", town.occasion())
        assert reasons(gone) == ["role_in_use"]
    assert isinstance(does(town, town.helper, withdraw, "anna", town.closed, Kind.ROLE, "clerk"), Done)
    with town.database.write() as uow:
        gone = undefine(uow, doer(uow, town.owner), town.closed, "clerk", "unused", town.occasion())
        assert isinstance(gone, Done)


def test_C6_a_review_keeps_out_a_bounded_number_each_of_whom_comes_back(town):
    with town.database.write() as uow:
        owner, occasion = doer(uow, town.owner), town.occasion()
        many = [f"p{number}" for number in range(51)]
        assert reasons(review(uow, owner, town.open_to_all, many, "yearly", occasion)) == ["too_many"]
        assert reasons(review(uow, owner, town.open_to_all, ["ghost"], "yearly", occasion)) == ["unknown"]
        assert review(uow, owner, town.open_to_all, ["anna"], "yearly", occasion) == Done(1)
    assert way(town, town.anna, town.open_to_all) is Way.OUT
    assert isinstance(does(town, town.owner, withdraw, "anna", town.open_to_all, Kind.KEPT_OUT), Done)
    assert way(town, town.anna, town.open_to_all) is Way.IN
