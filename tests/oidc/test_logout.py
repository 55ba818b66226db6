"""O18: sign-out by hint or after a question, to exact addresses; and each system is told (Back-Channel Logout 1.0)."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from idp.domain.account import Account
from idp.domain.errors import Unavailable
from idp.domain.outbox import Hopeless
from idp.domain.session import EndReason
from idp.domain.sign_out import end_session
from idp.oidc.store import OidcStore
from tests.oidc.receiver import receiving
from tests.oidc.site import REGISTRATION, Browser, Forms, header_of
from tests.oidc.test_code_flow import verified

BYE = "https://intranet.example/bye"
TOPIC = "session.ended.oidc"


def path(**parameters):
    return "/oauth2/logout?" + urlencode(parameters)


def living(party, browser):
    """Whether the browser is still signed in."""
    return "code" in browser.get(party.authorization(prompt="none")).query


@pytest.fixture
def browser(site, anna):
    return site.signed_in(anna)


@pytest.fixture
def hint(party, browser):
    return party.tokens(browser)["id_token"]


def test_O18_a_valid_hint_signs_out_at_once_and_leads_back(party, browser, hint):
    answer = browser.get(path(id_token_hint=hint, post_logout_redirect_uri=BYE, state="s & t"))
    assert answer.status == 303
    assert answer.location == f"{BYE}?state=s+%26+t"
    assert "__Host-portvakt_session" not in browser.cookies
    assert not living(party, browser)


def test_O18_a_hint_may_have_expired(site, party, browser, hint):
    site.place.later(hours=1)
    assert browser.get(path(id_token_hint=hint, post_logout_redirect_uri=BYE)).location == BYE


@pytest.mark.parametrize("with_client", [False, True])
def test_O18_without_a_hint_the_person_is_asked_first(party, browser, with_client):
    more = {"client_id": party.client_id, "post_logout_redirect_uri": BYE} if with_client else {}
    page = browser.get(path(**more))
    assert page.status == 200
    assert living(party, browser)
    done = browser.submit(page)
    assert done.location == (BYE if with_client else "")
    assert not living(party, browser)


def test_the_question_before_signing_out_can_be_read_in_the_other_language(party, browser):
    page = browser.get(path(client_id=party.client_id, post_logout_redirect_uri=BYE, state="s"))
    switch = next(form for form in Forms.read(page.text) if form.action == "/language")
    back = browser.post("/language", {**switch.fields, "language": "sv"})
    again = browser.get(back.location)
    assert "Logga ut?" in again.text
    assert living(party, browser)
    assert browser.submit(again).location == f"{BYE}?state=s"


def test_O18_B1_a_confirmation_from_elsewhere_confirms_nothing(site, party, browser):
    page = browser.get(path())
    form_token = page.text.split('name="csrf" value="')[-1].split('"')[0]
    forged = browser.post("/oauth2/logout", {"csrf": "x" * 43})
    assert forged.status == 403
    cross = browser.post("/oauth2/logout", {"csrf": form_token}, **{"sec-fetch-site": "cross-site"})
    assert cross.status == 403
    assert living(party, browser)


@pytest.mark.parametrize(
    "uri",
    [
        BYE + "/",
        BYE + "?x=1",
        "https://intranet.example/",
        "https://evil.example/",
        "javascript:alert(1)",
        BYE.upper(),
    ],
)
def test_O18_the_address_afterwards_matches_exactly_or_is_our_own_page(party, browser, hint, uri):
    answer = browser.get(path(id_token_hint=hint, post_logout_redirect_uri=uri))
    assert answer.status == 200
    assert "You are signed out" in answer.text
    assert not living(party, browser)


def test_O18_another_clients_address_is_not_ones_own(site, browser, hint):
    other = site.client(
        "other", registration=replace(REGISTRATION, post_logout_redirect_uris=("https://other.example/bye",))
    )
    answer = browser.get(path(id_token_hint=hint, post_logout_redirect_uri="https://other.example/bye"))
    assert not answer.location
    mixed = browser.get(
        path(
            id_token_hint=hint,
            client_id=other.client_id,
            post_logout_redirect_uri="https://other.example/bye",
        )
    )
    assert mixed.status == 400
    assert not mixed.location


def test_O18_a_hint_that_is_not_ours_counts_as_none(party, browser, hint):
    head, body, signature = hint.split(".")
    for wrong in ("x", f"{head}.{body}.", f"{head}.{body}.{signature[:-6]}AAAAAA"):
        answer = browser.get(path(id_token_hint=wrong, post_logout_redirect_uri=BYE))
        assert answer.status == 200
        assert living(party, browser)


def test_F44_a_logout_token_is_no_hint(site, anna, party, browser):
    from idp.oidc.backchannel_logout import make_logout_token

    provider = site.room.handlers[TOPIC].provider
    with site.place.database.read() as uow:
        client = provider.clients.of_application(uow, party.application_id)
    token = make_logout_token(provider, client, anna.id, browser.session_id, site.place.now)
    browser.get(path(id_token_hint=token, post_logout_redirect_uri=BYE))
    assert living(party, browser)


def test_O18_an_older_sessions_hint_does_not_end_a_new_session_unasked(site, anna, party, browser, hint):
    site.end(anna, browser)
    new = site.signed_in(anna)
    page = new.get(path(id_token_hint=hint, post_logout_redirect_uri=BYE))
    assert page.status == 200
    assert living(party, new)


def test_O18_another_persons_hint_does_not_end_ones_session(site, party, browser, hint):
    eva = site.signed_in(site.person("eva"))
    page = eva.get(path(id_token_hint=hint))
    assert page.status == 200
    assert living(party, eva)
    assert living(party, browser)


def test_a_clients_form_without_our_cookies_still_ends_the_session_that_its_token_names(
    site, party, browser, hint
):
    elsewhere = Browser(site.issuer)
    answer = elsewhere.post("/oauth2/logout", {"id_token_hint": hint, "post_logout_redirect_uri": BYE})
    assert answer.status == 303
    assert elsewhere.get(answer.location).location == BYE
    assert not living(party, browser)


def test_O14_doubled_parameters_are_refused(party, browser, hint):
    doubled = (
        path(id_token_hint=hint, post_logout_redirect_uri=BYE)
        + "&post_logout_redirect_uri=https://evil.example/"
    )
    assert browser.get(doubled).status == 400
    assert living(party, browser)


# --- back-channel -------------------------------------------------------------------------------------------


def deliver(site):
    """Do what the dispatcher does: take what is due and hand it to the room; return what each try came to."""
    outcomes = []
    now = site.place.now
    with site.place.database.write() as uow:
        taken = uow.outbox.take([TOPIC], [], 20, now + timedelta(minutes=1), now)
    for delivery in taken:
        try:
            outcomes.append(site.room.handlers[TOPIC](delivery, now))
        except Unavailable as error:
            outcomes.append(error)
        with site.place.database.write() as uow:
            uow.outbox.done(delivery, now)
    return outcomes


@pytest.fixture(autouse=True)
def nothing_waits(site):
    """Earlier tests' messages are not this test's, nor is what is recorded of them."""
    while deliver(site):
        pass
    site.begin_test()


def sign_out(site, account: Account, browser: Browser):
    with site.place.database.write() as uow:
        assert end_session(uow, browser.session_id, account.id, EndReason.SIGNED_OUT, site.place.occasion())


def states(site, browser):
    with site.place.database.read() as uow:
        found = OidcStore.of(uow).deliveries.of_session(browser.session_id)
    return [(one.state.value, one.attempts) for one in found]


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_each_system_of_the_session_is_told_with_a_logout_token(site, anna, browser, algorithm):
    with receiving() as receiver:
        registration = replace(
            REGISTRATION, backchannel_logout_uri=receiver.url, id_token_signed_response_alg=algorithm
        )
        party, absent = site.client(registration=registration), site.client(registration=registration)
        tokens = party.tokens(browser)
        sign_out(site, anna, browser)
        assert deliver(site) == [None]
    assert absent.client_id != party.client_id
    token = receiver.received[0]["logout_token"]
    assert len(receiver.received) == 1
    assert header_of(token)["typ"] == "logout+jwt"
    assert header_of(token)["alg"] == algorithm
    claims = verified(site, token)
    assert claims["iss"] == site.issuer
    assert claims["aud"] == party.client_id
    assert claims["sub"] == anna.id
    assert claims["sid"] == verified(site, tokens["id_token"])["sid"]
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert claims["jti"]
    assert "nonce" not in claims
    assert claims["exp"] - claims["iat"] <= 120
    assert states(site, browser) == [("delivered", 1)]
    assert [
        payload["details"]["outcome"] if "details" in payload else payload["outcome"]
        for _, payload in site.records("logout.delivered")
    ] == ["delivered"]


def test_a_system_that_does_not_answer_is_tried_again_and_shown(site, anna, browser):
    with receiving() as receiver:
        party = site.client(registration=replace(REGISTRATION, backchannel_logout_uri=receiver.url))
        party.tokens(browser)
        receiver.status = 503
        sign_out(site, anna, browser)
        assert isinstance(deliver(site)[0], Unavailable)
        assert states(site, browser) == [("failed", 1)]


def test_a_system_that_refuses_the_token_is_not_asked_again(site, anna, browser):
    with receiving() as receiver:
        party = site.client(registration=replace(REGISTRATION, backchannel_logout_uri=receiver.url))
        party.tokens(browser)
        receiver.status = 400
        sign_out(site, anna, browser)
        assert isinstance(deliver(site)[0], Hopeless)
        assert states(site, browser) == [("failed", 1)]


def test_a_system_without_an_address_is_noted(site, anna, party, browser):
    party.tokens(browser)
    sign_out(site, anna, browser)
    assert deliver(site) == [None]
    assert states(site, browser) == [("not_wanted", 1)]


def test_a_token_that_was_redeemed_while_the_session_ended_is_told_or_refused(site, anna, browser):
    """No system is given tokens and then forgotten: it takes part before its answer leaves."""
    from tests.oidc.races import in_threads

    party = site.client()
    codes = [party.code(browser) for _ in range(8)]

    def act(number):
        if number == 8:
            sign_out(site, anna, browser)
            return None
        return party.redeem(codes[number])

    answers = [answer for answer in in_threads(9, act) if answer is not None]
    if any(answer.status == 200 for answer in answers):
        assert deliver(site) == [None]
    for answer in answers:
        if answer.status == 200:
            assert party.userinfo(answer.json()["access_token"]).status == 401


@pytest.mark.parametrize("through", ["the portal", "a system"])
def test_a_system_that_could_not_be_reached_is_named_to_who_signed_out(site, browser, through):
    with receiving() as receiver:
        receiver.status = 500
        party = site.client(registration=replace(REGISTRATION, backchannel_logout_uri=receiver.url))
        hint = party.tokens(browser)["id_token"]
        if through == "the portal":
            page = browser.submit(browser.get("/sign-out"))
        else:
            page = browser.get(path(id_token_hint=hint))
        far = page.headers["refresh"].partition("url=")[2]
        assert "being told" in browser.get(far).text
        assert [type(one) for one in deliver(site)] == [Unavailable]
    seen = browser.get(far)
    assert "could not be reached" in seen.text
    assert "refresh" not in seen.headers
    assert "could not be reached" not in Browser(site.issuer).get(far).text
