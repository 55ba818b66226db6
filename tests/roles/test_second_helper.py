"""Four eyes for privileged people: asked for, approved by somebody else, used once; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

import mfa
from idp.domain import administration, second_helper, token_desk
from idp.domain.administration import Done
from idp.domain.appointments import doer_of
from idp.domain.approvals import LASTS, State
from idp.domain.factor_policy import FactorPolicy
from idp.domain.roles import SERVER, Grant, Refused, Role, unit_scope
from mfa import token_stock
from tests.roles.test_appointments import again, appoint, by, code_of
from tests.support.tokens import counter_seed
from tests.support.units import employ, plant

HOUR = timedelta(hours=1)


@pytest.fixture
def helpers(place):
    """Two administrators who help, and a third whose phone is gone."""
    plant(place.database)
    return tuple(appoint(place, place.account(name)) for name in ("anna", "bo", "cia"))


def code_for(place, doer, account, hours=2):
    with place.database.write() as uow:
        return administration.temporary_code(
            uow, doer_of(doer), account.id, hours * HOUR, 1, "phone at home", by(place, doer)
        )


def waiting(place, doer):
    with place.database.read() as uow:
        return list(second_helper.waiting(uow, doer_of(doer), by(place, doer)))


def decide(place, doer, approval, how=second_helper.approve, as_doer=None):
    with place.database.write() as uow:
        return how(uow, as_doer or doer_of(doer), approval, "called back", by(place, doer))


def test_C3_a_code_for_somebody_with_a_role_waits_for_a_second_helper_and_is_issued_once(place, helpers):
    anna, bo, cia = helpers
    assert code_of(code_for(place, anna, cia)) == "second_helper_asked"
    assert code_of(code_for(place, anna, cia)) == "second_helper_waits"
    (seen,) = waiting(place, bo)
    assert (seen.login, seen.asker, seen.may_decide) == ("cia", "anna", True)
    assert not waiting(place, anna)[0].may_decide
    assert not waiting(place, cia)[0].may_decide
    # Neither the first, by whatever token, nor the person.
    assert code_of(decide(place, anna, seen.approval.id)) == "own_request"
    token = replace(doer_of(anna), account=None)
    assert code_of(decide(place, anna, seen.approval.id, as_doer=token)) == "own_request"
    assert code_of(decide(place, cia, seen.approval.id)) == "own_account"
    assert isinstance(decide(place, bo, seen.approval.id), Done)
    assert code_of(decide(place, bo, seen.approval.id)) == "nothing_to_do"
    # Not more than was approved, nor by somebody else.
    assert code_of(code_for(place, anna, cia, hours=3)) == "second_helper_asked"
    assert code_of(code_for(place, bo, cia)) == "second_helper_asked"
    assert isinstance(code_for(place, anna, cia), mfa.IssuedCode)
    assert code_of(code_for(place, anna, cia)) == "second_helper_asked"
    kinds = [kind for kind, _, _ in place.audit() if kind.startswith("approval.")]
    assert kinds[:2] == ["approval.asked", "approval.given"]
    assert kinds.count("approval.used") == 1


def test_one_without_a_role_needs_no_second_helper_and_the_organisation_may_do_without(place, helpers):
    anna, _, cia = helpers
    assert isinstance(code_for(place, anna, place.account("dan")), mfa.IssuedCode)
    place.rules(FactorPolicy(second_helper=False))
    assert isinstance(code_for(place, anna, cia), mfa.IssuedCode)


def test_factors_activation_codes_and_tokens_wait_as_well_and_the_server_needs_nobody(place, helpers):
    anna, _, cia = helpers
    place.authenticator(cia)
    seed, occasion = counter_seed(), by(place, anna)
    with place.database.write() as uow:
        token_stock.take_in(uow.factors, [seed], place.now)
        (app,) = mfa.enrolled(uow.factors, cia.id)
        doer = doer_of(anna)
        refused = [
            administration.remove_factor(uow, doer, cia.id, app.id, "lost", occasion),
            administration.activation_code(uow, doer, cia.id, HOUR, "lost", occasion),
            token_desk.hand_out(uow, doer, seed.serial, cia.id, occasion),
        ]
        assert {code_of(one) for one in refused} == {"second_helper_asked"}
        assert administration.remove_factor(uow, doer, cia.id, "none", "x", occasion) != refused[0]
        assert mfa.enrolled(uow.factors, cia.id) == (app,)
    assert {one.what for one in waiting(place, anna)} == {"phone", "", seed.serial}
    with place.database.write() as uow:
        done = administration.remove_factor(uow, SERVER, cia.id, app.id, "lost", place.occasion())
    assert isinstance(done, Done)


def test_what_is_rejected_taken_back_or_too_old_opens_nothing(place, helpers):
    anna, bo, cia = helpers
    for doer, how in ((bo, second_helper.reject), (anna, second_helper.reject)):
        code_for(place, anna, cia)
        (one,) = waiting(place, anna)
        assert isinstance(decide(place, doer, one.approval.id, how), Done)
        assert waiting(place, anna) == []
    code_for(place, anna, cia)
    (one,) = waiting(place, anna)
    place.now += LASTS
    assert code_of(decide(place, bo, one.approval.id)) == "nothing_to_do"
    code_for(place, anna, cia)
    (one,) = waiting(place, anna)
    decide(place, bo, one.approval.id)
    place.now += LASTS
    assert code_of(code_for(place, anna, cia)) == "second_helper_asked"


def test_C2_C3_only_who_could_do_it_approves_it(place, helpers):
    anna, _, _ = helpers
    peer = place.account("peer")
    employ(place.database, peer, "111")
    appoint(place, peer, Role.IT_REPRESENTATIVE, unit_scope("111"))
    near, far = place.account("near"), place.account("far")
    near = appoint(place, near, Role.IT_REPRESENTATIVE, unit_scope("11"))
    far = appoint(place, far, Role.IT_REPRESENTATIVE, unit_scope("12"))
    code_for(place, anna, again(place, peer))
    (one,) = waiting(place, near)
    assert waiting(place, far) == []
    assert code_of(decide(place, far, one.approval.id)) == "unknown"
    assert isinstance(decide(place, near, one.approval.id), Done)


def test_C9_many_at_once_approve_and_use_it_once(place, helpers):
    anna, bo, cia = helpers
    code_for(place, anna, cia)
    (one,) = waiting(place, bo)
    with ThreadPoolExecutor(6) as pool:
        decided = list(pool.map(lambda _: decide(place, bo, one.approval.id), range(6)))
        assert sum(isinstance(found, Done) for found in decided) == 1
        used = list(pool.map(lambda _: code_for(place, anna, cia), range(6)))
    assert sum(isinstance(found, mfa.IssuedCode) for found in used) == 1
    assert all(isinstance(found, mfa.IssuedCode | Refused) for found in used)
    with place.database.read() as uow:
        assert uow.approvals.get(one.approval.id).state is State.USED


def test_a_code_to_set_a_factor_up_takes_the_right_that_an_activation_code_takes(place, helpers):
    anna, _, _ = helpers
    eva, rep = place.account("eva"), place.account("rep")
    employ(place.database, eva, "111")
    rep = appoint(place, rep, Role.IT_REPRESENTATIVE, unit_scope("11"))
    found = []
    for doer in (rep, anna):
        with place.database.write() as uow:
            occasion, purpose = by(place, doer), mfa.TemporaryCodePurpose.BIND_FACTOR
            found.append(
                administration.temporary_code(uow, doer_of(doer), eva.id, HOUR, 1, "x", occasion, purpose)
            )
    assert code_of(found[0]) == "no_role"
    with place.database.read() as uow:
        (held,) = mfa.usable_temporary_codes(uow.factors, eva.id, place.now)
    assert held.purpose is mfa.TemporaryCodePurpose.BIND_FACTOR


def test_an_ended_role_is_no_privilege(place, helpers):
    anna, _, _ = helpers
    eva = appoint(place, place.account("eva"), Role.AUDITOR, ends=place.now + HOUR)
    assert code_of(code_for(place, anna, eva)) == "second_helper_asked"
    place.now += HOUR
    assert isinstance(code_for(place, anna, eva), mfa.IssuedCode)
    assert again(place, eva).grants == (Grant(Role.AUDITOR, ends=place.now),)
