"""Metadata: what services publish, read strictly; what is fetched, with its signature pinned; and our own."""

from datetime import timedelta

import pytest
from lxml import etree

from idp.saml import vocabulary as words
from idp.saml.documents import parse_own
from idp.saml.metadata.reading import UnusableMetadata, read_service
from idp.saml.metadata.refresh import checked
from idp.saml.services import ServiceSettings
from idp.saml.signatures import VerifyingKey, sign, template, verify
from idp.saml.store.services import read_stored
from tests.saml.credentials import Credential
from tests.saml.service import NAMES, Service
from tests.saml.wrapping import SHAPES


def signed(document: str, credential: Credential, identifier: str = "_m") -> bytes:
    root = parse_own(document.encode())
    root.set("ID", identifier)
    inside = template(identifier, words.RSA_SHA256, credential.certificate)
    root.insert(0, parse_own(inside.encode()))
    sign(root, credential.key)
    return etree.tostring(root)


@pytest.fixture
def service(site, credential):
    return Service(site, credential, "https://sp.example/saml")


def test_what_it_says_is_read(service):
    document = service.metadata(
        requested=("urn:oid:2.5.4.42",), methods=(words.AES256_GCM,), wants_assertions_signed=True
    )
    read = read_service(f"<!-- ours -->{document}".encode())
    assert read.entity_id == "https://sp.example/saml"
    assert [one.location for one in read.consumers] == [service.acs, f"{service.acs}/seven"]
    assert read.wants_assertions_signed
    assert [one.name for one in read.requested] == ["urn:oid:2.5.4.42"]
    assert read.encryption[0].algorithms == (words.AES256_GCM,)
    assert len(read.verifying) == 1


@pytest.mark.parametrize(
    ("bent", "words_said"),
    [
        ({"acs": "javascript:alert(1)"}, "https"),
        ({"acs": "data:text/html,x"}, "https"),
        ({"acs": "http://sp.example/acs"}, "https"),
        ({"acs": "https://user@sp.example/acs"}, "https"),
    ],
)
def test_F69_addresses_that_would_run_or_leak_are_refused(service, bent, words_said):
    with pytest.raises(UnusableMetadata, match=words_said):
        read_service(service.metadata(**bent).encode())


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        "<x/>",
        "not xml",
        f'<md:EntityDescriptor xmlns:md="{words.MD}" entityID="x"/>',
        "<a>" * 300 + "</a>" * 300,
    ],
)
def test_F67_what_is_no_metadata_is_refused(document):
    with pytest.raises(UnusableMetadata):
        read_service(document.encode())


def test_weak_keys_do_not_verify(site, tmp_path):
    weak = Credential.make(tmp_path, "RSA", bits=1024)
    with pytest.raises(UnusableMetadata, match="no key"):
        read_service(Service(site, weak, "https://sp.example/saml", signs=True).metadata().encode())


def test_expired_and_foreign_certificates_are_as_good_as_others(site, tmp_path, anna):
    expired = Credential.make(tmp_path, "RSA", days=-30)
    service = Service.connected(site, expired, signs=True)
    assert service.answer(service.ask(site.signed_in(anna))).codes == ["Success"]


def test_M1_the_pinned_signature_counts_and_no_other(service, credential, other_credential):
    document = service.metadata()
    assert not checked(signed(document, credential), credential.certificate, "").problem
    assert checked(signed(document, other_credential), credential.certificate, "").problem
    assert checked(document.encode(), credential.certificate, "").problem
    altered = signed(document, credential).replace(b"/acs", b"/evil")
    assert checked(altered, credential.certificate, "").problem


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_F57_metadata_is_not_wrapped(service, credential, shape):
    good = signed(service.metadata(), credential).decode()
    evil = service.metadata(acs="https://evil.example/acs").replace(" entityID", ' ID="_e" entityID', 1)
    found = checked(etree.tostring(shape(good, evil)), credential.certificate, "")
    assert found.problem
    assert "evil" not in found.metadata


def test_one_of_an_aggregate_is_kept_with_the_aggregates_end(site, service, credential):
    until = site.now() + timedelta(days=2)
    other = Service(site, credential, "https://other.example/saml")
    aggregate = (
        f'<md:EntitiesDescriptor xmlns:md="{words.MD}" validUntil="{until:%Y-%m-%dT%H:%M:%SZ}">'
        f"{other.metadata()}{service.metadata()}</md:EntitiesDescriptor>"
    )
    found = checked(signed(aggregate, credential), credential.certificate, service.entity_id)
    assert not found.problem
    read = read_service(found.metadata.encode())
    assert read.entity_id == service.entity_id
    assert read.valid_until == until.replace(microsecond=0)


class Address:
    """What an address answers, and how often it was asked."""

    def __init__(self) -> None:
        self.body, self.status, self.asked = b"", 200, 0

    def get(self, _url: str, _most: int) -> "Address":
        self.asked += 1
        return self


def test_a_job_fetches_and_what_was_good_is_served_until_it_expires(site, credential, anna):
    from idp.saml.engine import start
    from idp.saml.metadata.refresh import refresh_due

    service = Service.connected(site, credential)
    settings = ServiceSettings(
        metadata_url="https://fed.example/m", metadata_certificate=credential.certificate, encrypt=False
    )
    site.reconnect(service.name, service.metadata(), settings)
    place, address = site.place, Address()
    from tests.saml.site import ABOUT

    provider = start(site.kit, place.sealer, site.outgoing, ABOUT, place.occasion()).provider
    until = site.now() + timedelta(hours=3)
    address.body = signed(service.metadata(valid_until=until, requested=("urn:oid:2.5.4.4",)), credential)

    def stored():
        with place.database.read() as uow:
            return read_stored(uow, place.applications[service.name])

    now = site.now()
    assert refresh_due(provider, address, now) >= 1
    assert "urn:oid:2.5.4.4" in stored().metadata
    asked = address.asked
    refresh_due(provider, address, now + timedelta(minutes=30))
    assert address.asked == asked
    address.body = service.metadata(acs="https://evil.example/acs").encode()
    refresh_due(provider, address, now + timedelta(hours=2))
    assert "evil" not in stored().metadata
    assert "signature" in stored().problem
    browser = site.signed_in(anna)
    assert service.answer(service.ask(browser)).codes == ["Success"]
    site.moved = timedelta(hours=4)
    reply = service.ask(site.signed_in(anna))
    assert reply.status == 400
    assert "too old" in reply.text


def test_ours_is_signed_and_says_who_we_are(site, credential):
    service = Service.connected(site, credential)
    for name in ("", service.name):
        root = parse_own(site.metadata(name).encode())
        certificate = root.findtext(".//md:IDPSSODescriptor//ds:X509Certificate", namespaces=NAMES)
        signing = root.findtext("./ds:Signature//ds:X509Certificate", namespaces=NAMES)
        assert signing == certificate
        covered = parse_own(verify(root, [VerifyingKey.of(certificate)]))
        assert covered.get("entityID") == f"{site.issuer}/saml/metadata"
        assert covered.get("validUntil")
        text = etree.tostring(covered).decode()
        for said in (
            "Ekvik municipality", "mailto:it@ekvik.example", "2120001234", "entity-category-support",
            "https://ekvik.example/logo.svg", "https://ekvik.example/privacy", "uncertified-loa3",
        ):  # fmt: skip
            assert said in text, said
        assert {one.get("Binding") for one in covered.iterfind(".//md:SingleSignOnService", NAMES)} == {
            words.REDIRECT,
            words.POST,
        }
    assert site.get("/saml/metadata/nobody").status == 404
