"""Against pysaml2's service provider: each binding, signed requests or not, plain and encrypted assertions."""

import pytest

from idp.saml import vocabulary as words
from idp.saml.services import ServiceSettings
from tests.saml.pysaml2_service import PySaml2Service

_ATTRIBUTES = ("displayName", "mail", "eduPersonPrincipalName")


@pytest.mark.parametrize("binding", [words.REDIRECT, words.POST], ids=["redirect", "post"])
@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("cipher", ["", "aes256-gcm", "aes128-cbc"], ids=["plain", "gcm", "cbc"])
def test_it_signs_people_in(site, credential, tmp_path, binding, signs, cipher):
    settings = ServiceSettings(attributes=_ATTRIBUTES, encrypt=bool(cipher), data_encryption=cipher)
    service = PySaml2Service(site, credential, tmp_path, settings, signs=signs)
    anna = site.person("anna")
    response = service.sign_in(site.signed_in(anna), binding)
    assert response.ava["mail"] == [f"{anna.login}@ekvik.example"]
    assert response.ava["displayName"]
    assert response.name_id.format == words.PERSISTENT
    assert response.name_id.sp_name_qualifier == service.entity_id
    assert anna.login not in response.name_id.text
