"""Call-back at sign-in: the code goes to the approved number through the outbox, and counts where policy lets it."""

import json
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from idp.domain import call_back
from idp.domain.application import Policy
from idp.domain.assurance import Assurance, Method
from idp.domain.call_back import CALL_TOPIC
from idp.domain.errors import Unavailable
from idp.domain.outbox import Hopeless
from idp.domain.outcomes import Completed, Problem
from idp.domain.own_factors import NeedsFreshProof
from idp.domain.signin import NeedsSignIn, submit_call
from idp.domain.steps import AskActivationCode, AskSecondFactor
from idp.mail.call_back import CallBack
from idp.mail.gateway import Form, Gateway, TextGateway
from idp.web.outgoing import Destinations, Outgoing
from mfa import Channel, FactorKind
from tests.domain.test_signin import PASSWORD, Visit
from tests.oidc.receiver import receiving
from tests.support.place import POLICY

NUMBER = "070-123 45 67"


@pytest.fixture
def intranet(place):
    return place.application("intranet")


@pytest.fixture
def anna(place):
    """Somebody whose number was approved the day before."""
    account = place.account("anna", password=PASSWORD)
    with place.database.write() as uow:
        bound = call_back.approve(uow, account, Channel.TEXT_MESSAGE, NUMBER, place.occasion())
    place.later(days=1)
    return account, bound


def visit_to(place, application):
    visit = Visit(place)
    visit.begin(application)
    return visit, visit.password("anna", PASSWORD)


def sent(place, handler):
    """Do what the dispatcher does."""
    with place.database.write() as uow:
        taken = uow.outbox.take([CALL_TOPIC], [], 20, place.now + timedelta(minutes=1), place.now)
    outcomes = []
    for delivery in taken:
        outcomes.append(handler(delivery, place.now))
        with place.database.write() as uow:
            uow.outbox.done(delivery, place.now)
    return outcomes


def handler(place, receiver, **changes):
    gateway = Gateway(
        f"http://127.0.0.1:{receiver.port}/sms",
        f"http://127.0.0.1:{receiver.port}/call",
        Form.URLENCODED,
        more={"from": "Ekvik"},
        authorization="Bearer hemligt",
    )
    posting = Outgoing(Destinations(networks=(ip_network("127.0.0.0/8"),)))
    texts = TextGateway(replace(gateway, **changes), posting)
    return CallBack(
        place.database, texts, None, "Ekvik kommun", "id.ekvik.example", lambda _language, text: text
    )


def call(visit, destination):
    return visit._submit(submit_call, destination.id)


def test_a_code_is_sent_to_the_approved_number_and_lets_in(place, intranet, anna):
    _, number = anna
    visit, shown = visit_to(place, intranet)
    assert shown.step == AskSecondFactor((FactorKind.TEXT_MESSAGE,), destinations=shown.step.destinations)
    assert [one.shown for one in shown.step.destinations] == ["… 67"]
    with receiving() as receiver:
        assert call(visit, number).sent_to == "… 67"
        assert sent(place, handler(place, receiver)) == [None]
    assert receiver.paths == ["/sms"]
    (message,) = receiver.received
    assert message["to"] == "+46701234567"
    assert message["from"] == "Ekvik"
    code = message["message"].splitlines()[-1].removeprefix("@id.ekvik.example #")
    assert f"your code is {code}" in message["message"]
    assert isinstance(visit.code(code, FactorKind.TEXT_MESSAGE), Completed)
    kinds = {kind for kind, _reason, _payload in place.audit()}
    assert "factor.code_sent" in kinds
    assert code not in json.dumps([payload for _kind, _reason, payload in place.audit()])


def test_the_code_is_worthless_in_another_sign_in(place, intranet, anna):
    _, number = anna
    visit, _ = visit_to(place, intranet)
    other, _ = visit_to(place, intranet)
    with receiving() as receiver:
        call(visit, number)
        sent(place, handler(place, receiver))
    code = receiver.received[0]["message"].rpartition("#")[2]
    assert other.code(code, FactorKind.TEXT_MESSAGE).problem is Problem.WRONG_CODE
    assert isinstance(visit.code(code, FactorKind.TEXT_MESSAGE), Completed)


def test_a_call_reads_the_code_out(place, intranet, anna):
    account, _ = anna
    with place.database.write() as uow:
        voice = call_back.approve(uow, account, Channel.VOICE_CALL, "08-123 456", place.occasion())
    place.later(days=1)
    visit, _ = visit_to(place, intranet)
    with receiving() as receiver:
        call(visit, voice)
        sent(place, handler(place, receiver))
    assert receiver.paths == ["/call"]
    digits = receiver.received[0]["message"].partition("code is: ")[2].partition(".")[0]
    assert isinstance(visit.code(digits.replace(", ", ""), FactorKind.TEXT_MESSAGE), Completed)
    with place.database.read() as uow:
        proofs = visit.living(uow).session.proofs
    assert {proof.method for proof in proofs} == {Method.PASSWORD, Method.VOICE_CALL}


