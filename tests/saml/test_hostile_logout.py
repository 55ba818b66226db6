"""Hostile messages where sessions end, and wherever else a signed message is taken: refused, and nothing happens.

What is tried on AuthnRequests in `test_hostile.py`, on every other kind: LogoutRequests and LogoutResponses by
Redirect, POST and SOAP, and answers to our own SOAP requests. Metadata is in `test_metadata.py`.
"""

import base64
import re
import time
from urllib.parse import quote

import pytest
from lxml import etree

from idp.saml import vocabulary as words
from idp.saml.back_channel import wrong_with
from idp.saml.bindings import envelope
from idp.saml.errors import SUCCESS
from idp.saml.instants import written
from idp.saml.logout import NOBODY
from idp.saml.responses import status_element
from tests.saml.service import Service, deflated
from tests.saml.test_hostile import SECONDS, refused
from tests.saml.test_logout import lives, logout_request, sign_in, slo
from tests.saml.wrapping import SHAPES
from tests.support.browsing import HTTP, Browser, Reply

BINDINGS = ("post", "soap")
PLACES = ("logout-redirect", "logout-post", "logout-soap")
shapes = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)


@pytest.fixture
def service(site, credential):
    return Service.connected(site, credential, logout=slo(words.REDIRECT, "https://sp.example/slo"))


def by_soap(site, document: str | bytes) -> Reply:
    raw = document if isinstance(document, bytes) else document.encode()
    body = envelope("").replace(b"<soap:Body>", b"<soap:Body>" + raw)
    headers = {"content-type": "text/xml", "x-forwarded-for": site.address()}
    answer = HTTP.post(f"{site.issuer}/saml/logout", content=body, headers=headers, timeout=30)
    return Reply(answer.status_code, dict(answer.headers), answer.text)


def sent(site, document: str | bytes, binding: str, parameter: str = "SAMLRequest") -> Reply:
    if binding == "soap":
        return by_soap(site, document)
    raw = document if isinstance(document, bytes) else document.encode()
    form = {parameter: base64.b64encode(raw).decode()}
    return Browser(site.issuer, site.address()).post("/saml/logout", form)


def response(service, in_response_to: str, status=SUCCESS, identifier: str = "_answer") -> str:
    return (
        f'<samlp:LogoutResponse xmlns:samlp="{words.SAMLP}" xmlns:saml="{words.SAML}" ID="{identifier}"'
        f' Version="2.0" IssueInstant="{written(service.site.now())}"'
        f' Destination="{service.site.issuer}/saml/logout" InResponseTo="{in_response_to}">'
        f"<saml:Issuer>{service.entity_id}</saml:Issuer>{status_element(status)}</samlp:LogoutResponse>"
    )


@shapes
@pytest.mark.parametrize("binding", BINDINGS)
def test_M2_F57_no_wrapping_shape_ends_anybodys_session(site, service, anna, binding, shape):
    own, victims = site.signed_in(anna), site.signed_in(site.person("berit"))
    signed = service.signed(logout_request(service, sign_in(service, own)))
    evil = logout_request(service, sign_in(service, victims))
    reply = sent(site, etree.tostring(shape(signed, evil)), binding)
    assert reply.status == (500 if binding == "soap" else 400)
    assert lives(site, victims)
    assert lives(site, own)


@shapes
def test_M2_F57_no_wrapping_shape_answers_a_logout(site, service, shape):
    signed = service.signed(response(service, "_asked", NOBODY))
    evil = response(service, "_asked", identifier="_evil")
    refused(site, sent(site, etree.tostring(shape(signed, evil)), "post", "SAMLResponse"), "")


@shapes
def test_M2_F57_no_wrapping_shape_makes_a_refusal_over_soap_a_success(site, service, shape):
    held = service_of(site, service)
    signed = service.signed(response(service, "_asked", NOBODY))
    evil = response(service, "_asked", identifier="_evil")
    answer = envelope(etree.tostring(shape(signed, evil)).decode())
    assert wrong_with(200, answer, held, "_asked")
    assert wrong_with(200, envelope(service.signed(evil)), held, "_other") == "answered another request"
    assert wrong_with(200, envelope(service.signed(evil)), held, "_asked") == ""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "inside",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x"><x/>',
        "<x><!-- a comment --></x>",
        "<x><?an instruction?></x>",
        "<x><![CDATA[y]]></x>",
        "<x>&undefined;</x>",
        '<x xmlns:a="relative"/>',
        '<x ID="_1"><y ID="_1"/></x>',
        "<x><y></x>",
        "<x>" * 200 + "</x>" * 200,
        "<x " + " ".join(f'b{number}=""' for number in range(200)) + "/>",
    ],
    ids=[
        "entity",
        "dtd",
        "comment",
        "pi",
        "cdata",
        "undefined",
        "namespace",
        "two-ids",
        "torn",
        "deep",
        "wide",
    ],
)
def test_M3_M4_F60_F67_F68_odd_documents_are_refused_where_sessions_end(site, place, inside):
    if place == "logout-soap":
        reply = by_soap(site, inside)
        assert reply.status == 500
        assert "soap:Fault" in reply.text
    elif place == "logout-post":
        refused(site, sent(site, inside, "post"), "unreadable")
    else:
        query = f"SAMLRequest={quote(deflated(inside), safe='')}"
        refused(site, Browser(site.issuer, site.address()).get(f"/saml/logout?{query}"), "unreadable")


