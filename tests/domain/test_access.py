"""`may()` is pure, refuses before it asks for more, and never grants less than policy or request demand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.access import AccessFacts, Circumstances, Deny, Permit, StepUp, may
from idp.domain.account import Account, AccountState, PasswordSource
from idp.domain.application import Application, Audience, Policy
from idp.domain.assurance import WEAKER, Assurance, Method, Proof, assurance_of, fresh
from idp.domain.authentication import AuthenticationRequirement, Channel
from idp.domain.handles import AccountId, ApplicationId, PersonId
from idp.domain.reasons import SENTENCES, sentence

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ACCOUNT = Account(AccountId("a"), PersonId("p"), "anna", AccountState.ACTIVE, PasswordSource.DIRECTORY)
POLICY = Policy(
    audience=Audience(groups=frozenset({"social"}), units=frozenset({"100"})),
    assurance=Assurance.TWO_FACTORS,
    assurance_on={"townhall": Assurance.ONE_FACTOR},
)
APPLICATION = Application(ApplicationId("x"), "intranet", "Intranet", "oidc", POLICY)
FACTS = AccessFacts(ACCOUNT, groups=frozenset({"social"}))
PASSWORD = Proof(Method.PASSWORD, NOW - timedelta(minutes=5))
CODE = Proof(Method.TOTP, NOW - timedelta(minutes=4))
ASKED = AuthenticationRequirement(APPLICATION.id)


def circumstances(*proofs, networks=()):
    return Circumstances(NOW, frozenset(networks), proofs)


def codes(decision):
    return [reason.code for reason in decision.reasons]


def test_password_is_enough_at_the_town_hall_and_a_code_is_asked_elsewhere():
    assert isinstance(may(FACTS, APPLICATION, ASKED, circumstances(PASSWORD, networks=["townhall"])), Permit)
    outside = may(FACTS, APPLICATION, ASKED, circumstances(PASSWORD))
    assert isinstance(outside, StepUp)
    assert outside.assurance is Assurance.TWO_FACTORS
    assert isinstance(may(FACTS, APPLICATION, ASKED, circumstances(PASSWORD, CODE)), Permit)


def test_whoever_is_in_no_group_or_unit_is_refused_before_any_code_is_asked():
    decision = may(replace(FACTS, groups=frozenset()), APPLICATION, ASKED, circumstances(PASSWORD))
    assert isinstance(decision, Deny)
    assert codes(decision)[-1] == "not_in_audience"


def test_a_unit_admits_and_so_does_everyone():
    by_unit = replace(FACTS, groups=frozenset(), units=frozenset({"100", "110"}))
    assert isinstance(may(by_unit, APPLICATION, ASKED, circumstances(PASSWORD, CODE)), Permit)
    open_to_all = replace(APPLICATION, policy=replace(POLICY, audience=Audience(everyone=True)))
    nobody_special = replace(FACTS, groups=frozenset())
    assert isinstance(may(nobody_special, open_to_all, ASKED, circumstances(PASSWORD, CODE)), Permit)


def test_an_empty_audience_admits_nobody():
    closed = replace(APPLICATION, policy=Policy())
    assert isinstance(may(FACTS, closed, ASKED, circumstances(PASSWORD, CODE)), Deny)


def test_networks_of_the_policy_are_the_only_ones():
    bound = replace(APPLICATION, policy=replace(POLICY, networks=frozenset({"townhall"})))
    assert codes(may(FACTS, bound, ASKED, circumstances(PASSWORD, CODE)))[-1] == "outside_networks"
    assert isinstance(may(FACTS, bound, ASKED, circumstances(PASSWORD, networks=["townhall"])), Permit)


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (replace(ACCOUNT, state=AccountState.DISABLED), "account_disabled"),
        (replace(ACCOUNT, starts=NOW + timedelta(days=1)), "account_not_begun"),
    ],
)
def test_an_account_that_may_not_be_used_opens_nothing_not_even_the_portal(account, code):
    facts = replace(FACTS, account=account)
    for application in (APPLICATION, None):
        decision = may(facts, application, AuthenticationRequirement(), circumstances(PASSWORD, CODE))
        assert isinstance(decision, Deny)
        assert codes(decision)[-1] == code


def test_O15_a_request_can_ask_for_more_than_the_policy_but_never_for_less():
    asks_less = replace(ASKED, assurance=Assurance.NONE)
    assert isinstance(may(FACTS, APPLICATION, asks_less, circumstances(PASSWORD)), StepUp)
    asks_more = replace(ASKED, assurance=Assurance.TWO_FACTORS)
    assert isinstance(
        may(FACTS, APPLICATION, asks_more, circumstances(PASSWORD, networks=["townhall"])), StepUp
    )


def test_S18_a_fresh_password_does_not_make_an_old_code_fresh():
    strict = replace(ASKED, max_age=timedelta(minutes=10))
    old_code = replace(CODE, at=NOW - timedelta(hours=1))
    decision = may(FACTS, APPLICATION, strict, circumstances(replace(PASSWORD, at=NOW), old_code))
    assert isinstance(decision, StepUp)
    assert codes(decision)[-1] == "too_old"


def test_a_session_serves_no_longer_than_its_lifetime_for_the_application():
    old = Proof(Method.PASSWORD, NOW - POLICY.session_lifetime - timedelta(seconds=1))
    assert isinstance(may(FACTS, APPLICATION, ASKED, circumstances(old, networks=["townhall"])), StepUp)


def test_F11_phishing_resistance_is_met_by_a_passkey_and_by_nothing_else():
    strict = replace(APPLICATION, policy=replace(POLICY, assurance=Assurance.PHISHING_RESISTANT))
    decision = may(FACTS, strict, ASKED, circumstances(PASSWORD, CODE))
    assert isinstance(decision, StepUp)
    assert decision.assurance is Assurance.PHISHING_RESISTANT
    verified, touched = Proof(Method.PASSKEY, NOW), Proof(Method.SECURITY_KEY, NOW)
    assert isinstance(may(FACTS, strict, ASKED, circumstances(verified)), Permit)
    assert isinstance(may(FACTS, strict, ASKED, circumstances(PASSWORD, touched)), Permit)
    assert isinstance(may(FACTS, strict, ASKED, circumstances(touched)), StepUp)


def test_phishing_resistance_is_refused_where_no_page_can_be_shown():
    strict = replace(APPLICATION, policy=replace(POLICY, assurance=Assurance.PHISHING_RESISTANT))
    asked = replace(ASKED, channel=Channel.TEXT)
    decision = may(FACTS, strict, asked, circumstances(PASSWORD, CODE))
    assert isinstance(decision, Deny)
    assert codes(decision)[-1] == "needs_a_browser"


def test_O15_another_subject_than_the_one_asked_for_is_refused():
    decision = may(FACTS, APPLICATION, replace(ASKED, subject=AccountId("b")), circumstances(PASSWORD, CODE))
    assert codes(decision)[-1] == "other_subject"


proofs = st.lists(
    st.builds(
        Proof,
        st.sampled_from(Method),
        st.timedeltas(timedelta(0), timedelta(days=2)).map(lambda age: NOW - age),
    ),
    max_size=5,
).map(tuple)
ages = st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=3))


@given(proofs, st.sampled_from(Assurance), st.sampled_from(Assurance), ages, ages, st.booleans())
def test_S10_a_permit_always_has_proofs_as_strong_and_fresh_as_the_strictest_asks(
    held, by_policy, by_request, policy_age, request_age, inside
):
    policy = replace(POLICY, assurance=by_policy, max_age=policy_age)
    asked = replace(ASKED, assurance=by_request, max_age=request_age)
    here = circumstances(*held, networks=["townhall"] if inside else [])
    decision = may(FACTS, replace(APPLICATION, policy=policy), asked, here)
    wanted = max(by_request, Assurance.ONE_FACTOR if inside else by_policy)
    limit = min(age for age in (policy_age, request_age, policy.session_lifetime) if age is not None)
    accepted = [proof for proof in held if proof.method not in WEAKER - policy.weaker]
    reached = assurance_of(fresh(accepted, NOW - limit))
    assert isinstance(decision, Permit) == (reached >= wanted)


def test_every_reason_has_words():
    source = __import__("inspect").getsource(__import__("idp.domain.access", fromlist=["x"]))
    named = set(__import__("re").findall(r'Reason\("(\w+)"', source))
    assert named <= set(SENTENCES)
    outside = may(FACTS, APPLICATION, ASKED, circumstances(PASSWORD))
    assert sentence(outside.reasons[-1]) == "More has to be proved: two factors."


def test_a_request_may_want_one_way_among_several_and_no_sent_codes():
    passkey = Proof(Method.PASSKEY, NOW)
    by_code = replace(ASKED, one_of=frozenset({Method.TOTP, Method.HOTP}))
    asked = may(FACTS, APPLICATION, by_code, circumstances(passkey))
    assert isinstance(asked, StepUp)
    assert asked.one_of == {Method.TOTP, Method.HOTP}
    assert codes(asked)[-1] == "other_way"
    assert isinstance(may(FACTS, APPLICATION, by_code, circumstances(passkey, CODE)), Permit)
    sent = Proof(Method.TEXT_MESSAGE, NOW)
    unsent = replace(ASKED, sent_codes=False)
    assert isinstance(may(FACTS, APPLICATION, ASKED, circumstances(PASSWORD, sent)), Permit)
    refused = may(FACTS, APPLICATION, unsent, circumstances(PASSWORD, sent))
    assert isinstance(refused, StepUp)
    assert refused.refused == WEAKER
    assert codes(refused)[-1] == "too_weak"
