"""Hostile messages at the front door: each is refused with a page and a record, within bounds (M1 to M12)."""

import base64
import re
import time
import zlib
from datetime import timedelta
from urllib.parse import quote

import pytest
import xmlsec
from lxml import etree

from idp.saml import vocabulary as words
from idp.saml.documents import parse_own
from idp.saml.instants import written
from idp.saml.services import ServiceSettings
from tests.saml.service import Service, deflated
from tests.saml.wrapping import SHAPES
from tests.support.browsing import Browser

#: Far more than any takes on an idle machine; a bomb that opened would take minutes.
SECONDS = 10.0


@pytest.fixture
def signing(site, credential):
    return Service.connected(site, credential, signs=True)


@pytest.fixture
def plain(site, credential):
    return Service.connected(site, credential)


def posted(site, document: str | bytes, **fields: str):
    raw = document if isinstance(document, bytes) else document.encode()
    sent = {"SAMLRequest": base64.b64encode(raw).decode(), **fields}
    return Browser(site.issuer, site.address()).post("/saml/sso", sent)


def refused(site, reply, code: str) -> None:
    assert reply.status == 400, f"{reply.status} {reply.location} {reply.text[:2000]}"
    assert "SAMLResponse" not in reply.text
    reasons = [reason for reason, _ in site.records("request.refused")]
    assert any(reason.startswith(code) for reason in reasons), reasons


def test_a_signed_request_is_taken(site, signing, anna):
    browser = site.signed_in(anna)
    assert signing.answer(signing.ask(browser)).codes == ["Success"]
    assert signing.answer(signing.post(browser, signing.signed(signing.request()))).codes == ["Success"]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("demanded", [True, False], ids=["demanded", "not-demanded"])
def test_M2_F57_no_wrapping_shape_gets_in(site, signing, plain, shape, demanded):
    service = signing if demanded else plain
    signed = service.signed(service.request())
    evil = service.request(AssertionConsumerServiceURL=f"{service.acs}/seven", ID="_evil")
    refused(site, posted(site, etree.tostring(shape(signed, evil))), "")


def test_M2_a_second_signature_is_refused(site, signing):
    document = parse_own(signing.signed(signing.request()).encode())
    document.append(parse_own(etree.tostring(document[1])))
    refused(site, posted(site, etree.tostring(document)), "signature: several")


def test_M1_only_keys_of_metadata_verify(site, signing, other_credential):
    refused(
        site, posted(site, signing.signed(signing.request(), other_credential)), "signature: does_not_verify"
    )


def test_M8_F58_hmac_and_weak_algorithms_are_refused(site, signing):
    document = signing.signed(signing.request())
    root = parse_own(document.encode())
    method = root.find(f".//{{{words.DS}}}SignatureMethod")
    for algorithm in (f"{words.DS}hmac-sha1", f"{words.DS}rsa-sha1", f"{words.XENC}rsa-md5"):
        method.set("Algorithm", algorithm)
        refused(site, posted(site, etree.tostring(root)), "signature: algorithm")
    digest = document.replace(words.SHA256 + '"/><ds:DigestValue', f'{words.DS}sha1"/><ds:DigestValue')
    assert digest != document
    refused(site, posted(site, digest), "signature: algorithm")
    # Signed with SHA-1 all the way through, by the right key.
    weak = signing.request()
    root = parse_own(weak.encode())
    template = xmlsec.template.create(
        root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha1
    )
    root.insert(1, template)
    reference = xmlsec.template.add_reference(
        template, xmlsec.constants.TransformSha1, uri=f"#{root.get('ID')}"
    )
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = signing.credential.key
    context.sign(template)
    refused(site, posted(site, etree.tostring(root)), "signature")


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("<ds:DigestValue>", "<ds:DigestValue><!-- x -->"),
        ("<ds:SignatureValue>", "<ds:SignatureValue><!-- x -->"),
        ("</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo/>"),
        ("</ds:Reference>", '</ds:Reference><ds:Reference URI=""/>'),
        (
            "</ds:Transforms>",
            '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/></ds:Transforms>',
        ),
        (
            "</ds:Transforms>",
            '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/></ds:Transforms>',
        ),
        ("<ds:DigestMethod", "<ds:Object/><ds:DigestMethod"),
        ('URI="#', 'URI="#x'),
        ("</ds:Signature>", "<ds:Object/></ds:Signature>"),
    ],
    ids=["digest", "value", "two-infos", "two-references", "xslt", "xpath", "object", "uri", "object-after"],
)
def test_F61_signatures_of_another_shape_are_refused(site, signing, found, instead):
    document = signing.signed(signing.request())
    assert found in document
    refused(site, posted(site, document.replace(found, instead, 1)), "")


