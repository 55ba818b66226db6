"""What the strictest federation demands: whom a service means, who may identify, signing, consent, holders of keys."""

import base64
import hashlib

import pytest

from idp.saml import vocabulary as words
from idp.saml.services import ServiceSettings
from idp.saml.sign_message import SignMessage
from tests.saml.service import Service, journey_of
from tests.support.browsing import Browser, Forms

PASSWORD = "Correct horse battery"
CONNECTED = "http://id.swedenconnect.se/general-ec/1.0/public-sector-sp"
CANCEL = "//id.elegnamnden.se/status/1.0/cancel"
HOSTILE_HTML = (
    '<h1 onclick="x()">Avtal</h1><p style="x">1 <a href="javascript:x()">del</a></p><script>alert(1)</script>'
    "<svg><style><img src=x onerror=y()></style></svg><!-- c --><img src=x>"
)
TEXT = "Jag ansöker om\nen plats på Ekvikens förskola."


@pytest.fixture
def service(site, credential):
    return Service.connected(site, credential, signs=True)


@pytest.fixture
def berit(site):
    account = site.person("berit", employee_number="4711")
    site.place.directory.passwords[account.login] = PASSWORD
    return account


def scoping(*providers: str, requesters: tuple[str, ...] = ()) -> str:
    entries = "".join(f'<samlp:IDPEntry ProviderID="{one}"/>' for one in providers)
    listed = f"<samlp:IDPList>{entries}</samlp:IDPList>" if providers else ""
    asking = "".join(f"<samlp:RequesterID>{one}</samlp:RequesterID>" for one in requesters)
    return f"<samlp:Scoping>{listed}{asking}</samlp:Scoping>"


def extension(inside: str) -> str:
    return f"<samlp:Extensions>{inside}</samlp:Extensions>"


def meaning(**values: str) -> str:
    oids = {"employee": "urn:oid:2.16.840.1.113730.3.1.3", "uid": "urn:oid:0.9.2342.19200300.100.1.1"}
    inside = "".join(
        f'<psc:MatchValue Name="{oids.get(name, "urn:oid:1.2.752.29.4.13")}">{value}</psc:MatchValue>'
        for name, value in values.items()
    )
    return extension(f'<psc:PrincipalSelection xmlns:psc="{words.PSC}">{inside}</psc:PrincipalSelection>')


def sign_message(text: str = TEXT, tag: str = "Message", **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    encoded = base64.b64encode(text.encode()).decode()
    return extension(
        f'<csig:SignMessage xmlns:csig="{words.CSIG}"{written}><csig:{tag}>{encoded}</csig:{tag}></csig:SignMessage>'
    )


def through(site, browser, reply, account):
    """Sign in on the pages and come back to the request."""
    page = browser.get(reply.location)
    came = browser.submit(page, username=account.login, password=PASSWORD)
    assert came.location.startswith("/saml/sso/continue"), came.text[:2000]
    return browser.get(came.location)


def test_another_provider_is_not_asked_on_a_services_behalf(site, service, anna):
    browser = site.signed_in(anna)
    own = site.provider.entity_id
    assert service.answer(service.ask(browser, scoping(own, "https://other.example"))).codes == ["Success"]
    elsewhere = service.answer(service.ask(browser, scoping("https://other.example")))
    assert elsewhere.codes == ["Responder", "NoSupportedIDP"]
    requested = service.ask(browser, scoping(requesters=("https://behind.example/sp",)))
    assert service.answer(requested).codes == ["Success"]
    *_, (_, told) = site.records("assertion.issued")
    assert told["details"]["requesters"] == ["https://behind.example/sp"]


def test_the_holder_of_key_profile_is_refused_in_words_of_saml(site, service, anna):
    wanted = "urn:oasis:names:tc:SAML:2.0:profiles:holder-of-key:SSO:browser"
    answer = service.answer(service.ask(site.signed_in(anna), ProtocolBinding=wanted))
    assert answer.codes == ["Requester", "UnsupportedBinding"]


def test_the_person_whom_the_service_means_is_let_in_and_nobody_else(site, service, anna, berit):
    browser = site.signed_in(berit)
    assert service.answer(service.ask(browser, meaning(employee="4711"))).codes == ["Success"]
    assert service.answer(service.ask(browser, meaning(employee="1", uid=berit.login.upper()))).codes == [
        "Success"
    ]
    # An attribute that nobody here has compares with nothing.
    assert service.answer(service.ask(browser, meaning(number="191212121212"))).codes == ["Success"]
    silent = service.answer(service.ask(browser, meaning(employee="1"), IsPassive="true"))
    assert silent.codes == ["Responder", "UnknownPrincipal"]
    # Somebody else sits in the browser: whoever is meant signs in, with the name filled in; another is refused.
    annas = site.signed_in(anna)
    asked = service.ask(annas, meaning(uid=berit.login))
    assert journey_of(asked)
    assert f'value="{berit.login}"' in annas.get(asked.location).text
    assert service.answer(through(site, annas, asked, berit)).codes == ["Success"]
    wrong = service.ask(annas, meaning(employee="1"))
    assert service.answer(through(site, annas, wrong, berit)).codes == ["Responder", "UnknownPrincipal"]


def test_a_protected_person_is_found_by_no_number(site, service):
    hidden = site.person("hidden", protection="marked", employee_number="4712")
    answer = service.answer(service.ask(site.signed_in(hidden), meaning(employee="4712"), IsPassive="true"))
    assert answer.codes == ["Responder", "UnknownPrincipal"]


def test_a_message_is_shown_signed_and_its_digest_told(site, service, berit):
    browser = Browser(site.issuer, site.address())
    asked = service.ask(browser, sign_message(MustShow="true", DisplayEntity=site.provider.entity_id))
    page = through(site, browser, asked, berit)
    assert "You are about to sign" in page.text
    assert "<p>Jag ansöker om<br>en plats på Ekvikens förskola.</p>" in page.text
    assert "SAMLResponse" not in page.text
    answer = service.answer(browser.submit(page, answer="yes"))
    digest = base64.b64encode(hashlib.sha256(TEXT.encode()).digest()).decode()
    assert answer.attributes["signMessageDigest"] == [f"{words.SHA256};{digest}"]
    # A living session never signs by itself, whatever ForceAuthn says; and a press too much answers nothing.
    assert journey_of(service.ask(browser, sign_message(), ForceAuthn="false"))
    assert browser.submit(page, answer="yes").status == 400


def test_who_does_not_sign_is_said_to_have_given_up(site, service, berit):
    browser = Browser(site.issuer, site.address())
    page = through(site, browser, service.ask(browser, sign_message()), berit)
    answer = service.answer(browser.submit(page, answer="no"))
    assert answer.codes == ["Responder", CANCEL]
    assert not answer.name_id


@pytest.mark.parametrize(
    "message",
    [
        sign_message(MimeType="application/pdf"),
        sign_message(DisplayEntity="https://other.example"),
        sign_message(tag="EncryptedMessage"),
    ],
    ids=["format", "elsewhere", "encrypted"],
)
def test_what_cannot_be_shown_is_not_signed(site, service, anna, message):
    answer = service.answer(service.ask(site.signed_in(anna), message))
    assert answer.codes == ["Requester", "RequestUnsupported"]


def test_an_unsigned_request_brings_nothing_to_sign(site, credential, anna):
    unsigned = Service.connected(site, credential)
    assert unsigned.ask(site.signed_in(anna), sign_message()).status == 400
    assert site.records("request.refused")[-1][0].startswith("not_signed")


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("text", "a < b & c\n\n<script>alert(1)</script>", "<p>a &lt; b &amp; c</p><p>&lt;script&gt;"),
        (
            "text/html",
            HOSTILE_HTML,
            "<h3>Avtal</h3><p>1 del</p>",
        ),
        (
            "text/markdown",
            "# Avtal\n\n* ett\n* [två](javascript:x)\n\n<b onclick=x>tre</b>",
            "<h3>Avtal</h3>",
        ),
    ],
    ids=["text", "html", "markdown"],
)
def test_F69_a_message_runs_nothing_whatever_its_format(kind, text, shown):
    markup = str(SignMessage(text.encode(), kind).markup())
    assert markup.startswith(shown)
    for part in ("<script", "onclick=", "onerror", "style", "href", "<a", "<img", "<!--"):
        assert part not in markup.replace("&lt;b onclick=x&gt;", "")


