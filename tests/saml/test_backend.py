"""The backend in this process beside pysaml2's stock one, which starts `xmlsec1`: both agree on every document."""

import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from lxml import etree

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from saml2.sigver import CryptoBackendXmlSec1, SigverError, pre_encryption_part

from idp.saml import vocabulary as words
from idp.saml.documents import parse_own
from idp.saml.pysaml2_backend import InProcessBackend
from idp.saml.responses import Assertion, NameId, Response, Signature, write_response
from idp.saml.signatures import template
from tests.saml.pysaml2_reference import said_by_pysaml2
from tests.saml.service import NAMES, utc_now
from tests.saml.wrapping import SHAPES

NODE = f"{words.SAMLP}:Response"
REQUEST = f"{words.SAMLP}:AuthnRequest"


@pytest.fixture
def ours(credential, other_credential):
    return InProcessBackend(
        {"key": credential.key_file.read_bytes()},
        {"certificate": credential.certificate, "other": other_credential.certificate},
    )


@pytest.fixture
def stock():
    return CryptoBackendXmlSec1("/usr/bin/xmlsec1")


def response(credential, algorithm=words.RSA_SHA256) -> bytes:
    now = utc_now()
    return write_response(
        Response(
            id="_r",
            issuer="https://id.example/saml/metadata",
            destination="https://sp.example/acs",
            audience="https://sp.example/saml",
            in_response_to="_q",
            issued_at=now,
            assertion=Assertion(
                id="_a",
                name_id=NameId("somebody", words.PERSISTENT),
                context="https://refeds.org/profile/mfa",
                authenticated_at=now,
                session_index="s",
                session_ends=now,
                attributes={"urn:oid:2.5.4.42": ("Åsa & <b>",)},
            ),
        ),
        Signature(credential.key, credential.certificate, algorithm),
    )


def verdict(backend, document: str, certificate: str, node: str = NODE) -> bool:
    try:
        return bool(backend.validate_signature(document, certificate, "pem", node, None))
    except SigverError:
        return False


def unsigned(identifier: str, credential) -> str:
    inside = template(identifier, words.RSA_SHA256, credential.certificate)
    return (
        f'<samlp:AuthnRequest xmlns:samlp="{words.SAMLP}" xmlns:saml="{words.SAML}" ID="{identifier}" Version="2.0">'
        f"<saml:Issuer>https://sp.example</saml:Issuer>{inside}</samlp:AuthnRequest>"
    )


def test_each_verifies_what_the_other_signed(ours, stock, credential):
    document = unsigned("_1", credential)
    by_us = ours.sign_statement(document, REQUEST, "key", "_1")
    by_stock = stock.sign_statement(document, REQUEST, str(credential.key_file), "_1")
    assert etree.tostring(parse_own(by_us.encode()), method="c14n") == etree.tostring(
        parse_own(by_stock.encode()), method="c14n"
    )
    for signed in (by_us, by_stock):
        assert verdict(ours, signed, "certificate", REQUEST)
        assert verdict(stock, signed, str(credential.certificate_file), REQUEST)


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("", ""),
        ("somebody", "else"),
        ("https://sp.example/acs", "https://evil.example/acs"),
        ("rsa-sha256", "rsa-sha512"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
        ("<ds:DigestValue>", "<ds:DigestValue>AAAA"),
        ('URI="#_r"', 'URI="#_a"'),
        ('ID="_r"', 'ID="_x"'),
        ("&amp;", "and"),
    ],
)
def test_both_agree_on_documents_good_and_altered(ours, stock, credential, found, instead):
    text = response(credential).decode()
    assert found in text
    document = text.replace(found, instead, 1) if found else text
    expected = not found
    assert verdict(ours, document, "certificate") is expected
    assert verdict(stock, document, str(credential.certificate_file)) is expected


def test_both_refuse_another_key(ours, stock, credential, other_credential):
    document = response(credential).decode()
    assert not verdict(ours, document, "other")
    assert not verdict(stock, document, str(other_credential.certificate_file))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_F57_ours_takes_no_wrapping_shape_whatever_the_stock_one_does(ours, credential, shape):
    signed = ours.sign_statement(unsigned("_1", credential), REQUEST, "key", "_1")
    wrapped = etree.tostring(shape(signed, unsigned("_evil", credential))).decode()
    assert not verdict(ours, wrapped, "certificate", REQUEST)


HOSTILE = {
    "hmac": ("rsa-sha256", "hmac-sha256"),
    "no transforms": (f'<ds:Transform Algorithm="{words.ENVELOPED}"/>', ""),
    "whole document": ('URI="#_r"', 'URI=""'),
    "nothing signed": ('URI="#_r"', 'URI="#nothing"'),
    "two references": ("</ds:Reference>", '</ds:Reference><ds:Reference URI="#_a"/>'),
    "text after": ("</samlp:Response>", "<saml:Assertion/></samlp:Response>"),
    "duplicate id": ('ID="_a"', 'ID="_r"'),
    "torn": ("</samlp:Response>", ""),
}


