"""Trusted devices and step-up: S10, S13, S17, S18, F11, and a flood that locks nobody out of a trusted device."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.domain import accounts as acts
from idp.domain import own_factors, trusted_devices
from idp.domain.assurance import Assurance, Method, Proof
from idp.domain.factor_policy import FactorPolicy
from idp.domain.handles import digest
from idp.domain.outcomes import Completed, Problem, Show
from idp.domain.session import EndReason
from idp.domain.sign_out import end_all_sessions
from idp.domain.signin import Admitted, NeedsSignIn, ask_to_trust
from idp.domain.steps import AskPassword, AskSecondFactor
from mfa import FactorKind
from tests.support.place import POLICY
from tests.support.visit import Visit

PASSWORD = "correct horse battery"
MONTH = timedelta(days=30)
TRUSTING = replace(POLICY, trusted_device=MONTH, assurance_on={})


class DeviceVisit(Visit):
    """A browser that keeps the cookie of a trusted device."""

    device: str | None = None

    @property
    def occasion(self):
        made = super().occasion
        return replace(made, device=digest(self.device) if self.device else None)

    def trust(self, *, wanted=True):
        ask_to_trust(self.place.signin, self.handle, self.browser, self.occasion, wanted=wanted)

    def _took(self, outcome):
        if isinstance(outcome, Completed) and outcome.device is not None:
            self.device = outcome.device.handle
        return super()._took(outcome)

    def again(self):
        """The same device in the evening: another browser session, the cookie still there."""
        other = DeviceVisit(self.place, self.address)
        other.device = self.device
        return other


@pytest.fixture
def intranet(place):
    return place.application("intranet", TRUSTING)


@pytest.fixture
def anna(place):
    return place.account("anna", password=PASSWORD)


@pytest.fixture
def phone(place, anna):
    return place.authenticator(anna)


def sign_in(place, application, phone, *, trust=True):
    visit = DeviceVisit(place)
    visit.begin(application)
    assert visit.password("anna", PASSWORD).step.trust == MONTH
    visit.trust(wanted=trust)
    assert isinstance(visit.code(place.code(phone)), Completed)
    return visit


@pytest.fixture
def trusted(place, intranet, phone):
    visit = sign_in(place, intranet, phone)
    assert visit.device
    place.later(days=1)
    return visit


def password_only(visit, application):
    visit.begin(application)
    return visit.password("anna", PASSWORD)


def test_a_trusted_device_stands_in_and_claims_no_more_than_was_proved(place, intranet, trusted):
    evening = trusted.again()
    assert isinstance(password_only(evening, intranet), Completed)
    admitted = evening.ask(intranet)
    assert isinstance(admitted, Admitted)
    assert "trusted_device" in [reason.code for reason in admitted.reasons]
    assert admitted.context.assurance is Assurance.ONE_FACTOR
    assert {proof.method for proof in admitted.context.proofs} == {Method.PASSWORD, Method.TRUSTED_DEVICE}


def test_who_does_not_ask_for_it_is_not_remembered(place, intranet, phone):
    visit = sign_in(place, intranet, phone, trust=False)
    assert visit.device is None
    place.later(days=1)
    assert isinstance(password_only(visit.again(), intranet).step, AskSecondFactor)


def test_S10_where_the_policy_does_not_say_so_the_second_factor_is_asked(place, intranet, trusted):
    elsewhere = place.application("elsewhere", replace(POLICY, assurance_on={}))
    resistant = replace(TRUSTING, assurance=Assurance.PHISHING_RESISTANT)
    strongest = place.application("strongest", resistant)
    for application in (elsewhere, strongest):
        shown = password_only(trusted.again(), application)
        assert isinstance(shown.step, AskSecondFactor)
        assert shown.step.kinds == (FactorKind.TOTP,)


@pytest.mark.parametrize("demand", ["assurance", "max_age", "fresh_since"])
def test_S10_F11_a_request_that_asks_for_more_or_fresher_proof_gets_it(place, intranet, trusted, demand):
    asked = {
        "assurance": Assurance.TWO_FACTORS,
        "max_age": timedelta(hours=1),
        "fresh_since": place.now - timedelta(minutes=1),
    }[demand]
    visit = trusted.again()
    visit.begin(intranet, **{demand: asked})
    assert isinstance(visit.password("anna", PASSWORD).step, AskSecondFactor)


def test_S10_a_trust_is_never_built_on_less_than_a_factor_of_ones_own(place, intranet, anna):
    with place.database.write() as uow:
        code = acts.issue_temporary_code(uow, anna.id, timedelta(hours=1), 1, place.occasion()).code
    visit = DeviceVisit(place)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    visit.trust()
    assert isinstance(visit.code(code, FactorKind.TEMPORARY_CODE), Completed)
    assert visit.device is None


def test_S10_asking_for_trust_before_the_second_factor_gives_none(place, intranet, phone):
    visit = DeviceVisit(place)
    visit.begin(intranet)
    visit.trust()
    visit.password("anna", PASSWORD)
    assert isinstance(visit.code(place.code(phone)), Completed)
    assert visit.device is None


def test_S17_the_cookie_is_worth_nothing_for_anybody_else(place, intranet, trusted):
    bo = place.account("bo", password=PASSWORD)
    place.authenticator(bo)
    visit = trusted.again()
    visit.begin(intranet)
    assert isinstance(visit.password("bo", PASSWORD).step, AskSecondFactor)
    stranger = DeviceVisit(place)
    stranger.device = "A" * 43
    assert isinstance(password_only(stranger, intranet).step, AskSecondFactor)


def test_S17_S13_a_planted_cookie_is_replaced_when_the_device_is_trusted(place, intranet, phone):
    visit = DeviceVisit(place)
    visit.device = "A" * 43
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    visit.trust()
    visit.code(place.code(phone))
    assert visit.device != "A" * 43


def test_S17_the_handle_is_not_in_the_database(place, trusted):
    with place.database.read() as uow:
        rows = uow.connection.exec_driver_sql("SELECT * FROM trusted_devices").all()
    assert len(rows) == 1
    assert trusted.device not in str(rows)


def test_the_trust_ends_by_itself(place, intranet, trusted):
    place.later(days=28)
    assert isinstance(password_only(trusted.again(), intranet), Completed)
    place.later(days=2)
    assert isinstance(password_only(trusted.again(), intranet).step, AskSecondFactor)


def test_a_policy_that_allows_a_shorter_time_counts_from_when_it_was_trusted(place, intranet, trusted):
    brief = place.application("brief", replace(TRUSTING, trusted_device=timedelta(hours=12)))
    assert isinstance(password_only(trusted.again(), brief).step, AskSecondFactor)


def test_the_organisation_says_for_those_that_say_nothing_and_how_long_at_most(place, intranet, phone):
    place.application("silent", replace(TRUSTING, trusted_device=None))
    place.application("closed", replace(TRUSTING, trusted_device=timedelta()))

    def allowed():
        with place.database.read() as uow:
            return {one.name: one.policy.trusted_device for one in uow.catalogue.applications.values()}

    assert allowed() == {"intranet": MONTH, "silent": None, "closed": timedelta()}
    week = timedelta(days=7)
    place.rules(FactorPolicy(trusted_device=week))
    assert allowed() == {"intranet": week, "silent": week, "closed": timedelta()}
    visit = DeviceVisit(place)
    visit.begin(place.applications["closed"])
    assert visit.password("anna", PASSWORD).step.trust is None
    place.rules(FactorPolicy(trusted_device=timedelta()))
    visit = DeviceVisit(place)
    visit.begin(intranet)
    assert visit.password("anna", PASSWORD).step.trust is None


def test_S17_revoking_ends_the_trust_and_the_sessions_that_stood_on_it(place, intranet, anna, trusted):
    evening = trusted.again()
    password_only(evening, intranet)
    with place.database.write() as uow:
        (device,) = trusted_devices.mine(uow, anna, place.now)
        assert not trusted_devices.revoke(uow, "x" * 32, device.id, evening.occasion)
        assert trusted_devices.revoke(uow, anna.id, device.id, evening.occasion)
        assert not trusted_devices.revoke(uow, anna.id, device.id, evening.occasion)
    assert isinstance(evening.ask(intranet), NeedsSignIn)
    assert isinstance(password_only(trusted.again(), intranet).step, AskSecondFactor)
    events = [type_ for type_, _, _ in place.audit()]
    assert events.count("device.trusted") == events.count("device.trust_ended") == 1


@pytest.mark.parametrize(
    "reason", [EndReason.PASSWORD_CHANGED, EndReason.FACTOR_CHANGED, EndReason.ACCOUNT_DISABLED]
)
def test_S17_S18_what_changes_a_password_a_factor_or_the_account_ends_the_trust(
    place, intranet, anna, trusted, reason
):
    evening = trusted.again()
    password_only(evening, intranet)
    with place.database.write() as uow:
        kept = evening.living(uow).session.id
        end_all_sessions(uow, anna.id, reason, evening.occasion, keep=kept)
        assert trusted_devices.mine(uow, anna, place.now) == []
    # Also the session that is kept no longer stands on the device.
    assert isinstance(evening.ask(intranet), NeedsSignIn)
    assert isinstance(password_only(trusted.again(), intranet).step, AskSecondFactor)


def test_S18_W7_a_trusted_device_does_not_change_factors(place, intranet, trusted):
    evening = trusted.again()
    password_only(evening, intranet)
    with place.database.read() as uow:
        assert not own_factors.may_change(evening.living(uow), evening.occasion)
        assert own_factors.closed_for_new(uow, evening.living(uow), evening.occasion) is not None


def flood(place, application, tries, address="203.0.113.9"):
    for _ in range(tries):
        visit = DeviceVisit(place, address)
        visit.begin(application)
        visit.password("anna", "wrong")


def test_a_flood_from_elsewhere_locks_nobody_out_of_a_trusted_device(place, intranet, trusted):
    flood(place, intranet, 12, "198.51.100.7")
    assert password_only(DeviceVisit(place), intranet).problem is Problem.WRONG
    assert isinstance(password_only(trusted.again(), intranet), Completed)


def test_nor_does_a_flood_from_the_same_network(place, intranet, trusted):
    flood(place, intranet, 110)
    assert password_only(DeviceVisit(place), intranet).problem is Problem.WRONG
    assert isinstance(password_only(trusted.again(), intranet), Completed)


def test_S6_the_tries_of_a_trusted_device_are_counted_by_themselves_and_said_in_plain_words(
    place, intranet, trusted
):
    visit = trusted.again()
    visit.begin(intranet)
    for _ in range(10):
        assert visit.password("anna", "wrong").problem is Problem.WRONG
    locked = visit.password("anna", PASSWORD)
    assert locked.problem is Problem.THROTTLED
    assert locked.until == place.now + timedelta(minutes=1)
    # It has used up its own tries and nobody else's.
    assert isinstance(password_only(DeviceVisit(place), intranet).step, AskSecondFactor)


def test_a_flood_of_codes_elsewhere_does_not_lock_the_trusted_device(place, intranet, phone, trusted):
    attacker = DeviceVisit(place)
    password_only(attacker, intranet)
    for _ in range(6):
        attacker.code("000000")
    assert attacker.code("000000").problem is Problem.THROTTLED
    visit = trusted.again()
    visit.begin(intranet, assurance=Assurance.TWO_FACTORS)
    visit.password("anna", PASSWORD)
    assert isinstance(visit.code(place.code(phone)), Completed)


@pytest.mark.parametrize(
    ("password_age", "code_age", "asked"),
    [(5, 5, []), (120, 5, ["password"]), (5, 120, ["code"]), (120, 120, ["password", "code"])],
)
def test_F11_only_the_missing_step_is_asked(place, intranet, phone, password_age, code_age, asked):
    """An application wants proofs of the last hour: what is fresh is not asked for again."""
    visit = sign_in(place, intranet, phone, trust=False)
    place.later(minutes=110)
    proofs = (
        Proof(Method.PASSWORD, place.now - timedelta(minutes=password_age)),
        Proof(Method.TOTP, place.now - timedelta(minutes=code_age)),
    )
    with place.database.write() as uow:
        assert uow.sessions.raise_to(visit.living(uow).session.id, proofs, digest(visit.session), place.now)
    before = visit.session
    outcome, steps = visit.begin(intranet, max_age=timedelta(hours=1)), []
    while isinstance(outcome, Show):
        if isinstance(outcome.step, AskPassword):
            assert outcome.step.fixed
            steps.append("password")
            outcome = visit.password("anna", PASSWORD)
        else:
            steps.append("code")
            outcome = visit.code(place.code(phone))
    assert steps == asked
    assert isinstance(outcome, Completed)
    assert visit.session != before  # S13
    assert isinstance(visit.ask(intranet, max_age=timedelta(hours=1)), Admitted)
