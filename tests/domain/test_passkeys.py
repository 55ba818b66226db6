"""Passkeys in the journey, on both databases: alone, after a password, bound by the ways that policy lists."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

import mfa
from idp.domain import accounts as acts
from idp.domain import own_factors, own_passkeys
from idp.domain.application import AcceptedPasskeys
from idp.domain.assurance import Assurance, Method
from idp.domain.outcomes import Completed, Lost, Problem, Show
from idp.domain.own_factors import NeedsFreshProof
from idp.domain.passkeys import Passkeys
from idp.domain.signin import Admitted, NeedsSignIn
from idp.domain.steps import (
    AskActivationCode,
    AskPassword,
    AskSecondFactor,
    EnrolPasskey,
    ShowRecoveryCodes,
)
from mfa import BoundPasskey, FactorKind, Metadata, Model, RelyingParty
from tests.support.attestation import Authority, blob, entry
from tests.support.place import POLICY, TOWN_HALL
from tests.support.soft_authenticator import UP, SoftAuthenticator, b64
from tests.support.visit import Visit

AAGUID = "2fc0579f-8113-47ea-b116-bb5a8db9202a"
PASSWORD = "correct horse battery"
ORIGIN = "https://id.ekvik.example"
RESISTANT = replace(POLICY, assurance=Assurance.PHISHING_RESISTANT, assurance_on={})


@pytest.fixture(autouse=True)
def passkeys(place):
    party = RelyingParty.of_origin(ORIGIN, "Ekvik")
    place.signin = replace(place.signin, passkeys=Passkeys(party))
    return place.signin.passkeys


@pytest.fixture
def intranet(place):
    return place.application("intranet")


def new_key(**options):
    return SoftAuthenticator(origin=ORIGIN, rp_id="id.ekvik.example", **options)


def signed_in(place, account, application, **at):
    """A browser in which somebody with an app has just signed in."""
    authenticator = place.authenticator(account)
    visit = Visit(place, **at)
    visit.begin(application)
    visit.password(account.login, PASSWORD)
    assert isinstance(visit.code(place.code(authenticator)), Completed)
    return visit


def bind(place, visit, key=None, **lies):
    """Bind a passkey in My security."""
    key = key or new_key()
    with place.database.write() as uow:
        living = visit.living(uow)
        options = own_passkeys.begin(uow, living, place.signin.passkeys, "Anna", visit.occasion)
        if isinstance(options, NeedsFreshProof):
            return key, options
        document = json.dumps(key.make(options, **lies))
        passkeys = place.signin.passkeys
        return key, own_passkeys.bind(uow, living, passkeys, document, "key", visit.occasion)


@pytest.fixture
def anna(place):
    return place.account("anna", password=PASSWORD)


@pytest.fixture
def key(place, intranet, anna):
    made, bound = bind(place, signed_in(place, anna, intranet))
    assert isinstance(bound, BoundPasskey)
    place.later(minutes=20)
    return made


def reasons(place, kind="signin.refused"):
    return [reason for type_, reason, _ in place.audit() if type_ == kind]


def test_a_passkey_alone_signs_in_without_name_and_password(place, intranet, anna, key):
    visit = Visit(place)
    assert isinstance(visit.begin(intranet).step, AskPassword)
    assert isinstance(visit.passkey(key), Completed)
    admitted = visit.ask(intranet)
    assert isinstance(admitted, Admitted)
    assert admitted.context.account_id == anna.id
    assert admitted.context.assurance is Assurance.PHISHING_RESISTANT
    (proof,) = admitted.context.proofs
    assert (proof.method, proof.phishing_resistant) == (Method.PASSKEY, True)


def test_W3_alone_the_device_has_to_know_its_owner(place, intranet, key):
    visit = Visit(place)
    visit.begin(intranet)
    refused = visit.passkey(key, flags=UP)
    assert refused.problem is Problem.WRONG_PASSKEY
    assert reasons(place) == ["not_verified"]
    assert isinstance(visit.passkey(key), Completed)


def test_as_second_factor_a_touch_is_enough(place, intranet, anna, key):
    visit = Visit(place)
    visit.begin(intranet)
    shown = visit.password("anna", PASSWORD)
    assert shown.step.kinds[0] is FactorKind.PASSKEY
    assert json.loads(shown.step.passkey)["allowCredentials"][0]["id"] == b64(key.credential_id)
    assert isinstance(visit.passkey(key, flags=UP), Completed)
    methods = {proof.method for proof in visit.ask(intranet).context.proofs}
    assert methods == {Method.PASSWORD, Method.SECURITY_KEY}


def test_F05_S11_an_answer_from_another_browser_or_journey_is_refused(place, intranet, key):
    attacker, victim = Visit(place), Visit(place)
    attacker.begin(intranet)
    victim.begin(intranet)
    answer = json.dumps(key.prove(victim.look().step.passkey))
    refused = attacker.send_passkey(answer)
    assert isinstance(refused, Show)
    assert attacker.session is None
    stolen = Visit(place)
    stolen.handle = victim.handle
    assert isinstance(stolen.send_passkey(answer), Lost)
    assert isinstance(victim.send_passkey(answer), Completed)


def test_F08_an_empty_answer_is_no_answer(place, intranet, anna, key):
    empty = ["", "{}", "null", "[]", '{"type":"public-key"}', "x" * 40_000]
    visit = Visit(place)
    visit.begin(intranet)
    assert all(isinstance(visit.send_passkey(one).step, AskPassword) for one in empty)
    visit.password("anna", PASSWORD)
    assert all(isinstance(visit.send_passkey(one).step, AskSecondFactor) for one in empty)
    accepted = [
        payload["details"]["method"]
        for type_, _, payload in place.audit()
        if type_ == "signin.proof_accepted"
    ]
    assert accepted == ["password", "totp", "password"]


def test_W7_S9_whatever_is_wrong_with_a_passkey_reads_alike_before_anybody_is_known(
    place, intranet, anna, key
):
    unknown = new_key(user_handle=b"u" * 32)
    seen = [Visit(place) for _ in range(3)]
    for visit in seen:
        visit.begin(intranet)
    answers = [seen[0].passkey(unknown), seen[1].passkey(key, flags=UP)]
    with place.database.write() as uow:
        acts.disable(uow, anna.id, "left", place.occasion(), "administrator")
    answers.append(seen[2].passkey(key))
    plain = {(answer.problem, replace(answer.step, passkey="")) for answer in answers}
    assert plain == {(Problem.WRONG_PASSKEY, AskPassword(""))}
    assert reasons(place) == ["none_enrolled", "not_verified", "account_not_usable"]
    assert seen[2].session is None


def test_a_passkey_of_somebody_else_does_not_answer_for_the_signed_in_person(place, intranet, anna, key):
    bo = place.account("bo", password=PASSWORD)
    bos = signed_in(place, bo, intranet)
    place.later(minutes=30)
    shown = bos.begin(intranet, max_age=timedelta(minutes=5))
    assert shown.step.fixed
    assert bos.passkey(key).problem is Problem.WRONG_PASSKEY
    with place.database.read() as uow:
        assert bos.living(uow).account.id == bo.id


def test_F06_another_persons_passkey_in_a_fresh_sign_in_ends_the_first_session(place, intranet, anna, key):
    bo = place.account("bo", password=PASSWORD)
    browser = signed_in(place, bo, intranet)
    bos = browser.session
    browser.begin(intranet, fresh_since=place.now)
    assert isinstance(browser.passkey(key), Completed)
    assert browser.session != bos
    assert browser.ask(intranet).context.account_id == anna.id
    browser.session = bos
    with place.database.read() as uow:
        assert browser.living(uow) is None


def test_S13_the_handle_changes_when_a_passkey_raises_a_session(place, intranet, anna, key):
    visit = Visit(place, TOWN_HALL)
    visit.begin(intranet)
    assert isinstance(visit.password("anna", PASSWORD), Completed)
    before = visit.session
    strict = place.application("strict", RESISTANT)
    assert visit.begin(strict).step.kinds == (FactorKind.PASSKEY,)
    assert isinstance(visit.passkey(key, flags=UP), Completed)
    assert visit.session != before


def test_F11_a_policy_that_asks_for_resistance_takes_nothing_less(place, intranet, anna, key):
    strict = place.application("strict", RESISTANT)
    with place.database.write() as uow:
        code = acts.issue_temporary_code(uow, anna.id, timedelta(hours=1), 1, place.occasion()).code
    visit = Visit(place)
    visit.begin(strict)
    shown = visit.password("anna", PASSWORD)
    assert shown.step.kinds == (FactorKind.PASSKEY,)
    still = visit.code(code, FactorKind.TEMPORARY_CODE)
    assert isinstance(still, Show)
    assert still.step.kinds == (FactorKind.PASSKEY,)
    assert isinstance(visit.passkey(key, flags=UP), Completed)
    assert visit.ask(strict).context.assurance is Assurance.PHISHING_RESISTANT


def test_who_has_no_passkey_proves_an_existing_factor_and_binds_one(place, anna):
    strict = place.application("strict", RESISTANT)
    authenticator = place.authenticator(anna)
    visit = Visit(place)
    visit.begin(strict)
    assert visit.password("anna", PASSWORD).step.kinds == (FactorKind.TOTP,)
    shown = visit.code(place.code(authenticator))
    assert isinstance(shown.step, EnrolPasskey)
    key = new_key()
    shown = visit.make_passkey(key)
    assert isinstance(shown.step, ShowRecoveryCodes)
    assert isinstance(visit.seen(), Completed)
    (bound,) = [payload for type_, _, payload in place.audit() if type_ == "factor.bound"]
    assert bound["details"]["kind"] == "passkey"
    assert reasons(place, "factor.bound") == ["existing_factor"]
    place.later(hours=1)
    again = Visit(place)
    again.begin(strict)
    assert isinstance(again.passkey(key), Completed)


def test_W7_a_passkey_is_never_bound_with_the_password_alone(place, anna):
    strict = place.application("strict", RESISTANT)
    visit = Visit(place)
    visit.begin(strict)
    assert isinstance(visit.password("anna", PASSWORD).step, AskActivationCode)
    with place.database.write() as uow:
        code = acts.issue_activation_code(uow, anna.id, timedelta(hours=1), place.occasion()).code
    assert isinstance(visit.activate(code).step, EnrolPasskey)
    shown = visit.make_passkey(new_key())
    assert isinstance(shown.step, ShowRecoveryCodes)


def test_S18_a_first_passkey_that_is_bound_at_sign_in_ends_the_other_sessions(place, intranet, anna):
    strict = place.application("strict", RESISTANT)
    thief, visit = Visit(place, TOWN_HALL), Visit(place, TOWN_HALL)
    for one, application in ((thief, intranet), (visit, strict)):
        one.begin(application)
        one.password("anna", PASSWORD)
    with place.database.read() as uow:
        assert thief.living(uow) is not None
    visit.make_passkey(new_key())
    with place.database.read() as uow:
        assert thief.living(uow) is None


def test_F29_a_challenge_for_a_new_passkey_counts_once_and_in_its_journey(place, anna):
    strict = place.application("strict", RESISTANT)
    authenticator = place.authenticator(anna)
    visit, other = Visit(place, TOWN_HALL), Visit(place, TOWN_HALL)
    for one in (visit, other):
        one.begin(strict)
        one.password("anna", PASSWORD)
    visit.code(place.code(authenticator))
    options = visit.look().step.passkey
    place.later(seconds=30)
    other.code(place.code(authenticator))
    assert isinstance(other.look().step, EnrolPasskey)
    key = new_key()
    document = json.dumps(key.make(options))
    from idp.domain.signin import submit_new_passkey

    refused = submit_new_passkey(place.signin, other.handle, other.browser, document, "k", other.occasion)
    assert refused.problem is Problem.PASSKEY_TOO_LATE


def test_W7_S18_in_my_security_two_fresh_proofs_are_needed_and_other_sessions_end(place, intranet, anna):
    elsewhere, here = signed_in(place, anna, intranet), Visit(place)
    place.later(minutes=11)
    here.session = elsewhere.session
    assert isinstance(bind(place, here)[1], NeedsFreshProof)
    fresh = Visit(place)
    fresh.begin(intranet)
    fresh.password("anna", PASSWORD)
    with place.database.write() as uow:
        code = mfa.generate_recovery_codes(uow.factors, anna.id, place.now).codes[0]
    assert isinstance(fresh.code(code, FactorKind.RECOVERY_CODE), Completed)
    _, bound = bind(place, fresh)
    assert isinstance(bound, BoundPasskey)
    assert isinstance(elsewhere.ask(intranet), NeedsSignIn)
    assert isinstance(fresh.ask(intranet), Admitted)
    with place.database.write() as uow:
        assert own_factors.remove(uow, fresh.living(uow), bound.passkey.id, fresh.occasion)
    assert {"factor.bound", "factor.removed"} <= {type_ for type_, _, _ in place.audit()}
    with place.database.read() as uow:
        told = uow.connection.exec_driver_sql("SELECT topic FROM outbox WHERE topic = 'notice.mail'").all()
    assert len(told) >= 2


def test_W5_a_counter_that_goes_backwards_is_in_the_audit_log(place, intranet, anna):
    visit = signed_in(place, anna, intranet)
    key, _ = bind(place, visit, new_key(count=5))
    for settings, outcome in ((True, Show), (False, Completed)):
        passkeys = replace(place.signin.passkeys, refuse_regressed=settings)
        place.signin = replace(place.signin, passkeys=passkeys)
        again = Visit(place)
        again.begin(intranet)
        assert isinstance(again.passkey(key, count=4), outcome)
    assert reasons(place, "factor.counter_regressed") == ["refused", "accepted"]


def test_W6_F29_a_policy_takes_only_models_that_an_attestation_proves(place, intranet, anna, key):
    maker, anchor = Authority("Maker root"), Authority("Metadata root")
    signed = blob(Authority("Signer", anchor, ca=False), entry(AAGUID, maker, "FIDO_CERTIFIED_L1"))
    metadata = Metadata.read(signed, anchor.pem(), place.now)
    place.signin = replace(place.signin, passkeys=replace(place.signin.passkeys, metadata=metadata))
    listed = AcceptedPasskeys(certified=True, models=frozenset({AAGUID}))
    vault = place.application("vault", replace(RESISTANT, passkeys=listed))
    visit = Visit(place)
    visit.begin(vault)
    # The passkey is right, and signs in; here it does not count, as if nothing had been proved.
    assert visit.passkey(key).step.fixed
    authenticator = place.authenticator(anna)
    assert visit.password("anna", PASSWORD).step.kinds == (FactorKind.TOTP,)
    shown = visit.code(place.code(authenticator))
    assert json.loads(shown.step.passkey)["attestation"] == "direct"
    assert visit.make_passkey(new_key(aaguid=UUID(AAGUID).bytes)).problem is Problem.PASSKEY_UNTRUSTED
    attest = Authority("Batch", maker, ca=False, aaguid=UUID(AAGUID).bytes).packed()
    genuine = new_key(aaguid=UUID(AAGUID).bytes)
    assert isinstance(visit.make_passkey(genuine, attestation=attest).step, ShowRecoveryCodes)
    assert isinstance(visit.seen(), Completed)
    again = Visit(place)
    again.begin(vault)
    assert isinstance(again.passkey(genuine), Completed)
    assert again.ask(vault).context.proofs[0].model == Model(AAGUID, certified=True)
    # Without metadata (the file was taken away) nothing is proved any more: it fails closed.
    place.signin = replace(place.signin, passkeys=replace(place.signin.passkeys, metadata=None))
    later = Visit(place)
    later.begin(vault)
    assert isinstance(later.passkey(genuine), Show)


@pytest.mark.parametrize("wanted", [{Method.PASSWORD}, {Method.TOTP, Method.HOTP}], ids=["password", "code"])
def test_who_came_in_by_passkey_proves_what_just_then_is_wanted(place, intranet, anna, key, wanted):
    authenticator = place.authenticator(anna)
    visit = Visit(place)
    visit.begin(intranet)
    assert isinstance(visit.passkey(key), Completed)
    asked = visit.begin(intranet, one_of=frozenset(wanted))
    if Method.PASSWORD in wanted:
        assert isinstance(asked.step, AskPassword)
        done = visit.password("anna", PASSWORD)
    else:
        assert asked.step.kinds == (FactorKind.TOTP,)
        done = visit.code(place.code(authenticator))
    assert isinstance(done, Completed)
    assert isinstance(visit.ask(intranet, one_of=frozenset(wanted)), Admitted)