def test_M4_F68_bombs_and_floods_end_early_where_sessions_end(site):
    began = time.monotonic()
    bomb = deflated("<x>" + " " * 50_000_000 + "</x>")
    reply = Browser(site.issuer, site.address()).get(f"/saml/logout?SAMLRequest={quote(bomb, safe='')}")
    refused(site, reply, "unreadable")
    huge = HTTP.post(
        f"{site.issuer}/saml/logout",
        content=b"<x/>" * 2_500_000,
        headers={"content-type": "text/xml"},
        timeout=30,
    )
    assert huge.status_code in (413, 500)
    form = Browser(site.issuer, site.address()).post("/saml/logout", {"SAMLRequest": "A" * 10_000_000})
    assert form.status == 413
    assert time.monotonic() - began < SECONDS
    assert site.get("/saml/metadata").status == 200


@pytest.mark.parametrize("binding", BINDINGS)
def test_M13_M8_unsigned_foreign_weak_misdirected_and_replayed_messages_do_nothing(
    site, service, anna, other_credential, binding
):
    browser = site.signed_in(anna)
    answer = sign_in(service, browser)
    good = service.signed(logout_request(service, answer))
    attempts = {
        "unsigned": logout_request(service, answer),
        "foreign key": service.signed(logout_request(service, answer), other_credential),
        "hmac": good.replace(words.RSA_SHA256, f"{words.DS}hmac-sha1"),
        "sha-1": good.replace(words.RSA_SHA256, f"{words.DS}rsa-sha1"),
        "sha-1 digest": good.replace(
            f'{words.SHA256}"/><ds:DigestValue', f'{words.DS}sha1"/><ds:DigestValue'
        ),
        "elsewhere": service.signed(
            logout_request(service, answer, Destination="https://elsewhere.example/")
        ),
        "old": service.signed(logout_request(service, answer, IssueInstant="2020-01-01T00:00:00Z")),
        "expired": service.signed(logout_request(service, answer, NotOnOrAfter="2020-01-01T00:00:00Z")),
        "two signatures": re.sub("(?s)(<ds:Signature .*</ds:Signature>)", r"\1\1", good),
        "another message": service.signed(service.request()),
        "version": service.signed(logout_request(service, answer).replace('Version="2.0"', 'Version="1.1"')),
    }
    for name, document in attempts.items():
        reply = sent(site, document, binding)
        assert reply.status == (500 if binding == "soap" else 400), name
        assert lives(site, browser), name
    assert sent(site, good, binding).status in (200, 303)
    assert not lives(site, browser)
    again = site.signed_in(anna)
    sign_in(service, again)
    assert sent(site, good, binding).status == (500 if binding == "soap" else 400)
    assert lives(site, again)


@pytest.mark.parametrize(
    "changed",
    [
        ("RelayState=state", "RelayState=st%61te"),
        ("RelayState=state&", ""),
        ("RelayState=", "RelayState[]="),
        ("SAMLRequest=", "%53AMLRequest="),
        ("&Signature=", "&Signature=AAAA&Signature="),
        ("&SigAlg=", f"&SigAlg={quote(words.DS, safe='')}rsa-sha1&x="),
    ],
)
def test_M12_F70_odd_queries_end_no_session(site, service, anna, changed):
    browser = site.signed_in(anna)
    document = logout_request(service, sign_in(service, browser))
    good = service.query(document, "state", signed=True)
    assert browser.get(f"/saml/logout?{good.replace(*changed)}").status == 400
    assert lives(site, browser)


def service_of(site, service):
    with site.place.database.read() as uow:
        return site.provider.services.of_application(uow, site.place.applications[service.name])
