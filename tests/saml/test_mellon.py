"""Against mod_auth_mellon in Apache, as the demo has it: signed requests, encrypted or plain, logout by SOAP."""

import pytest

from deploy.demonstration.eservice import ATTRIBUTES, Eservice
from deploy.demonstration.processes import Children, answers_http
from deploy.demonstration.server_account import forget
from deploy.demonstration.state import State
from idp.domain.outbox import Delivery
from idp.saml.services import ServiceSettings
from tests.support.browsing import Browser, Forms
from tests.system.ekvik import free_block


@pytest.fixture(scope="module", params=["encrypted", "plain"])
def connected(request, served, tmp_path_factory):
    """The e-service, connected to the provider and served."""
    state = State(tmp_path_factory.mktemp("mellon") / "state").folder
    # An address each: a port that was let go is found again, and a name is connected once.
    host = "127.0.0.3" if request.param == "encrypted" else "127.0.0.4"
    service = Eservice(host, free_block(), served.issuer, encrypted=request.param == "encrypted")
    metadata = service.write_metadata(state).read_text()
    settings = ServiceSettings(attributes=ATTRIBUTES)
    name = served.connect(metadata, settings, name="eservice")
    log = state / "errors.log"
    with Children(state) as children:
        command = service.prepare(state, state, log, served.metadata(name))
        child = children.start("eservice", command, folder=state, environment=service.environment())
        children.wait_for(child, answers_http(service.host, service.port, "/signed-out"))
        yield service, name, log
    forget(state)


def inside(service, browser: Browser, site) -> str:
    """Follow everything until a page comes, as a browser does that sends forms at once."""
    there = Browser(service.origin)
    there.cookies = browser.__dict__.setdefault("there", {})
    reply = there.get(f"{service.origin}/")
    for _ in range(10):
        if reply.status in (302, 303):
            at_provider = reply.location.startswith((site.issuer, "/sign-in", "/saml"))
            reply = (browser if at_provider else there).get(reply.location)
        elif any("SAMLResponse" in form.fields for form in Forms.read(reply.text)):
            form = next(form for form in Forms.read(reply.text) if "SAMLResponse" in form.fields)
            reply = there.post(form.action, form.fields)
        else:
            break
    return reply.text


def test_it_lets_people_in_and_out(site, connected):
    service, name, log = connected
    anna = site.person("anna")
    browser = site.signed_in(anna)
    page = inside(service, browser, site)
    assert f"{anna.login}@ekvik.example" in page, f"{page[:3000]}\n{log.read_text()}"
    assert "mod_auth_mellon" in page
    # Signed out at Portvakt: the outbox tells it over SOAP.
    browser.submit(browser.get("/sign-out"))
    payload = {"session": browser.session_id, "application": site.place.applications[name]}
    now = site.now()
    site.room.handlers["session.ended.saml"](Delivery(1, "session.ended.saml", "", payload, 1, now, ""), now)
    assert f"{anna.login}@ekvik.example" not in inside(service, browser, site)


def test_it_signs_people_out_everywhere(site, connected):
    service, _, log = connected
    browser = site.signed_in(site.person("berit"))
    inside(service, browser, site)
    there = Browser(service.origin)
    there.cookies = browser.__dict__["there"]
    reply = there.get(f"{service.origin}/mellon/logout?ReturnTo=/signed-out")
    assert reply.location.startswith(f"{site.issuer}/saml/logout?SAMLRequest="), log.read_text()
    reply = browser.get(reply.location)
    assert reply.location.startswith(f"{service.origin}/mellon/logout?SAMLResponse="), reply.text[:2000]
    assert there.get(reply.location).location.endswith("/signed-out")
    assert browser.get("/sessions").status == 303
