"""Two nodes over one database: what one did, the other knows."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.domain import accounts as acts
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import digest
from idp.domain.outcomes import Completed, Problem
from idp.domain.session import EndReason
from idp.domain.sign_out import end_session
from idp.domain.signin import start, submit_factor, submit_password
from mfa import FactorKind
from tests.support.place import TOWN_HALL, Place, a_browser

PASSWORD = "correct horse battery"


@pytest.fixture
def other(place, database_url, tmp_path):
    """A second node: an engine, a cache and keys of its own."""
    node = Place(database_url, tmp_path / "master.key", first=False)
    node.directory = place.directory
    node.signin = node.signin.__class__(
        node.database, place.signin.passwords, node.sealer, place.signin.issuer
    )
    yield node
    node.close()


def begun(node, application, address="203.0.113.57"):
    browser = a_browser()
    with node.database.write() as uow:
        requirement = AuthenticationRequirement(application)
        return start(uow, requirement, "/", browser, None, node.occasion(address)), browser


def enter_password(node, journey, login, password, address="203.0.113.57"):
    return submit_password(node.signin, *journey, login, password, node.occasion(address))


def test_N1_a_journey_goes_on_at_another_node_and_one_code_wins_once(place, other):
    intranet = place.application("intranet")
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    journeys = [begun(place, intranet) for _ in range(10)]
    for journey in journeys:
        enter_password(other, journey, "anna", PASSWORD)
    code = place.code(authenticator)

    def enter(number):
        node = (place, other)[number % 2]
        handle, browser = journeys[number]
        return submit_factor(node.signin, handle, browser, FactorKind.TOTP, code, node.occasion())

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(enter, range(10)))
    assert sum(isinstance(outcome, Completed) for outcome in outcomes) == 1


def test_N2_a_session_ended_at_one_node_is_dead_at_the_other_at_once(place, other):
    intranet = place.application("intranet")
    account = place.account("anna", password=PASSWORD)
    done = enter_password(place, begun(place, intranet, TOWN_HALL), "anna", PASSWORD, TOWN_HALL)
    with other.database.read() as uow:
        assert uow.sessions.living(digest(done.session_handle), other.now) is not None
    with place.database.write() as uow:
        acts.disable(uow, account.id, "left", place.occasion(), by="command")
    with other.database.read() as uow:
        assert uow.sessions.living(digest(done.session_handle), other.now) is None


def test_N2_a_session_signed_out_at_one_node_is_dead_at_the_other_at_once(place, other):
    """The account lives on: it is the session's own end that has to be seen."""
    intranet = place.application("intranet")
    account = place.account("anna", password=PASSWORD)
    done, kept = (
        enter_password(place, begun(place, intranet, TOWN_HALL), "anna", PASSWORD, TOWN_HALL)
        for _ in range(2)
    )
    with place.database.write() as uow:
        session = uow.sessions.living(digest(done.session_handle), place.now).session
        end_session(uow, session.id, account.id, EndReason.ENDED_BY_PERSON, place.occasion())
    with other.database.read() as uow:
        assert uow.sessions.living(digest(done.session_handle), other.now) is None
        assert uow.sessions.living(digest(kept.session_handle), other.now) is not None


def test_N2_a_changed_catalogue_is_seen_at_the_other_node_at_once(place, other):
    place.application("intranet")
    with other.database.read() as uow:
        assert uow.catalogue.application("intranet") is not None
    place.application("payroll")
    with other.database.read() as uow:
        assert uow.catalogue.application("payroll") is not None


def test_a_catalogue_that_was_rolled_back_is_never_served(place):
    intranet = place.application("intranet")

    def change_mind() -> None:
        with place.database.write() as uow:
            uow.systems.open_or_close(intranet, enabled=False)
            assert not uow.catalogue.applications[intranet].enabled
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_mind()
    place.application("payroll")  # the same version, and another content
    with place.database.read() as uow:
        assert uow.catalogue.applications[intranet].enabled
        assert uow.catalogue.application("payroll") is not None


def test_N3_failures_are_counted_together(place, other):
    intranet = place.application("intranet")
    place.account("anna", password=PASSWORD)
    for number in range(12):
        node = (place, other)[number % 2]
        enter_password(node, begun(node, intranet), "anna", "wrong", f"198.51.100.{number + 1}")
    assert place.directory.calls == 10
    refused = enter_password(other, begun(other, intranet), "anna", PASSWORD)
    assert refused.problem is Problem.WRONG
