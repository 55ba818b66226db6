"""The administration's pages: a checked summary, a preview of a person, a sign-in on paper, warnings, keys."""

import pytest

from idp.domain import accounts
from idp.domain.errors import Unavailable
from idp.domain.roles import Grant, Role, application_scope
from idp.saml import vocabulary as words
from idp.saml.encryption import decrypt
from idp.saml.services import ServiceSettings
from idp.storage.catalogue import policy_to_json
from tests.saml.credentials import Credential
from tests.saml.service import NAMES, Service
from tests.saml.site import ANYONE
from tests.saml.test_logout import deliver, slo
from tests.support.browsing import Forms

PATH = "/administration/saml"


@pytest.fixture
def eva(site):
    """An administrator's browser."""
    account = site.person("eva")
    with site.place.database.write() as uow:
        accounts.give_role(uow, account.id, Role.ADMINISTRATOR, site.place.occasion())
    return site.signed_in(account)


def submit(browser, page, action: str, **answers: str):
    form = next(form for form in Forms.read(page.text) if form.action == action)
    return browser.post(action, {**form.fields, **answers})


def test_a_system_is_connected_from_pasted_metadata(site, eva, credential, anna):
    service = Service(site, credential, "https://pasted.example/saml")
    metadata = service.metadata(requested=("urn:oid:2.5.4.42", "urn:oid:1.2.752.29.4.13"))
    page = submit(eva, eva.get(f"{PATH}/connect"), f"{PATH}/check", metadata=metadata)
    for said in (
        "https://pasted.example/saml/acs",
        "givenName",
        "1.2.752.29.4.13",
        "no address for signing out",
    ):
        assert said in page.text, page.text
    taken = submit(eva, page, f"{PATH}/connect", name="Not Good", title="Pasted", reason="a test")
    assert taken.status == 422
    typed = {"name": "pasted", "title": "Pasted", "attributes": "requested"}
    assert "Give a reason" in submit(eva, page, f"{PATH}/connect", **typed).text
    done = submit(eva, page, f"{PATH}/connect", **typed, reason="bought in May", owner=anna.login)
    assert done.location == f"{PATH}/system/pasted", done.text
    again = submit(eva, page, f"{PATH}/connect", name="other", title="Other", reason="a test")
    assert "connected already" in again.text
    assert site.records("configuration.changed")[0][0] == "bought in May"
    service.name = "pasted"
    # Nobody comes in until the policy says who; its owner sees it, and no other.
    assert service.answer(service.ask(site.signed_in(anna))).codes == ["Responder", "RequestDenied"]
    assert site.signed_in(anna).get(f"{PATH}/system/pasted").status == 200
    with site.place.database.read() as uow:
        site.place.applications["pasted"] = uow.catalogue.application("pasted").id
    site.change_policy("pasted", {"policy": policy_to_json(ANYONE)})
    answer = service.answer(service.ask(site.signed_in(anna)))
    # Its metadata has a key, so what it is told is for it alone.
    assert answer.attributes == {}
    opened = decrypt(answer.root.find("saml:EncryptedAssertion", NAMES), [credential.key])
    told = [one.get("FriendlyName") for one in opened.iterfind(".//saml:Attribute", NAMES)]
    assert told == ["givenName"]


def test_what_cannot_be_used_is_said(site, eva, credential):
    page = eva.get(f"{PATH}/connect")
    for metadata in (
        "<!DOCTYPE x><x/>",
        "not xml",
        Service(site, credential, "https://x.example").metadata(acs="javascript:1"),
    ):
        refused = submit(eva, page, f"{PATH}/check", metadata=metadata)
        assert refused.status == 422
    unlisted = submit(
        eva, page, f"{PATH}/check", metadata_url="https://10.0.0.1/m", certificate=credential.certificate
    )
    assert unlisted.status == 422
    assert "could not be read" in unlisted.text