def test_a_signature_service_says_that_one_signs_even_without_a_message(site, credential, berit):
    service = Service.connected(site, credential, signs=True, categories=(words.SIGNATURE_SERVICE,))
    browser = Browser(site.issuer, site.address())
    page = through(site, browser, service.ask(browser), berit)
    assert "You are about to sign" in page.text
    assert service.answer(browser.submit(page, answer="yes")).codes == ["Success"]


def test_consent_is_asked_once_and_again_when_more_would_be_told(site, credential, anna):
    settings = ServiceSettings(encrypt=False, attributes=("displayName", "eduPersonPrincipalName"))
    service = Service.connected(site, credential, settings=settings, categories=(CONNECTED,))
    browser = site.signed_in(anna)
    page = service.ask(browser)
    for said in ("It would be told", "your name: Anna", "an identifier without a name in it"):
        assert said in page.text, page.text
    assert service.answer(service.ask(browser, IsPassive="true")).codes == ["Responder", "NoPassive"]
    assert service.answer(browser.submit(page, answer="yes")).codes == ["Success"]
    assert service.answer(service.ask(browser)).codes == ["Success"]
    more = ServiceSettings(encrypt=False, attributes=("displayName", "mail"))
    site.reconnect(service.name, service.metadata(categories=(CONNECTED,)), more)
    again = service.ask(browser)
    assert f"{anna.login}@ekvik.example" in again.text
    refused = service.answer(browser.submit(again, answer="no"))
    assert refused.codes == ["Responder", CANCEL]
    quiet = ServiceSettings(encrypt=False, attributes=("displayName", "mail"), consent=False)
    site.reconnect(service.name, service.metadata(categories=(CONNECTED,)), quiet)
    assert service.answer(service.ask(browser)).codes == ["Success"]


def test_an_answer_from_another_page_or_browser_counts_for_nothing(site, credential, anna):
    settings = ServiceSettings(encrypt=False, attributes=("displayName",))
    service = Service.connected(site, credential, settings=settings, categories=(CONNECTED,))
    browser, other = site.signed_in(anna), site.signed_in(anna)
    page = service.ask(browser)
    form = Forms.read(page.text)[-1]
    assert browser.post(form.action, {"request": form.fields["request"], "answer": "yes"}).status == 403
    other.get("/sessions")
    assert other.submit(page, answer="yes").status == 403
