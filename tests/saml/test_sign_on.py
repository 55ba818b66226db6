"""Web Browser SSO on the real pages: both bindings, the real journey, and what a response says."""

import pytest

from tests.saml.service import Service
from tests.support.browsing import Browser

PASSWORD = "Correct horse battery"


@pytest.fixture
def service(site, credential):
    return Service.connected(site, credential)


def test_a_living_session_is_answered_at_once(site, service, anna):
    browser = site.signed_in(anna)
    reply = service.ask(browser, relay_state="where <i> was", ID="_asked")
    answer = service.answer(reply)
    assert answer.codes == ["Success"]
    assert answer.action == service.acs
    assert answer.relay_state == "where <i> was"
    assert answer.get(".", "InResponseTo") == "_asked"
    assert answer.get(".", "Destination") == service.acs
    assert answer.text(".//saml:Audience") == service.entity_id
    assert answer.get(".//saml:SubjectConfirmationData", "Recipient") == service.acs
    assert answer.get(".//saml:SubjectConfirmationData", "InResponseTo") == "_asked"
    assert answer.get(".//saml:AuthnStatement", "SessionNotOnOrAfter")
    assert "form-action 'self' https://" in reply.headers["content-security-policy"]
    ((_, told),) = site.records("assertion.issued")
    assert told["details"]["context"] == answer.context


def test_the_same_journey_leads_to_a_response(site, service):
    account = site.person("berit")
    site.place.directory.passwords[account.login] = PASSWORD
    browser = Browser(site.issuer)
    page = browser.get(service.ask(browser).location)
    reply = browser.submit(page, username=account.login, password=PASSWORD)
    assert reply.location.startswith("/saml/sso/continue"), reply.text[:2000]
    answer = service.answer(browser.get(reply.location))
    assert answer.codes == ["Success"]
    assert answer.context.endswith("PasswordProtectedTransport")