@pytest.mark.parametrize("value", ["<!-- x -->", "<?x y?>", "<![CDATA[x]]>", "&lt;!--"])
def test_M3_F62_nothing_hides_in_a_value(site, plain, value):
    document = plain.request().replace("</saml:Issuer>", f"{value}</saml:Issuer>")
    refused(site, posted(site, document), "un")


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]><x/>',
        "<x>&undefined;</x>",
        '<x xmlns="relative"/>',
        '<x xmlns:a="../b"/>',
        "<x><y></x>",
        "",
        "\x00",
        '<?xml version="1.0" encoding="UTF-16"?><x/>',
    ],
)
def test_M4_F60_F67_what_is_not_plain_xml_is_refused(site, document):
    refused(site, posted(site, document), "unreadable")


def test_M4_F68_bombs_and_floods_end_early(site, plain):
    began = time.monotonic()
    bomb = base64.b64encode(_deflate(b"<x>" + b" " * 50_000_000 + b"</x>")).decode()
    refused(
        site,
        Browser(site.issuer, site.address()).get(f"/saml/sso?SAMLRequest={quote(bomb, safe='')}"),
        "unreadable: ",
    )
    for flood in (
        b"<a>" * 9_000 + b"</a>" * 9_000,
        b"<a " + b"".join(b'b%d="" ' % number for number in range(5_000)) + b"/>",
        b"<a>" + b"<b/>" * 10_000 + b"</a>",
        b"<a>" * 200 + b"</a>" * 200,
    ):
        refused(site, posted(site, flood[:30_000]), "unreadable: ")
    reply = Browser(site.issuer, site.address()).post("/saml/sso", {"SAMLRequest": "A" * 10_000_000})
    assert reply.status == 413
    assert time.monotonic() - began < SECONDS
    assert site.get("/saml/metadata").status == 200


def _deflate(octets: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(octets) + packer.flush()


def test_M5_unsigned_half_signed_and_wrongly_bound_requests_are_refused(site, signing, other_credential):
    browser = Browser(site.issuer, site.address())
    document = signing.request()
    refused(site, posted(site, document), "not_signed")
    refused(site, browser.get(f"/saml/sso?{signing.query(document)}"), "not_signed")
    good = signing.query(signing.request(), "state", signed=True)
    without = re.sub("&Signature=[^&]*", "", good)
    refused(site, browser.get(f"/saml/sso?{without}"), "unreadable: half_signed")
    # The signature of another message, and one that was put inside although it travels by Redirect.
    other = signing.query(signing.request(), "state", signed=True)
    swapped = re.sub("Signature=[^&]*", re.search("Signature=[^&]*", other)[0], good)
    refused(site, browser.get(f"/saml/sso?{swapped}"), "signature: does_not_verify")
    again = Browser(site.issuer, site.address())
    inside = signing.query(signing.signed(signing.request()))
    refused(site, again.get(f"/saml/sso?{inside}"), "signature: signature_misplaced")
    # A signed message has to say where it goes.
    lost = signing.signed(signing.request(Destination=None))
    refused(site, posted(site, lost), "destination")


@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "signed"])
def test_M6_F69_the_address_is_in_metadata_letter_for_letter(site, signing, plain, anna, signs):
    service = signing if signs else plain
    browser = site.signed_in(anna)
    good = service.answer(service.ask(browser, AssertionConsumerServiceURL=f"{service.acs}/seven"))
    assert good.action == f"{service.acs}/seven"
    by_index = service.answer(service.ask(browser, AssertionConsumerServiceIndex="7"))
    assert by_index.action == f"{service.acs}/seven"
    for address in (
        f"{service.acs}/",
        service.acs.upper(),
        f"{service.acs}?x=1",
        "https://evil.example/acs",
        "javascript:alert(1)",
        f"{service.acs}/seven/../acs",
    ):
        refused(site, service.ask(browser, AssertionConsumerServiceURL=address), "assertion_consumer")
    refused(site, service.ask(browser, AssertionConsumerServiceIndex="3"), "assertion_consumer")


def test_M7_destination_age_version_issuer_and_replay(site, plain, anna):
    browser = site.signed_in(anna)
    now = site.now()
    refused(site, plain.ask(browser, Destination="https://elsewhere.example/saml/sso"), "destination")
    refused(site, plain.ask(browser, Version="1.1"), "version")
    for issued in (now - timedelta(minutes=4), now + timedelta(minutes=4)):
        refused(site, plain.ask(browser, IssueInstant=written(issued)), "too_old")
    stranger = Service(site, plain.credential, "https://unknown.example/saml")
    refused(site, stranger.ask(browser), "unknown_service")
    assert plain.answer(plain.ask(browser, ID="_once")).codes == ["Success"]
    refused(site, plain.ask(browser, ID="_once"), "replayed")
    # The same ID from another service is another request.
    other = Service.connected(site, plain.credential)
    assert other.answer(other.ask(browser, ID="_once")).codes == ["Success"]


