"""Against python3-saml, in its strict mode: requests signed or not, assertions plain and encrypted."""

from urllib.parse import urlsplit

import pytest
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from idp.saml import vocabulary as words
from idp.saml.services import ServiceSettings
from tests.support.browsing import Forms


def request_to(url: str, **more: object) -> dict:
    parts = urlsplit(url)
    return {
        "https": "on",
        "http_host": parts.netloc,
        "script_name": parts.path,
        "get_data": {},
        "post_data": {},
    } | more


@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("cipher", ["", "aes256-gcm", "aes256-cbc"], ids=["plain", "gcm", "cbc"])
def test_it_signs_people_in(site, credential, signs, cipher):
    entity = f"https://{site.unique('python3')}.example/saml"
    settings = {
        "strict": True,
        "sp": {
            "entityId": entity,
            "assertionConsumerService": {"url": f"{entity}/acs", "binding": words.POST},
            "NameIDFormat": words.PERSISTENT,
            "x509cert": credential.certificate,
            "privateKey": credential.key_file.read_text(),
        },
        "security": {
            "authnRequestsSigned": signs,
            "wantMessagesSigned": True,
            "wantAssertionsSigned": True,
            "wantAssertionsEncrypted": bool(cipher),
            "signatureAlgorithm": words.RSA_SHA256,
            "digestAlgorithm": words.SHA256,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
        },
    }
    metadata = OneLogin_Saml2_Settings(settings, sp_validation_only=True).get_sp_metadata()
    text = metadata.decode() if isinstance(metadata, bytes) else metadata
    chosen = ServiceSettings(attributes=("mail",), encrypt=bool(cipher), data_encryption=cipher)
    name = site.connect(text, chosen, name="python3")
    published = OneLogin_Saml2_IdPMetadataParser.parse(site.metadata(name))
    settings |= {"idp": published["idp"]}
    auth = OneLogin_Saml2_Auth(request_to(f"{entity}/acs"), settings)
    anna = site.person("anna")
    reply = site.signed_in(anna).get(auth.login(return_to="back").removeprefix(site.issuer))
    form = next((one for one in Forms.read(reply.text) if "SAMLResponse" in one.fields), None)
    assert form is not None, reply.text[:2000]
    back = OneLogin_Saml2_Auth(request_to(f"{entity}/acs", post_data=form.fields), settings)
    back.process_response(request_id=auth.get_last_request_id())
    assert back.get_errors() == [], back.get_last_error_reason()
    assert back.is_authenticated()
    assert back.get_attributes()["urn:oid:0.9.2342.19200300.100.1.3"] == [f"{anna.login}@ekvik.example"]
    assert back.get_session_index()
