"""RADIUS and the pages together: what was proved in one place opens nothing in the other (S10, S11, R4)."""

from datetime import timedelta

import pytest

from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import digest, new_handle, new_id
from idp.domain.outcomes import Completed, Lost, Problem, Show
from idp.domain.signin import look, start, submit_factor, submit_password
from idp.domain.steps import AskSecondFactor
from idp.domain.trusted_devices import TrustedDevice
from idp.radius.packet import Code, Type
from mfa import FactorKind
from tests.radius.conftest import PASSWORD
from tests.support.nas import ANYBODY_WITH_TWO, RawNas, connect_nas, port_of, serving
from tests.support.place import a_browser

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def vpn(place, anna):
    return connect_nas(place, policy=ANYBODY_WITH_TWO)


@pytest.fixture
def nas(place, vpn):
    with serving(place) as server, RawNas(port_of(server)) as made:
        yield made


def begun(place, browser, application=None):
    requirement = AuthenticationRequirement(application, assurance=Assurance.TWO_FACTORS)
    with place.database.write() as uow:
        return start(uow, requirement, "/", browser, None, place.occasion())


def challenged(nas) -> bytes:
    asked = nas.ask(nas.request("anna", PASSWORD))
    assert asked.code is Code.ACCESS_CHALLENGE
    return asked.first(Type.STATE)


def test_S10_S11_a_password_proved_over_radius_is_proved_in_no_browser(place, anna, nas):
    state, browser = challenged(nas).decode(), a_browser()
    assert isinstance(look(place.signin, state, browser, place.occasion()), Lost)
    took = submit_factor(place.signin, state, browser, FactorKind.TOTP, place.code(anna[1]), place.occasion())
    assert isinstance(took, Lost)
    # Nor was anything used up by that: the person at the terminal goes on.
    answer = nas.request("anna", place.code(anna[1]), (int(Type.STATE), state.encode()))
    assert nas.ask(answer).code is Code.ACCESS_ACCEPT


def test_S10_S11_a_password_proved_in_a_browser_is_proved_over_no_radius(place, anna, vpn, nas):
    browser = a_browser()
    handle = begun(place, browser, vpn)
    shown = submit_password(place.signin, handle, browser, "anna", PASSWORD, place.occasion())
    assert isinstance(shown.step, AskSecondFactor)
    code = place.code(anna[1])
    refused = nas.ask(nas.request("anna", code, (int(Type.STATE), handle.encode())))
    assert refused.code is Code.ACCESS_REJECT
    took = submit_factor(place.signin, handle, browser, FactorKind.TOTP, code, place.occasion())
    assert isinstance(took, Completed)
    # Somebody signed in with two factors in a browser needs both over RADIUS all the same.
    assert nas.ask(nas.request("anna", PASSWORD)).code is Code.ACCESS_CHALLENGE


def test_S10_a_device_that_is_trusted_on_the_web_spares_nobody_the_code_over_radius(place, anna):
    trusting = Policy(Audience(everyone=True), trusted_device=timedelta(days=30))
    vpn = connect_nas(place, policy=trusting)
    now = place.now
    device = TrustedDevice(new_id(), anna[0].id, now, now + timedelta(days=30), "127.0.0.1", "RADIUS Vpn")
    with place.database.write() as uow:
        uow.devices.add(device, digest(new_handle()))
        assert uow.catalogue.applications[vpn].policy.trusted_device
    with serving(place) as server, RawNas(port_of(server)) as nas:
        assert nas.ask(nas.request("anna", PASSWORD)).code is Code.ACCESS_CHALLENGE


def test_S2_S6_a_code_is_one_over_every_way_and_so_is_its_counter(place, anna, vpn, nas):
    """A code in a second round, the pages in between: spent once, and what was guessed is counted together."""
    state, code = challenged(nas), place.code(anna[1])
    browser = a_browser()
    handle = begun(place, browser)
    submit_password(place.signin, handle, browser, "anna", PASSWORD, place.occasion())
    assert isinstance(
        submit_factor(place.signin, handle, browser, FactorKind.TOTP, code, place.occasion()), Completed
    )
    again = nas.ask(nas.request("anna", code, (int(Type.STATE), state)))
    assert again.code is Code.ACCESS_CHALLENGE
    assert b"used already" in again.first(Type.REPLY_MESSAGE)
    state = again.first(Type.STATE)
    handle = begun(place, browser)
    submit_password(place.signin, handle, browser, "anna", PASSWORD, place.occasion())
    for number in range(30):
        if number % 2:
            shown = submit_factor(place.signin, handle, browser, FactorKind.TOTP, "000000", place.occasion())
            locked = isinstance(shown, Show) and shown.problem is Problem.THROTTLED
        else:
            asked = nas.ask(nas.request("anna", "000000", (int(Type.STATE), state)))
            locked, state = b"Too many" in asked.first(Type.REPLY_MESSAGE), asked.first(Type.STATE)
        if locked:
            break
    # Five of each kind were enough: neither way has tries of its own.
    assert number <= 10