def test_M7_of_two_at_once_one_counts(site, plain, anna):
    from concurrent.futures import ThreadPoolExecutor

    path = f"/saml/sso?{plain.query(plain.request(ID='_race'))}"
    browsers = [site.signed_in(anna) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda browser: browser.get(path), browsers))
    assert sorted(reply.status for reply in replies) == [200, 400, 400, 400, 400, 400]


def test_M11_relay_state_is_bounded_echoed_and_escaped(site, plain, anna):
    browser = site.signed_in(anna)
    markup = '"><script>alert(1)</script>'
    reply = plain.ask(browser, relay_state=markup)
    assert markup not in reply.text
    assert plain.answer(reply).relay_state == markup
    assert plain.answer(plain.ask(browser, relay_state="https://evil.example/")).action == plain.acs
    refused(site, plain.ask(browser, relay_state="å" * 41), "unreadable: relay_state")
    assert "script-src 'self'" in reply.headers["content-security-policy"]
    assert "unsafe" not in reply.headers["content-security-policy"]


def test_M12_F70_odd_queries_are_refused(site, signing, anna):
    browser = site.signed_in(anna)
    good = signing.query(signing.request(), "state", signed=True)
    message = deflated(signing.request())
    for query in (
        f"{good}&SAMLRequest={quote(message, safe='')}",
        f"SAMLRequest={quote(message, safe='')}&{good}",
        f"{good}&RelayState=other",
        f"{good}&Signature=AAAA",
        f"{good}&SigAlg={quote(words.RSA_SHA256, safe='')}",
        good.replace("RelayState=", "%52elayState="),
        good.replace("RelayState=", "relaystate="),
        good.replace("RelayState=", "RelayState[]="),
        good.replace("SAMLRequest=", "SAMLRequest"),
        f"{good}&SAMLResponse=AAAA",
        good.replace("RelayState=state", "RelayState=st%61te"),
        good.replace("RelayState=state&", ""),
    ):
        reply = browser.get(f"/saml/sso?{query}")
        assert reply.status == 400, query
    # The order is the sender's own matter: the signature is over the names in their order (bindings §3.4.4.1).
    parts = good.split("&")
    assert signing.answer(browser.get(f"/saml/sso?{'&'.join(reversed(parts))}")).codes == ["Success"]


def test_M8_what_goes_out_is_sha256_or_better(site, plain, anna):
    document = plain.answer(plain.ask(site.signed_in(anna))).document.decode()
    algorithms = set(re.findall(r'Algorithm="([^"]+)"', document))
    assert algorithms == {words.EXC_C14N, words.ENVELOPED, words.SHA256, words.RSA_SHA256}


def test_M8_the_peers_metadata_chooses_among_what_is_strong(site, credential, anna):
    browser = site.signed_in(anna)
    for declared, chosen in (
        ((f"{words.DS}rsa-sha1", words.ECDSA_SHA384), words.ECDSA_SHA384),
        ((words.RSA_SHA512, words.RSA_SHA256), words.RSA_SHA512),
        ((f"{words.DS}rsa-sha1",), words.RSA_SHA256),
    ):
        extra = "".join(
            f'<alg:SigningMethod xmlns:alg="{words.MDALG}" Algorithm="{one}"/>' for one in declared
        )
        service = Service.connected(site, credential, extra=extra)
        assert (
            f'<ds:SignatureMethod Algorithm="{chosen}"'
            in service.answer(service.ask(browser)).document.decode()
        )


def test_M9_responses_are_signed_and_assertions_where_asked(site, credential, anna):
    browser = site.signed_in(anna)
    asked = Service.connected(site, credential, wants_assertions_signed=True)
    by_policy = Service.connected(
        site, credential, settings=ServiceSettings(sign_assertions=True, encrypt=False)
    )
    neither = Service.connected(site, credential)
    for service, signatures in ((asked, 2), (by_policy, 2), (neither, 1)):
        answer = service.answer(service.ask(browser))
        assert answer.document.count(b"<ds:SignatureValue>") == signatures


def test_M4_odd_forms_are_refused(site, plain):
    browser = Browser(site.issuer, site.address())
    for fields in (
        {},
        {"SAMLRequest": "not base64!"},
        {"SAMLRequest": base64.b64encode(b"\xff\xfe<x/>").decode()},
        {"SAMLResponse": base64.b64encode(plain.request().encode()).decode()},
    ):
        reply = browser.post("/saml/sso", fields)
        assert reply.status == 400
