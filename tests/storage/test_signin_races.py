"""What may happen once happens once, however many ask at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.domain import accounts as acts
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import digest
from idp.domain.outcomes import Completed
from idp.domain.session import EndReason
from idp.domain.sign_out import end_session
from idp.domain.signin import start, submit_factor, submit_password
from mfa import FactorKind
from tests.support.place import OUTSIDE, TOWN_HALL, a_browser

PASSWORD = "correct horse battery"


def begun(place, application, address=OUTSIDE):
    browser = a_browser()
    with place.database.write() as uow:
        requirement = AuthenticationRequirement(application)
        return start(uow, requirement, "/", browser, None, place.occasion(address)), browser


def together(work, count, threads=16):
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(count)))


@pytest.fixture
def intranet(place):
    return place.application("intranet")


def test_F17_S6_parallel_guesses_are_no_more_than_the_free_ones(place, intranet):
    place.account("anna", password=PASSWORD)

    def guess(number):
        handle, browser = begun(place, intranet)
        occasion = place.occasion(f"198.51.100.{number + 1}")
        return submit_password(place.signin, handle, browser, "anna", f"wrong {number}", occasion)

    together(guess, 60)
    assert place.directory.calls == 10


def test_S2_F25_one_code_in_twenty_journeys_opens_one(place, intranet):
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    journeys = [begun(place, intranet) for _ in range(20)]
    for handle, browser in journeys:
        submit_password(place.signin, handle, browser, "anna", PASSWORD, place.occasion())
    code = place.code(authenticator)

    def enter(number):
        handle, browser = journeys[number]
        return submit_factor(place.signin, handle, browser, FactorKind.TOTP, code, place.occasion())

    outcomes = together(enter, len(journeys))
    assert sum(isinstance(outcome, Completed) for outcome in outcomes) == 1


def test_N1_S11_one_journey_submitted_many_times_makes_one_session(place, intranet):
    account = place.account("anna", password=PASSWORD)
    handle, browser = begun(place, intranet, TOWN_HALL)

    def enter(_):
        return submit_password(place.signin, handle, browser, "anna", PASSWORD, place.occasion(TOWN_HALL))

    outcomes = together(enter, 12)
    assert sum(isinstance(outcome, Completed) for outcome in outcomes) == 1
    with place.database.read() as uow:
        assert len(uow.sessions.of_account(account.id, place.now)) == 1


def test_disabling_and_ending_happen_once(place, intranet):
    account = place.account("anna", password=PASSWORD)
    handle, browser = begun(place, intranet, TOWN_HALL)
    done = submit_password(place.signin, handle, browser, "anna", PASSWORD, place.occasion(TOWN_HALL))
    with place.database.read() as uow:
        session = uow.sessions.living(digest(done.session_handle), place.now).session

    def end(_):
        with place.database.write() as uow:
            return end_session(uow, session.id, account.id, EndReason.SIGNED_OUT, place.occasion())

    def disable(_):
        with place.database.write() as uow:
            return acts.disable(uow, account.id, "left", place.occasion(), by="command")

    assert together(end, 8).count(True) == 1
    assert together(disable, 8).count(True) == 1
