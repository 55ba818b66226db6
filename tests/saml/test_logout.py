"""Single Logout: over SOAP, through the browser, as a service asks; and what does nothing (M13)."""

import pytest

from idp.domain.errors import Unavailable
from idp.domain.outbox import Delivery
from idp.saml import vocabulary as words
from idp.saml.documents import parse_own
from idp.saml.instants import written
from idp.saml.store.connection import connection_of
from idp.saml.store.logouts import Logouts
from tests.saml.receiver import receiving
from tests.saml.service import NAMES, Service
from tests.support.browsing import Browser


def slo(binding: str, url: str) -> str:
    return f'<md:SingleLogoutService Binding="{binding}" Location="{url}"/>'


def sign_in(service, browser):
    return service.answer(service.ask(browser))


def logout_request(service, answer, **bent: str) -> str:
    values = {
        "ID": f"_{service.site.unique('logout')}",
        "IssueInstant": written(service.site.now()),
        "Destination": f"{service.site.issuer}/saml/logout",
    } | bent
    head = "".join(f' {name}="{value}"' for name, value in values.items())
    index = answer.get(".//saml:AuthnStatement", "SessionIndex")
    return (
        f'<samlp:LogoutRequest xmlns:samlp="{words.SAMLP}" xmlns:saml="{words.SAML}" Version="2.0"{head}>'
        f"<saml:Issuer>{service.entity_id}</saml:Issuer>"
        f'<saml:NameID Format="{words.PERSISTENT}">{answer.name_id}</saml:NameID>'
        f"<samlp:SessionIndex>{index}</samlp:SessionIndex></samlp:LogoutRequest>"
    )


def lives(site, browser) -> bool:
    return browser.get("/sessions").status == 200


def deliver(site, browser, service) -> object:
    payload = {"session": browser.session_id, "application": site.place.applications[service.name]}
    now = site.now()
    return site.room.handlers["session.ended.saml"](
        Delivery(1, "session.ended.saml", "", payload, 1, now, ""), now
    )


@pytest.fixture
def service(site, credential):
    return Service.connected(site, credential, logout=slo(words.REDIRECT, "https://sp.example/slo"))


@pytest.mark.parametrize("binding", ["redirect", "post", "soap"])
def test_a_service_ends_the_session_everywhere(site, service, anna, binding):
    browser = site.signed_in(anna)
    answer = sign_in(service, browser)
    document = logout_request(service, answer)
    assert lives(site, browser)
    if binding == "redirect":
        reply = browser.get(f"/saml/logout?{service.query(document, 'state', signed=True)}")
        assert reply.status == 303, reply.text[:2000]
        assert reply.location.startswith("https://sp.example/slo?SAMLResponse=")
        assert "RelayState=state" in reply.location
        assert "Signature=" in reply.location
    elif binding == "post":
        import base64

        encoded = base64.b64encode(service.signed(document).encode()).decode()
        reply = browser.post("/saml/logout", {"SAMLRequest": encoded})
        assert reply.location.startswith("https://sp.example/slo?SAMLResponse="), reply.text[:2000]
    else:
        from idp.saml.bindings import envelope
        from tests.support.browsing import HTTP

        body = envelope(service.signed(document))
        reply = HTTP.post(f"{site.issuer}/saml/logout", content=body, headers={"content-type": "text/xml"})
        assert reply.status_code == 200, reply.text
        assert b"status:Success" in reply.content
    assert not lives(site, browser)


def test_M13_unsigned_foreign_and_replayed_requests_do_nothing(site, service, anna, other_credential):
    browser = site.signed_in(anna)
    answer = sign_in(service, browser)
    document = logout_request(service, answer)
    stranger = Service.connected(site, other_credential)
    foreign = Service(site, other_credential, service.entity_id, service.name)
    other = Service.connected(site, service.credential)
    attempts = [
        service.query(document),
        foreign.query(document, signed=True),
        stranger.query(document, signed=True),
        service.query(logout_request(service, answer, Destination="https://elsewhere.example/"), signed=True),
        service.query(logout_request(service, answer, IssueInstant="2020-01-01T00:00:00Z"), signed=True),
        service.query(logout_request(service, answer, NotOnOrAfter="2020-01-01T00:00:00Z"), signed=True),
    ]
    for attempt in attempts:
        assert browser.get(f"/saml/logout?{attempt}").status == 400
        assert lives(site, browser)
    # Another service may not end what it does not take part in: the name is not its own.
    elsewhere = logout_request(other, answer)
    browser.get(f"/saml/logout?{other.query(elsewhere, signed=True)}")
    assert lives(site, browser)
    good = service.query(document, signed=True)
    assert browser.get(f"/saml/logout?{good}").status == 303
    again = site.signed_in(anna)
    sign_in(service, again)
    assert again.get(f"/saml/logout?{good}").status == 400
    assert lives(site, again)


