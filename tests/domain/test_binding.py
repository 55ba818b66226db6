"""How a factor may be bound (W7): the pure function, and the ways in a real journey."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import accounts as acts
from idp.domain import call_back, hardware_tokens, own_factors
from idp.domain.assurance import Method, Proof
from idp.domain.binding import BY_HELPERS, BindingFacts, BindingPolicy, MayBind, MayNotBind, Way, may_bind
from idp.domain.factor_policy import FactorPolicy
from idp.domain.outcomes import Completed, Problem
from idp.domain.own_factors import NeedsFreshProof
from idp.domain.roles import Refused
from idp.domain.steps import AskActivationCode, EnrolFactor
from mfa import Channel, FactorKind, TemporaryCodePurpose, enrolled, token_stock
from tests.support.tokens import counter_seed
from tests.support.visit import Visit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"
ALL = BindingPolicy()


def proved(*methods, minutes=1):
    return tuple(Proof(method, NOW - timedelta(minutes=minutes)) for method in methods)


@pytest.mark.parametrize(
    ("facts", "way"),
    [
        (BindingFacts(NOW, proved(Method.PASSWORD, Method.TOTP)), Way.EXISTING_FACTOR),
        (BindingFacts(NOW, proved(Method.PASSKEY)), Way.EXISTING_FACTOR),
        (BindingFacts(NOW, proved(Method.PASSWORD, Method.RECOVERY_CODE)), Way.EXISTING_FACTOR),
        (BindingFacts(NOW, proved(Method.ACTIVATION_CODE), Way.ACTIVATION_CODE), Way.ACTIVATION_CODE),
        (BindingFacts(NOW, proved(Method.PASSWORD), Way.TEMPORARY_CODE), Way.TEMPORARY_CODE),
        (BindingFacts(NOW, proved(Method.PASSWORD), networks=("hall",)), Way.NETWORK),
        (BindingFacts(NOW, proved(Method.PASSWORD)), None),
        (BindingFacts(NOW, proved(Method.PASSWORD, Method.TOTP, minutes=11)), None),
        (BindingFacts(NOW, proved(Method.SECURITY_KEY)), None),
        (BindingFacts(NOW, proved(Method.PASSWORD, Method.TEMPORARY_CODE)), None),
        (BindingFacts(NOW, (), Way.TEMPORARY_CODE), None),
        (BindingFacts(NOW, (), networks=("hall",)), None),
        (BindingFacts(NOW, ()), None),
    ],
)
def test_W7_each_way_opens_by_its_own_check_and_by_no_other(facts, way):
    found = may_bind(ALL, facts)
    assert (found.way if isinstance(found, MayBind) else None) is way
    if way is not None:
        closed = may_bind(BindingPolicy(frozenset(Way) - {way}), facts)
        assert isinstance(closed, MayNotBind)
        assert "way_not_listed" in [reason.code for reason in closed.reasons]


@given(
    st.sets(st.sampled_from(Way)),
    st.lists(st.sampled_from([Method.PASSWORD, Method.TEMPORARY_CODE, Method.ACTIVATION_CODE])),
    st.integers(0, 60),
)
def test_W7_the_password_alone_never_binds_whatever_is_listed(ways, methods, age):
    facts = BindingFacts(NOW, proved(*methods, Method.PASSWORD, minutes=age))
    found = may_bind(BindingPolicy(frozenset(ways)), facts)
    assert isinstance(found, MayNotBind)
    assert len(found.reasons) == len(Way)


@given(st.sets(st.sampled_from(Way)), st.sampled_from(BY_HELPERS))
def test_a_helpers_act_binds_where_just_that_way_is_listed(ways, way):
    found = may_bind(BindingPolicy(frozenset(ways)), BindingFacts(NOW, (), way))
    assert isinstance(found, MayBind) is (way in ways)


def only(*ways):
    return FactorPolicy(BindingPolicy(frozenset(ways)))


@pytest.fixture
def anna(place):
    place.application("intranet")
    return place.account("anna", password=PASSWORD)


def asked_for_a_code(place):
    visit = Visit(place)
    visit.begin(place.applications["intranet"])
    return visit, visit.password("anna", PASSWORD)


def temporary(place, account, purpose):
    with place.database.write() as uow:
        hour = timedelta(hours=1)
        return acts.issue_temporary_code(uow, account.id, hour, 1, place.occasion(), purpose=purpose).code


def test_W7_a_temporary_code_with_that_purpose_opens_the_way_once_and_is_no_second_factor(place, anna):
    code = temporary(place, anna, TemporaryCodePurpose.BIND_FACTOR)
    visit, shown = asked_for_a_code(place)
    assert isinstance(shown.step, AskActivationCode)
    assert isinstance(visit.code(code, FactorKind.TEMPORARY_CODE).step, AskActivationCode)
    assert isinstance(visit.activate(code).step, EnrolFactor)
    assert visit.session is None
    again, _ = asked_for_a_code(place)
    assert isinstance(again.activate(code).step, AskActivationCode)


def test_W7_a_temporary_code_for_signing_in_binds_nothing(place, anna):
    code = temporary(place, anna, TemporaryCodePurpose.SIGN_IN)
    visit, _ = asked_for_a_code(place)
    assert visit.code(code, FactorKind.TEMPORARY_CODE) is not None
    assert visit.session is not None
    with place.database.write() as uow:
        begun = own_factors.begin(uow, visit.living(uow), "Ekvik", visit.occasion)
    assert isinstance(begun, NeedsFreshProof)


def test_the_ways_that_are_not_listed_are_closed_in_the_journey(place, anna):
    place.rules(only(Way.TEMPORARY_CODE))
    with place.database.write() as uow:
        code = acts.issue_activation_code(uow, anna.id, timedelta(hours=1), place.occasion()).code
    visit, _ = asked_for_a_code(place)
    assert isinstance(visit.activate(code).step, AskActivationCode)
    code = temporary(place, anna, TemporaryCodePurpose.BIND_FACTOR)
    assert isinstance(visit.activate(code).step, EnrolFactor)


def test_the_way_is_in_the_audit_log(place, anna):
    import pyotp

    code = temporary(place, anna, TemporaryCodePurpose.BIND_FACTOR)
    visit, _ = asked_for_a_code(place)
    shown = visit.activate(code)
    assert visit.enrol("123").problem is Problem.MALFORMED_CODE
    visit.enrol(pyotp.TOTP(shown.step.secret).at(place.now))
    assert isinstance(visit.seen(), Completed)
    assert [reason for kind, reason, _ in place.audit() if kind == "factor.bound"] == ["temporary_code"]


def test_helpers_bind_nothing_in_a_way_that_is_not_listed(place, anna):
    place.rules(only(Way.EXISTING_FACTOR, Way.HAND_OUT))
    occasion, seed = place.occasion(), counter_seed()
    with place.database.write() as uow:
        token_stock.take_in(uow.factors, [seed], place.now)
        imported = acts.import_totp(uow, anna, b"x" * 20, "Mobil", occasion)
        approved = call_back.approve(uow, anna, Channel.TEXT_MESSAGE, "070-123 45 67", occasion)
        assert isinstance(imported, Refused)
        assert isinstance(approved, Refused)
        assert enrolled(uow.factors, anna.id) == ()
        assert isinstance(hardware_tokens.hand_out(uow, seed.serial, anna, occasion), token_stock.Moved)
    place.rules(only(Way.IMPORT))
    with place.database.write() as uow:
        assert isinstance(hardware_tokens.hand_out(uow, seed.serial, anna, occasion), Refused)
        assert acts.import_totp(uow, anna, b"x" * 20, "Mobil", occasion) is True