@pytest.mark.parametrize("bent", HOSTILE.values(), ids=HOSTILE)
def test_both_refuse_what_is_hostile(ours, stock, credential, bent):
    text = response(credential).decode()
    assert bent[0] in text
    document = text.replace(*bent, 1)
    assert not verdict(ours, document, "certificate")
    assert not verdict(stock, document, str(credential.certificate_file))


def test_M4_a_document_type_is_refused_although_the_stock_one_takes_it(ours, credential):
    document = '<!DOCTYPE x [<!ENTITY a "b">]>' + response(credential).decode()
    assert not verdict(ours, document, "certificate")


def test_M1_both_leave_the_documents_own_keys_alone(ours, stock, credential, other_credential):
    document = response(credential).decode().replace(credential.certificate, other_credential.certificate)
    assert verdict(ours, document, "certificate")
    assert verdict(stock, document, str(credential.certificate_file))
    assert not verdict(ours, document, "other")
    assert not verdict(stock, document, str(other_credential.certificate_file))


@given(data=some.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_M15_ours_never_takes_what_the_stock_one_refuses(ours, stock, credential, data):
    """Any bytes of a signed document replaced by any others: the stock one may be laxer, never we."""
    document = bytearray(response(credential))
    at = data.draw(some.integers(0, len(document) - 1))
    document[at : at + data.draw(some.integers(0, 3))] = data.draw(some.binary(max_size=3))
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        return
    if verdict(ours, text, "certificate"):
        assert verdict(stock, text, str(credential.certificate_file))


@pytest.mark.parametrize("kind", ["aes-128", "aes-256"])
def test_each_opens_what_the_other_encrypted(ours, stock, credential, kind):
    plain = response(credential)
    root = parse_own(plain)
    assertion = root.find("saml:Assertion", NAMES)
    holder = etree.SubElement(root, f"{{{words.SAML}}}EncryptedAssertion")
    root.replace(assertion, holder)
    holder.append(assertion)
    document = etree.tostring(root).decode()
    by_us = ours.encrypt_assertion(document, "certificate", "", kind)
    algorithm = {"aes-128": words.AES128_CBC, "aes-256": words.AES256_CBC}[kind]
    part = pre_encryption_part(msg_enc=algorithm, key_enc=words.RSA_OAEP)
    by_stock = stock.encrypt_assertion(
        document,
        str(credential.certificate_file),
        part,
        kind,
        node_xpath="/*[local-name()='Response']/*[local-name()='EncryptedAssertion']/*[local-name()='Assertion']",
    )
    for encrypted in (by_us, by_stock):
        assert "somebody" not in encrypted
        for opened in (ours.decrypt(encrypted, "key"), stock.decrypt(encrypted, str(credential.key_file))):
            assert parse_own(opened.encode()).find(".//saml:NameID", NAMES).text == "somebody"


def test_M8_key_transport_with_padding_of_1998_is_not_opened(ours, stock, credential):
    document = (
        f'<samlp:Response xmlns:samlp="{words.SAMLP}" xmlns:saml="{words.SAML}"><saml:EncryptedAssertion>'
        "<saml:Assertion><saml:Subject>somebody</saml:Subject></saml:Assertion>"
        "</saml:EncryptedAssertion></samlp:Response>"
    )
    part = pre_encryption_part(msg_enc=words.AES128_CBC, key_enc=f"{words.XENC}rsa-1_5")
    encrypted = stock.encrypt_assertion(
        document,
        str(credential.certificate_file),
        part,
        "aes-128",
        node_xpath="/*[local-name()='Response']/*[local-name()='EncryptedAssertion']/*[local-name()='Assertion']",
    )
    with pytest.raises(SigverError):
        ours.decrypt(encrypted, "key")


def test_M15_F66_a_missing_or_broken_key_is_a_refusal(ours, credential):
    document = response(credential).decode()
    for name in ("nobody", ""):
        assert not verdict(ours, document, name)
        with pytest.raises(SigverError):
            ours.sign_statement(unsigned("_1", credential), REQUEST, name, "_1")
        with pytest.raises(SigverError):
            ours.decrypt(document, name)
    assert not verdict(ours, "<not xml", "certificate")
    assert not verdict(ours, "", "certificate")


def test_what_we_write_says_what_pysaml2_would_say(credential, tmp_path):
    """Our assembly and pysaml2's `create_authn_response`, of the same facts: the same elements and values."""
    ours, theirs = said_by_pysaml2(credential, tmp_path)
    assert ours == theirs
    assert len(ours) > 15


def test_ecdsa_is_signed_and_verified(ec_credential):
    document = response(ec_credential, words.ECDSA_SHA256).decode()
    backend = InProcessBackend({}, {"certificate": ec_credential.certificate})
    assert verdict(backend, document, "certificate")
    assert verdict(CryptoBackendXmlSec1("/usr/bin/xmlsec1"), document, str(ec_credential.certificate_file))