@pytest.mark.parametrize(("status", "outcome"), [(400, Hopeless), (429, Unavailable), (503, Unavailable)])
def test_a_gateway_that_refuses_is_given_up_and_one_that_is_busy_is_tried_again(
    place, intranet, anna, status, outcome
):
    _, number = anna
    visit, _ = visit_to(place, intranet)
    call(visit, number)
    with receiving() as receiver:
        receiver.status = status
        sending = handler(place, receiver)
        if outcome is Hopeless:
            assert isinstance(sent(place, sending)[0], Hopeless)
        else:
            with pytest.raises(Unavailable, match=str(status)):
                sent(place, sending)


def test_what_was_replaced_or_is_too_old_is_not_sent(place, intranet, anna):
    _, number = anna
    visit, _ = visit_to(place, intranet)
    call(visit, number)
    call(visit, number)
    with receiving() as receiver:
        assert sent(place, handler(place, receiver)) == [None, None]
        assert len(receiver.received) == 1
        call(visit, number)
        place.later(minutes=11)
        sent(place, handler(place, receiver))
        assert len(receiver.received) == 1


def test_a_system_that_does_not_accept_sent_codes_is_not_opened_by_one(place, anna):
    strict = place.application("strict", replace(POLICY, weaker=frozenset()))
    _, shown = visit_to(place, strict)
    assert shown.step == AskActivationCode(), "there is no other factor to ask for"
    intranet = place.application("intranet")
    visit, _ = visit_to(place, intranet)
    with receiving() as receiver:
        call(visit, anna[1])
        sent(place, handler(place, receiver))
    visit.code(receiver.received[0]["message"].rpartition("#")[2], FactorKind.TEXT_MESSAGE)
    answer = visit.ask(strict)
    assert isinstance(answer, NeedsSignIn)
    assert answer.reasons[-1].code == "too_weak"


def test_mail_counts_only_where_a_policy_names_it(place, anna):
    account, _ = anna
    with place.database.write() as uow:
        call_back.approve(uow, account, Channel.EMAIL, "anna@ekvik.example", place.occasion())
    place.later(days=1)
    usual = place.application("usual")
    named = place.application("named", replace(POLICY, weaker=frozenset({Method.EMAIL_CODE})))
    _, shown = visit_to(place, usual)
    assert [one.channel for one in shown.step.destinations] == [Channel.TEXT_MESSAGE]
    _, shown = visit_to(place, named)
    assert [one.channel for one in shown.step.destinations] == [Channel.EMAIL]
    assert Policy().weaker == {Method.TEXT_MESSAGE, Method.VOICE_CALL}


def test_the_password_comes_before_any_code_is_sent(place, intranet, anna):
    visit = Visit(place)
    visit.begin(intranet)
    call(visit, anna[1])
    with receiving() as receiver:
        assert sent(place, handler(place, receiver)) == []


def test_sending_has_its_limit_and_says_until_when(place, intranet, anna):
    visit, _ = visit_to(place, intranet)
    shown = [call(visit, anna[1]) for _ in range(6)][-1]
    assert shown.problem is Problem.SENDING_THROTTLED
    assert shown.until > place.now


def test_W7_a_number_of_ones_own_is_added_from_fresh_factors_and_waits(place, intranet):
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    visit = Visit(place)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    visit.code(place.code(authenticator))
    with place.database.write() as uow:
        bound = call_back.add_own(uow, visit.living(uow), Channel.TEXT_MESSAGE, NUMBER, place.occasion())
    assert bound.usable_from == place.now + call_back.WAITING
    place.later(minutes=11)
    with place.database.write() as uow:
        living = visit.living(uow)
        again = call_back.add_own(uow, living, Channel.TEXT_MESSAGE, "070-765 43 21", place.occasion())
        assert isinstance(again, NeedsFreshProof)
        assert isinstance(call_back.remove_own(uow, living, bound.id, place.occasion()), NeedsFreshProof)


def test_a_session_proved_by_a_sent_code_reaches_two_factors_and_no_more(place, anna):
    resistant = place.application("resistant", replace(POLICY, assurance=Assurance.PHISHING_RESISTANT))
    visit, _ = visit_to(place, place.application("intranet"))
    with receiving() as receiver:
        call(visit, anna[1])
        sent(place, handler(place, receiver))
    visit.code(receiver.received[0]["message"].rpartition("#")[2], FactorKind.TEXT_MESSAGE)
    assert isinstance(visit.ask(resistant), NeedsSignIn)