def test_a_preview_and_a_sign_in_on_paper_touch_nobody(site, eva, credential, anna):
    service = Service.connected(
        site, credential, settings=ServiceSettings(attributes=("mail", "displayName"), encrypt=False)
    )
    page = eva.get(f"{PATH}/system/{service.name}?login={anna.login}")
    assert f"{anna.login}@ekvik.example" in page.text
    tried = eva.get(f"{PATH}/system/{service.name}?try=yes")
    for said in (service.acs, "https://refeds.org/profile/mfa", "persistent", "Nothing was sent"):
        assert said in tried.text, tried.text
    assert site.records("assertion.issued") == []
    hidden = site.person("hidden", protection="marked")
    masked = eva.get(f"{PATH}/system/{service.name}?login={hidden.login}")
    assert f"{hidden.login}@ekvik.example" not in masked.text
    assert eva.get(f"{PATH}/system/nobody").status == 404


def test_certificates_warn_weeks_ahead(site, eva, tmp_path):
    soon = Credential.make(tmp_path, "RSA", days=40)
    service = Service.connected(site, soon)
    page = eva.get(PATH)
    assert service.name.title() in page.text
    assert "A certificate of its expires" in page.text


def test_keys_are_published_and_switched_on_the_page(site, eva, credential):
    service = Service.connected(site, credential)
    assert submit(eva, eva.get(PATH), f"{PATH}/publish").location == PATH
    page = eva.get(PATH)
    assert "published, signs for nobody" in page.text
    assert service.name in page.text


def test_nobody_else_comes_in(site, anna):
    browser = site.signed_in(anna)
    assert browser.get(PATH).status == 403
    assert browser.get(f"{PATH}/connect").status == 403


def test_sign_outs_that_a_system_did_not_take_are_on_its_page(site, eva, credential, anna):
    service = Service.connected(site, credential, logout=slo(words.SOAP_BINDING, "http://127.0.0.1:9/slo"))
    browser = site.signed_in(anna)
    service.answer(service.ask(browser))
    application = site.place.applications[service.name]
    page = f"/administration/systems/{application}"
    assert "did not take" not in eva.get(page).text
    browser.submit(browser.get("/sign-out"))
    with pytest.raises(Unavailable):
        deliver(site, browser, service)
    seen = eva.get(page).text
    assert "Sign-outs that it did not take" in seen
    assert "1 try" in seen


def test_metadata_and_attributes_are_changed_on_the_page(site, eva, credential, other_credential, anna):
    service = Service.connected(site, credential, signs=True)
    here = f"{PATH}/system/{service.name}"
    renewed = Service(site, other_credential, service.entity_id, service.name, signs=True)
    page = eva.get(here)
    for typed, said in (
        ({"attributes": "displayName noSuchThing", "reason": "x"}, "do not know"),
        ({"metadata": "<x/>", "reason": "x"}, "neither EntityDescriptor"),
        (
            {"metadata": Service(site, credential, "https://x.example").metadata(), "reason": "x"},
            "found none",
        ),
        ({"attributes": "displayName"}, "Give a reason"),
    ):
        refused = submit(eva, page, here, **typed)
        assert refused.status == 422
        assert said in refused.text, refused.text
    done = submit(
        eva, page, here, metadata=renewed.metadata(), attributes="displayName, mail", reason="new certificate"
    )
    assert done.location == here, done.text
    browser = site.signed_in(anna)
    assert service.ask(browser).status == 400
    assert set(renewed.answer(renewed.ask(browser)).attributes) == {"displayName", "mail"}


def test_an_owner_sees_his_own_system_and_no_other(site, credential, anna):
    own, other = Service.connected(site, credential), Service.connected(site, credential)
    grant = Grant(Role.SYSTEM_OWNER, application_scope(site.place.applications[own.name]))
    with site.place.database.write() as uow:
        assert uow.roles.add(anna.id, grant, "a test", "test", site.now())
    browser = site.signed_in(anna)
    page = browser.get(PATH)
    assert own.name.title() in page.text
    assert other.name.title() not in page.text
    assert "Publish a new" not in page.text
    assert browser.get(f"{PATH}/system/{own.name}").status == 200
    assert browser.get(f"{PATH}/system/{other.name}").status == 404
    assert browser.post(f"{PATH}/publish", {"algorithm": "RSA"}).status == 403
