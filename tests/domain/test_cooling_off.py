"""After a reset nobody makes it worse: what is closed, for how long, and what goes on."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from idp.domain import accounts as acts
from idp.domain import administration, call_back, cooling_off, hardware_tokens, own_factors
from idp.domain.appointments import doer_in
from idp.domain.assurance import Assurance
from idp.domain.break_glass import seal
from idp.domain.factor_policy import FactorPolicy
from idp.domain.outcomes import Completed
from idp.domain.own_factors import CoolingOff
from idp.domain.roles import SERVER, Act, Grant, Organisation, Refused, Role, may_act
from idp.domain.steps import AskSecondFactor
from mfa import Channel, enrolled, token_stock
from tests.support.place import POLICY
from tests.support.tokens import counter_seed
from tests.support.visit import Visit

PASSWORD = "correct horse battery"
DAY = timedelta(days=1)


@pytest.fixture
def intranet(place):
    return place.application("intranet", replace(POLICY, trusted_device=DAY, assurance_on={}))


@pytest.fixture
def anna(place):
    return place.account("anna", password=PASSWORD)


def removed(place, account):
    """A helper removes every factor that somebody has."""
    with place.database.write() as uow:
        for one in enrolled(uow.factors, account.id):
            administration.remove_factor(uow, SERVER, account.id, one.id, "lost", place.occasion())


def activated(place, account, application):
    """Sign in with the password and an activation code, and set an app up."""
    with place.database.write() as uow:
        code = acts.issue_activation_code(uow, account.id, DAY, place.occasion()).code
    visit = Visit(place)
    visit.begin(application)
    visit.password("anna", PASSWORD)
    app = pyotp.TOTP(visit.activate(code).step.secret)
    visit.enrol(app.at(place.now))
    assert isinstance(visit.seen(), Completed)
    return visit, app


def cooling(place, account):
    with place.database.read() as uow:
        return uow.accounts.get(account.id).cooling_until


def test_W7_a_first_factor_is_no_reset_and_a_factor_that_a_code_brings_anew_is_one(place, anna, intranet):
    activated(place, anna, intranet)
    assert cooling(place, anna) is None
    removed(place, anna)
    assert cooling(place, anna) == place.now + DAY
    place.later(days=30)
    visit, _ = activated(place, anna, intranet)
    assert cooling(place, anna) == place.now + DAY
    with place.database.write() as uow:
        living, occasion = visit.living(uow), visit.occasion
        app = own_factors.mine(uow, living)[0]
        tries = (
            own_factors.begin(uow, living, "Ekvik", occasion),
            own_factors.remove(uow, living, app.id, occasion),
            own_factors.new_recovery_codes(uow, living, occasion),
            call_back.add_own(uow, living, Channel.TEXT_MESSAGE, "070-123 45 67", occasion),
            call_back.remove_own(uow, living, "x", occasion),
        )
    assert set(map(type, tries)) == {CoolingOff}
    told = [(reason, str(payload)) for kind, reason, payload in place.audit() if "cooling_off" in kind]
    assert [reason for reason, _ in told] == ["factor_removed", "activation_code"]
    assert (place.now + DAY).isoformat() in told[-1][1]


def test_it_ends_and_signing_in_goes_on_meanwhile(place, anna, intranet):
    activated(place, anna, intranet)
    removed(place, anna)
    visit, app = activated(place, anna, intranet)
    place.later(minutes=5)
    other = Visit(place)
    other.begin(intranet)
    shown = other.password("anna", PASSWORD)
    assert isinstance(shown.step, AskSecondFactor)
    assert shown.step.trust is None  # no device is trusted meanwhile
    assert isinstance(other.code(app.at(place.now)), Completed)
    place.later(hours=24)
    visit = Visit(place)
    visit.begin(intranet)
    assert visit.password("anna", PASSWORD).step.trust == DAY
    visit.code(app.at(place.now))
    with place.database.write() as uow:
        assert own_factors.closed(visit.living(uow), visit.occasion) is None


def test_W7_no_factor_is_bound_in_the_journey_from_the_one_that_the_reset_brought(place, anna, intranet):
    activated(place, anna, intranet)
    removed(place, anna)
    _, app = activated(place, anna, intranet)
    place.later(minutes=1)
    strict = place.application(
        "strict", replace(POLICY, assurance=Assurance.PHISHING_RESISTANT, assurance_on={})
    )
    visit = Visit(place)
    visit.begin(strict)
    visit.password("anna", PASSWORD)
    assert type(visit.code(app.at(place.now)).step).__name__ == "AskActivationCode"


def test_S10_sensitive_acts_of_the_administration_are_closed_to_whoever_was_reset(place, anna, intranet):
    with place.database.write() as uow:
        uow.roles.add(anna.id, Grant(Role.ADMINISTRATOR), "x", "x", place.now)
    activated(place, anna, intranet)
    removed(place, anna)
    visit, _ = activated(place, anna, intranet)
    with place.database.read() as uow:
        doer = doer_in(visit.living(uow), visit.occasion)
    refused = may_act(doer, Act.ISSUE_API_TOKEN, Organisation(), place.now)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].code == "cooling_off"
    assert not isinstance(may_act(doer, Act.SEE_AUDIT, Organisation(), place.now), Refused)


def test_a_token_that_replaces_what_is_gone_is_a_reset_and_one_more_is_none(place, anna):
    place.authenticator(anna)
    seeds = [counter_seed(), counter_seed("FTK-0002", secret=b"y" * 20)]
    with place.database.write() as uow:
        token_stock.take_in(uow.factors, seeds, place.now)
        hardware_tokens.hand_out(uow, seeds[0].serial, anna, place.occasion())
    assert cooling(place, anna) is None
    removed(place, anna)
    with place.database.write() as uow:
        hardware_tokens.report_lost(uow, seeds[0].serial, "", place.occasion())
    place.later(days=2)
    with place.database.write() as uow:
        hardware_tokens.hand_out(uow, seeds[1].serial, anna, place.occasion())
    assert cooling(place, anna) == place.now + DAY


def test_how_long_is_the_organisations_and_break_glass_accounts_do_not(place, anna):
    with place.database.write() as uow:
        seal(uow, anna.id, "x", place.occasion())
        cooling_off.begin(uow, anna.id, "x", place.occasion())
    assert cooling(place, anna) is None
    eva = place.account("eva")
    place.rules(FactorPolicy(cooling_off=timedelta()))
    with place.database.write() as uow:
        cooling_off.begin(uow, eva.id, "x", place.occasion())
    assert cooling(place, eva) is None
    place.rules(FactorPolicy(cooling_off=timedelta(hours=3)))
    with place.database.write() as uow:
        cooling_off.begin(uow, eva.id, "x", place.occasion())
    place.rules(FactorPolicy(cooling_off=timedelta(hours=1)))
    with place.database.write() as uow:
        cooling_off.begin(uow, eva.id, "x", place.occasion())
    assert cooling(place, eva) == place.now + timedelta(hours=3)  # never shorter than it was
