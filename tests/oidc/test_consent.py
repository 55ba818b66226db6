"""O19: who is asked for consent, when, and what it counts for; and that it can be taken back (O11)."""

from dataclasses import replace

import pytest

from idp.oidc.clients import AuthMethod
from idp.oidc.consents import withdraw
from tests.oidc.site import REGISTRATION, Browser

THIRD_PARTY = replace(REGISTRATION, first_party=False)
NATIVE = replace(
    REGISTRATION,
    redirect_uris=("http://127.0.0.1/callback", "se.ekvik.app:/callback"),
    token_endpoint_auth_method=AuthMethod.NONE,
)


@pytest.fixture
def browser(site, anna):
    return site.signed_in(anna)


def asked(browser: Browser, party, **changes):
    """The consent page that a request leads to."""
    answer = browser.get(party.authorization(**changes))
    assert answer.location.startswith("/oauth2/authorize/continue?request="), answer.location
    page = browser.get(answer.location)
    assert page.status == 200
    assert "Let a system have your details?" in page.text
    return page


def test_a_third_party_is_given_nothing_before_the_person_allows_it(site, browser):
    party = site.client(registration=THIRD_PARTY)
    page = asked(browser, party, scope="openid email")
    assert "your e-mail address" in page.text
    assert "your name" not in page.text
    answer = browser.submit(page, answer="allow")
    assert answer.status == 303
    assert party.redeem(answer.query["code"]).status == 200
    assert site.records("consent.given")


def test_what_was_allowed_is_not_asked_again_and_more_is(site, browser):
    party = site.client(registration=THIRD_PARTY)
    browser.submit(asked(browser, party, scope="openid email"), answer="allow")
    assert party.code(browser, scope="openid email")
    assert party.code(browser, scope="openid")
    browser.submit(asked(browser, party, scope="openid profile"), answer="allow")
    assert party.code(browser, scope="openid profile email", prompt="none")


def test_no_means_no(site, browser):
    party = site.client(registration=THIRD_PARTY)
    answer = browser.submit(asked(browser, party), answer="deny")
    assert answer.query["error"] == "access_denied"
    assert answer.query["iss"] == site.issuer
    asked(browser, party)


def test_a_silent_request_is_not_allowed_by_itself(site, browser):
    party = site.client(registration=THIRD_PARTY)
    assert browser.get(party.authorization(prompt="none")).query["error"] == "consent_required"


def test_a_first_party_asks_only_when_it_says_so(site, browser):
    party = site.client()
    assert party.code(browser)
    browser.submit(asked(browser, party, prompt="consent"), answer="allow")
    asked(browser, party, prompt="consent")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:50123/callback", "se.ekvik.app:/callback"])
def test_O19_where_the_address_proves_nobody_consent_is_asked_each_time(site, browser, uri):
    party = site.client(registration=NATIVE)
    for _ in range(2):
        answer = browser.submit(asked(browser, party, redirect_uri=uri), answer="allow")
        assert party.redeem(answer.query["code"], redirect_uri=uri).status == 200
    assert "consent_required" in browser.get(party.authorization(redirect_uri=uri, prompt="none")).location


def test_a_consent_counts_once_and_for_the_person_who_gave_it(site, browser):
    party = site.client(registration=THIRD_PARTY)
    page = asked(browser, party)
    eva = site.signed_in(site.person("eva"))
    session = next(name for name in browser.cookies if name.endswith("session"))
    annas, browser.cookies[session] = browser.cookies[session], eva.cookies[session]
    # The form belonged to Anna's session: it is no form of Eva's.
    assert browser.submit(page, answer="allow").status == 403
    browser.cookies[session] = annas
    assert "code" in browser.submit(page, answer="allow").query
    assert browser.submit(page, answer="allow").status == 400


def test_B1_a_consent_from_another_site_is_none(site, browser):
    party = site.client(registration=THIRD_PARTY)
    page = asked(browser, party)
    from tests.oidc.site import Forms

    form = Forms.read(page.text)[-1]
    fields = form.fields | {"answer": "allow"}
    assert browser.post(form.action, fields, **{"sec-fetch-site": "cross-site"}).status == 403
    assert browser.post(form.action, fields | {"csrf": "x" * 43}).status == 403
    asked(browser, party)


def test_B5_names_of_systems_are_escaped(site, browser):
    from sqlalchemy import update

    from idp.storage.catalogue import bump
    from idp.storage.tables import applications

    party = site.client(registration=THIRD_PARTY)
    with site.place.database.write() as uow:
        uow.connection.execute(
            update(applications)
            .where(applications.c.id == party.application_id)
            .values(title="<script>alert(1)</script>")
        )
        bump(uow.connection)
    assert "<script>" not in asked(browser, party).text


def test_O11_a_consent_that_is_taken_back_stops_everything(site, anna, browser):
    party = site.client(registration=THIRD_PARTY)
    answer = browser.submit(asked(browser, party, scope="openid offline_access"), answer="allow")
    tokens = party.redeem(answer.query["code"]).json()
    with site.place.database.write() as uow:
        assert withdraw(uow, anna.id, party.application_id, site.place.occasion())
        assert not withdraw(uow, anna.id, party.application_id, site.place.occasion())
    assert party.userinfo(tokens["access_token"]).status == 401
    assert party.introspect(tokens["access_token"]) == {"active": False}
    assert party.refresh(tokens["refresh_token"]).status == 400
    asked(browser, party)
