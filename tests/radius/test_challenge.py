"""A code in a second round: State, choice of factor, words in the client's own language."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

import mfa
from idp.domain import accounts as acts
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance, Method
from idp.radius.credentials import Form
from tests.radius.conftest import PASSWORD
from tests.support.nas import ANYBODY_WITH_TWO, SECRET, connect_nas, login, port_of, radclient, serving

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WORDS = "Enter the code from your app."


@pytest.fixture
def vpn(place, anna):
    return connect_nas(place)


def ask(server, typed=PASSWORD, name="anna"):
    """First round: the password."""
    ran = radclient(port_of(server), *login(name, typed))
    assert ran.kind == "Access-Challenge", ran.text
    return ran


def reply(server, state, typed, name="anna", **more):
    return radclient(port_of(server), *login(name, typed), f"State = {state}", **more)


def test_the_password_and_then_the_code(place, anna, vpn):
    with serving(place) as server:
        asked = ask(server)
        assert asked.one("Reply-Message") == WORDS
        answered = reply(server, asked.one("State"), place.code(anna[1]))
    assert answered.kind == "Access-Accept", answered.text


def test_a_wrong_code_is_asked_for_again_with_a_fresh_state(place, anna, vpn):
    with serving(place) as server:
        first = ask(server)
        again = reply(server, first.one("State"), "000000")
        assert (again.kind, again.one("Reply-Message")) == ("Access-Challenge", f"The code is wrong. {WORDS}")
        assert again.one("State") != first.one("State")
        # R4: the used one is dead, whatever comes with it.
        assert reply(server, first.one("State"), place.code(anna[1])).kind == "Access-Reject"
        assert reply(server, again.one("State"), place.code(anna[1])).kind == "Access-Accept"


def test_R4_a_state_is_of_one_person_one_server_and_two_minutes(place, anna, vpn):
    place.account("bo", password=PASSWORD)
    with serving(place) as server:
        state = ask(server).one("State")
        assert reply(server, state, place.code(anna[1]), name="bo").kind == "Access-Reject"
        other = connect_nas(place, "other", secret=SECRET[::-1], networks=(), nas_identifier="other")
        with place.database.write() as uow:
            from ipaddress import ip_network

            from idp.radius.nas import NasSettings
            from idp.radius.store.access_servers import write_settings

            write_settings(uow, other, NasSettings((ip_network("127.0.0.1/32"),), nas_identifier="other"))
        server.register.refresh()
        elsewhere = radclient(
            port_of(server), *login("anna", place.code(anna[1])), f"State = {state}",
            'NAS-Identifier = "other"', secret=SECRET[::-1],
        )  # fmt: skip
        assert elsewhere.kind == "Access-Reject", elsewhere.text
        place.later(seconds=121)
        assert reply(server, state, place.code(anna[1])).kind == "Access-Reject"
        state = ask(server).one("State")
        assert reply(server, state, place.code(anna[1])).kind == "Access-Accept"
        assert reply(server, "0x" + "41" * 43, place.code(anna[1])).kind == "Access-Reject"


@on_sqlite
def test_a_temporary_code_does_in_place_of_the_phone(place, anna, vpn):
    with place.database.write() as uow:
        code = acts.issue_temporary_code(uow, anna[0].id, timedelta(hours=1), 1, place.occasion()).code
    with serving(place) as server:
        asked = ask(server)
        assert asked.one("Reply-Message") == "Enter the code from your app, or a recovery or temporary code."
        assert reply(server, asked.one("State"), code).kind == "Access-Accept"


@on_sqlite
def test_a_prompt_can_be_worded_for_a_client_that_knows_it_by_its_words(place, anna):
    connect_nas(place, texts={"ask_code": "2factor authentication token:"})
    with serving(place) as server:
        assert ask(server).one("Reply-Message") == "2factor authentication token:"


@on_sqlite
def test_prompts_are_in_the_language_of_the_client(place, anna):
    connect_nas(place, language="sv")
    with serving(place) as server:
        assert ask(server).one("Reply-Message") == "Ange koden från din app."


@on_sqlite
def test_openvpns_static_challenge_needs_no_second_round(place, anna, vpn):
    from base64 import b64encode

    parts = [b64encode(part.encode()).decode() for part in (PASSWORD, place.code(anna[1]))]
    with serving(place) as server:
        ran = radclient(port_of(server), *login("anna", "SCRV1:" + ":".join(parts)))
    assert ran.kind == "Access-Accept", ran.text


@on_sqlite
def test_a_code_alone_where_policy_is_content_with_it(place, anna):
    connect_nas(place, form=Form.CODE, policy=Policy(Audience(everyone=True), assurance=Assurance.ONE_FACTOR))
    with serving(place) as server:
        assert radclient(port_of(server), *login("anna", "000000")).kind == "Access-Reject"
        assert radclient(port_of(server), *login("anna", PASSWORD)).kind == "Access-Reject"
        assert radclient(port_of(server), *login("anna", place.code(anna[1]))).kind == "Access-Accept"


@on_sqlite
def test_S10_a_code_alone_is_not_enough_for_two_factors(place, anna):
    connect_nas(place, form=Form.CODE)
    with serving(place) as server:
        ran = radclient(port_of(server), *login("anna", place.code(anna[1])))
    assert (ran.kind, ran.one("Reply-Message")) == (
        "Access-Reject",
        "The system asks for the password as well.",
    )


@on_sqlite
def test_what_needs_pages_is_said(place, vpn):
    place.account("cecilia", password=PASSWORD)
    with serving(place) as server:
        ran = radclient(port_of(server), *login("cecilia", PASSWORD))
        assert ran.one("Reply-Message").startswith("You have no factor that works here.")
        place.directory.must_change.add("anna")
        ran = radclient(port_of(server), *login("anna", PASSWORD))
        assert ran.one("Reply-Message").startswith("The password has to be changed first.")
    assert "factor.bound" not in [kind for kind, _, _ in place.audit()]


@on_sqlite
def test_a_code_can_be_sent_to_a_place_approved_before(place):
    """Call-back within the challenge: the person types the place's number, then the code that comes."""
    connect_nas(place, policy=replace(ANYBODY_WITH_TWO, weaker=frozenset({Method.TEXT_MESSAGE})))
    account = place.account("bo", password=PASSWORD)
    with place.database.write() as uow:
        assert mfa.bind_destination(
            uow.factors, account.id, mfa.Channel.TEXT_MESSAGE, "+46701234567", "helper", place.now,
            waiting=timedelta(),
        )  # fmt: skip
    with serving(place) as server:
        asked = ask(server, name="bo")
        assert "Type 1 to have a code sent to" in asked.one("Reply-Message"), asked.text
        on_its_way = reply(server, asked.one("State"), "1", name="bo")
        assert "A code is on its way to" in on_its_way.one("Reply-Message"), on_its_way.text
        with place.database.read() as uow:
            (call,) = uow.connection.exec_driver_sql("SELECT payload FROM outbox").scalars()
            code = mfa.call_to_send(uow.factors, next(iter(json.loads(call).values())), place.now).code
        assert reply(server, asked.one("State"), code, name="bo").kind == "Access-Reject"
        wrong = reply(server, on_its_way.one("State"), "00000000", name="bo")
        assert wrong.one("Reply-Message").startswith("The code is wrong.")
        answered = reply(server, wrong.one("State"), code, name="bo")
    assert answered.kind == "Access-Accept", answered.text