def test_it_is_told_over_soap_and_the_outcome_is_kept(site, credential, anna):
    with receiving() as receiver:
        service = Service.connected(site, credential, logout=slo(words.SOAP_BINDING, receiver.url))
        receiver.service = service
        browser = site.signed_in(anna)
        answer = sign_in(service, browser)
        page = browser.submit(browser.get("/sign-out"))
        assert not lives(site, browser)
        # What the browser sees of it: being told, not reached, told.
        far = page.headers["refresh"].partition("url=")[2]
        waiting = browser.get(far)
        assert "being told" in waiting.text
        assert waiting.headers["refresh"].endswith(far)
        receiver.status = 500
        with pytest.raises(Unavailable):
            deliver(site, browser, service)
        missed = browser.get(far)
        assert "could not be reached" in missed.text
        assert service.name.title() in missed.text
        assert "refresh" not in missed.headers
        receiver.status, receiver.signs = 200, False
        with pytest.raises(Unavailable):
            deliver(site, browser, service)
        receiver.signs = True
        assert deliver(site, browser, service) is None
    told_of = browser.get(far)
    assert "These systems have signed you out" in told_of.text
    assert "could not be reached" not in told_of.text
    # Nobody else sees which systems somebody used, whatever they know of the session.
    stranger = Browser(site.issuer, site.address())
    assert service.name.title() not in stranger.get(far).text
    told = parse_own(receiver.requests[-1])
    assert told.findtext(".//saml:NameID", namespaces=NAMES) == answer.name_id
    assert told.findtext(".//samlp:SessionIndex", namespaces=NAMES)
    assert told.find(".//ds:SignatureValue", NAMES) is not None
    with site.place.database.read() as uow:
        (kept,) = Logouts(connection_of(uow)).of_session(browser.session_id)
    assert kept.outcome == "delivered"


def test_the_browser_goes_from_service_to_service(site, credential, anna):
    services = [
        Service.connected(site, credential, logout=slo(words.REDIRECT, f"https://sp{number}.example/slo"))
        for number in (1, 2)
    ]
    browser = site.signed_in(anna)
    for one in services:
        sign_in(one, browser)
    page = browser.submit(browser.get("/sign-out"))
    goes_on = page.headers["refresh"].partition("url=")[2]
    first = browser.get(goes_on)
    assert first.location.startswith("https://sp1.example/slo?SAMLRequest=")
    answered = _response(services[0], first)
    second = browser.get(
        f"/saml/logout?{services[0].query(answered, first.query['RelayState'], signed=True, parameter='SAMLResponse')}"
    )
    assert second.location.startswith("https://sp2.example/slo?SAMLRequest="), second.text[:2000]
    # The second does not come back: the person goes on by hand, and is told.
    last = browser.get(browser.get(goes_on).location)
    missed, _, told = last.text.partition("These systems have signed you out")
    assert "could not be reached" in missed
    assert services[1].name.title() in missed
    assert services[0].name.title() not in missed
    assert services[0].name.title() in told


def _response(service, asked) -> str:
    import base64
    import zlib

    request = parse_own(zlib.decompress(base64.b64decode(asked.query["SAMLRequest"]), wbits=-15))
    from idp.saml.errors import SUCCESS
    from idp.saml.responses import status_element

    return (
        f'<samlp:LogoutResponse xmlns:samlp="{words.SAMLP}" xmlns:saml="{words.SAML}" ID="_answer" Version="2.0"'
        f' IssueInstant="{written(service.site.now())}" Destination="{service.site.issuer}/saml/logout"'
        f' InResponseTo="{request.get("ID")}"><saml:Issuer>{service.entity_id}</saml:Issuer>'
        f"{status_element(SUCCESS)}</samlp:LogoutResponse>"
    )
