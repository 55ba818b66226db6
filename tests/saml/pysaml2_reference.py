"""pysaml2's own assembly of a response, for comparison: the same facts through `create_authn_response`."""

import warnings
from datetime import UTC, datetime, timedelta

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from saml2 import saml
    from saml2.config import IdPConfig
    from saml2.server import Server

from idp.saml import vocabulary as words
from idp.saml.documents import parse_own
from idp.saml.responses import Assertion, NameId, Response, Signature, write_response

ISSUER, SERVICE, ADDRESS = (
    "https://id.example/saml/metadata",
    "https://sp.example/saml",
    "https://sp.example/acs",
)
CONTEXT = "https://refeds.org/profile/mfa"
#: Times and random identifiers differ by their nature; KeyInfo and digests follow from them.
VARYING = {"ID", "IssueInstant", "NotBefore", "NotOnOrAfter", "SessionNotOnOrAfter", "SessionIndex", "URI"}


def said_by_pysaml2(credential, folder):
    """Return what our response and pysaml2's say, in a form that compares."""
    metadata = folder / "sp.xml"
    metadata.write_text(
        f'<md:EntityDescriptor xmlns:md="{words.MD}" entityID="{SERVICE}">'
        f'<md:SPSSODescriptor protocolSupportEnumeration="{words.SAMLP}">'
        f'<md:AssertionConsumerService index="0" Binding="{words.POST}" Location="{ADDRESS}"/>'
        "</md:SPSSODescriptor></md:EntityDescriptor>"
    )
    server = Server(
        config=IdPConfig().load(
            {
                "entityid": ISSUER,
                "xmlsec_binary": "/usr/bin/xmlsec1",
                "key_file": str(credential.key_file),
                "cert_file": str(credential.certificate_file),
                "metadata": {"local": [str(metadata)]},
                "service": {
                    "idp": {
                        "endpoints": {
                            "single_sign_on_service": [("https://id.example/saml/sso", words.REDIRECT)]
                        },
                        "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": words.URI_NAME}},
                    }
                },
            }
        )
    )
    now = datetime.now(UTC).replace(microsecond=0)
    text = server.create_authn_response(
        {"givenName": ["Åsa & <b>"]},
        "_q",
        ADDRESS,
        SERVICE,
        name_id=saml.NameID(
            format=words.PERSISTENT, text="somebody", name_qualifier=ISSUER, sp_name_qualifier=SERVICE
        ),
        authn={"class_ref": CONTEXT, "authn_instant": int(now.timestamp())},
        sign_response=True,
        sign_assertion=False,
        sign_alg=words.RSA_SHA256,
        digest_alg=words.SHA256,
    )
    ours = write_response(
        Response(
            id="_r",
            issuer=ISSUER,
            destination=ADDRESS,
            audience=SERVICE,
            in_response_to="_q",
            issued_at=now,
            assertion=Assertion(
                id="_a",
                name_id=NameId("somebody", words.PERSISTENT, ISSUER, SERVICE),
                context=CONTEXT,
                authenticated_at=now,
                session_index="s",
                session_ends=now + timedelta(hours=8),
                attributes={"urn:oid:2.5.4.42": ("Åsa & <b>",)},
            ),
        ),
        Signature(credential.key, credential.certificate, words.RSA_SHA256),
    )
    return said(ours.decode()), said(str(text))


def said(document: str) -> list[tuple[str, dict[str, str], str]]:
    """Each element outside signatures with its attributes and text, in the order of the document."""
    found = []
    for element in parse_own(document.encode()).iter():
        if any(words.DS in ancestor.tag for ancestor in (element, *element.iterancestors())):
            continue
        values = {name: value for name, value in element.attrib.items() if name not in VARYING}
        # What pysaml2 says besides, and readers do not need: formats that are the default, XML Schema types.
        for name in [one for one in values if "XMLSchema-instance" in one]:
            del values[name]
        if element.tag.endswith("Issuer"):
            values.pop("Format", None)
        found.append((element.tag, values, (element.text or "").strip()))
    return found
