"""What a response says of whom: contexts both ways, name identifiers, attributes, protection, what is kept of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance, Method
from idp.domain.errors import ConfigurationError
from idp.saml import vocabulary as words
from idp.saml.about import About
from idp.saml.contexts import MOBILE_TWO_FACTOR as MOBILE
from idp.saml.contexts import PASSWORD_PROTECTED, REFEDS_MFA, REFEDS_SFA, TIME_SYNC_TOKEN, Level
from idp.saml.contexts import PHISHING_RESISTANT as PHR
from idp.saml.services import ServiceSettings
from idp.saml.tables import name_ids
from tests.saml.service import Service, journey_of, later
from tests.saml.site import APPROVED, DECLARED

SMARTCARD = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"


def asking(*classes: str, comparison: str = "") -> str:
    how = f' Comparison="{comparison}"' if comparison else ""
    inside = "".join(f"<saml:AuthnContextClassRef>{one}</saml:AuthnContextClassRef>" for one in classes)
    return f"<samlp:RequestedAuthnContext{how}>{inside}</samlp:RequestedAuthnContext>"


def format_policy(name: str) -> str:
    return f'<samlp:NameIDPolicy Format="{name}" AllowCreate="true"/>'


@pytest.fixture
def service(site, credential):
    return Service.connected(site, credential)


ONE, TWO = (Method.PASSWORD,), (Method.PASSWORD, Method.TOTP)
KEY, SENT = (Method.PASSKEY,), (Method.PASSWORD, Method.TEXT_MESSAGE)


@pytest.mark.parametrize(
    ("methods", "classes", "comparison", "said"),
    [
        (ONE, (), "", PASSWORD_PROTECTED),
        (TWO, (), "", REFEDS_MFA),
        (TWO, (REFEDS_SFA,), "", REFEDS_SFA),
        (TWO, (PASSWORD_PROTECTED, REFEDS_MFA), "exact", PASSWORD_PROTECTED),
        (TWO, (TIME_SYNC_TOKEN,), "exact", TIME_SYNC_TOKEN),
        (ONE, (PASSWORD_PROTECTED,), "minimum", PASSWORD_PROTECTED),
        (TWO, (PASSWORD_PROTECTED,), "minimum", REFEDS_MFA),
        (TWO, (PASSWORD_PROTECTED,), "better", REFEDS_MFA),
        (TWO, (PASSWORD_PROTECTED,), "maximum", PASSWORD_PROTECTED),
        (TWO, (SMARTCARD, REFEDS_MFA), "exact", REFEDS_MFA),
        (KEY, (), "", REFEDS_MFA),
        (KEY, (REFEDS_MFA,), "exact", REFEDS_MFA),
        (KEY, (PHR,), "exact", PHR),
        (KEY, (REFEDS_MFA,), "better", PHR),
        (KEY, (REFEDS_MFA,), "minimum", REFEDS_MFA),
        (SENT, (), "", MOBILE),
        (SENT, (MOBILE,), "exact", MOBILE),
        (SENT, (PASSWORD_PROTECTED,), "better", MOBILE),
        (SENT, (PASSWORD_PROTECTED,), "exact", PASSWORD_PROTECTED),
    ],
)
def test_the_context_is_one_that_was_asked_for_and_proved(
    site, service, anna, methods, classes, comparison, said
):
    inner = asking(*classes, comparison=comparison) if classes else ""
    assert service.answer(service.ask(site.signed_in(anna, *methods), inner)).context == said


@pytest.mark.parametrize(
    ("classes", "comparison"),
    [((SMARTCARD,), "exact"), ((SMARTCARD,), "minimum"), ((PHR,), "better"), ((APPROVED,), "exact")],
)
def test_a_context_that_cannot_be_met_is_an_error(site, service, anna, classes, comparison):
    answer = service.answer(service.ask(site.signed_in(anna), asking(*classes, comparison=comparison)))
    assert answer.codes == ["Requester", "NoAuthnContext"]
    assert not answer.name_id


@pytest.mark.parametrize(
    ("methods", "wanted", "comparison"),
    [
        (ONE, REFEDS_MFA, "exact"),
        (TWO, PHR, "exact"),
        (TWO, REFEDS_MFA, "better"),
        (SENT, REFEDS_MFA, "exact"),
        (SENT, REFEDS_MFA, "minimum"),
        (SENT, TIME_SYNC_TOKEN, "exact"),
        (SENT, DECLARED, "exact"),
        (KEY, TIME_SYNC_TOKEN, "exact"),
        (KEY, PASSWORD_PROTECTED, "exact"),
        (ONE, MOBILE, "exact"),
    ],
)
def test_more_or_other_proof_is_asked_for_where_it_is_missing(site, service, methods, wanted, comparison):
    somebody = site.person("elin", member_of=("identified",))
    assert journey_of(service.ask(site.signed_in(somebody, *methods), asking(wanted, comparison=comparison)))


def test_an_apps_code_is_never_said_to_be_one_that_came_by_telephone(site, service, anna):
    answer = service.answer(service.ask(site.signed_in(anna, *TWO), asking(MOBILE)))
    assert answer.codes == ["Requester", "NoAuthnContext"]


def test_a_silent_request_is_answered_without_a_page(site, service, anna):
    passive = service.answer(service.ask(site.signed_in(anna, *ONE), asking(REFEDS_MFA), IsPassive="true"))
    assert passive.codes == ["Responder", "NoPassive"]
    from tests.support.browsing import Browser

    nobody = Browser(site.issuer, site.address())
    assert service.answer(service.ask(nobody, IsPassive="true")).codes == ["Responder", "NoPassive"]
    assert service.answer(service.ask(site.signed_in(anna), IsPassive="true")).codes == ["Success"]


def test_force_asks_again_and_an_old_session_is_not_enough(site, service, anna, credential):
    browser = site.signed_in(anna)
    assert journey_of(service.ask(browser, ForceAuthn="true"))
    short = Service.connected(
        site,
        credential,
        policy=Policy(
            audience=Audience(everyone=True),
            assurance=Assurance.ONE_FACTOR,
            session_lifetime=timedelta(minutes=60),
        ),
    )
    assert short.answer(short.ask(browser)).codes == ["Success"]
    later(site, minutes=61)
    assert journey_of(short.ask(browser))
    assert service.answer(service.ask(browser)).codes == ["Success"]


def test_who_may_not_come_in_is_told_why_and_the_service_too(site, credential, anna):
    closed = Service.connected(
        site, credential, policy=Policy(audience=Audience(), assurance=Assurance.ONE_FACTOR)
    )
    reply = closed.ask(site.signed_in(anna))
    assert reply.status == 403
    assert closed.answer(reply).codes == ["Responder", "RequestDenied"]


def test_levels_need_an_approval_and_a_person_who_was_identified(site, service):
    with pytest.raises(ConfigurationError, match="approval"):
        About(levels=(Level(APPROVED),))
    with pytest.raises(ConfigurationError, match="eIDAS"):
        About(levels=(Level("http://id.elegnamnden.se/loa/1.0/eidas-sub", "x"),))
    identified = site.person("carl", member_of=("identified",))
    stranger = site.person("dora")
    inner = asking(DECLARED)
    assert service.answer(service.ask(site.signed_in(identified), inner)).context == DECLARED
    refused = service.answer(service.ask(site.signed_in(stranger), inner))
    assert refused.codes == ["Requester", "NoAuthnContext"]
    assert journey_of(service.ask(site.signed_in(identified, *ONE), inner))


def test_eduperson_assurance_says_how_somebody_was_identified(site, credential):
    service = Service.connected(
        site, credential, settings=ServiceSettings(attributes=("eduPersonAssurance",), encrypt=False)
    )
    identified = site.person("carl", member_of=("identified",))
    answer = service.answer(service.ask(site.signed_in(identified)))
    assert answer.attributes == {"eduPersonAssurance": ["http://www.swamid.se/policy/assurance/al2"]}
    assert answer.context == DECLARED
    assert service.answer(service.ask(site.signed_in(site.person("dora")))).attributes == {}


def test_M14_a_persistent_name_is_pairwise_opaque_and_stays(site, service, credential, anna):
    other = Service.connected(site, credential)
    berit = site.person("berit")
    first = service.answer(service.ask(site.signed_in(anna))).name_id
    again = service.answer(service.ask(site.signed_in(anna))).name_id
    assert first == again
    names = {
        first,
        other.answer(other.ask(site.signed_in(anna))).name_id,
        service.answer(service.ask(site.signed_in(berit))).name_id,
        other.answer(other.ask(site.signed_in(berit))).name_id,
    }
    assert len(names) == 4
    for name in names:
        assert anna.login not in name
        assert anna.id not in name
    # A new login, and new metadata of the same service, change nothing.
    site.reconnect(
        service.name, service.metadata(requested=("urn:oid:2.5.4.42",)), ServiceSettings(encrypt=False)
    )
    assert service.answer(service.ask(site.signed_in(anna))).name_id == first
    with site.place.database.read() as uow:
        rows = uow.connection.execute(select(name_ids.c.value).where(name_ids.c.account_id == anna.id)).all()
    assert len({row.value for row in rows}) == len(rows) == 2


def test_name_identifiers_by_format(site, service, credential, anna):
    browser = site.signed_in(anna)
    transient = service.answer(service.ask(browser, format_policy(words.TRANSIENT)))
    assert transient.get(".//saml:NameID", "Format") == words.TRANSIENT
    assert service.answer(service.ask(browser, format_policy(words.TRANSIENT))).name_id == transient.name_id
    elsewhere = service.answer(service.ask(site.signed_in(anna), format_policy(words.TRANSIENT)))
    assert elsewhere.name_id != transient.name_id
    refused = service.answer(service.ask(browser, format_policy(words.EMAIL_ADDRESS)))
    assert refused.codes == ["Requester", "InvalidNameIDPolicy"]
    named = Service.connected(
        site, credential, settings=ServiceSettings(name_id_format="email", encrypt=False)
    )
    by_mail = named.answer(named.ask(browser, format_policy(words.EMAIL_ADDRESS)))
    assert by_mail.name_id == f"{anna.login}@ekvik.example"
    loose = Service.connected(
        site, credential, settings=ServiceSettings(name_id_format="unspecified", encrypt=False)
    )
    assert loose.answer(loose.ask(browser)).get(".//saml:NameID", "Format") == words.UNSPECIFIED


def test_a_request_may_name_the_person(site, service, anna):
    browser = site.signed_in(anna)
    name = service.answer(service.ask(browser)).name_id
    subject = f'<saml:Subject><saml:NameID Format="{words.PERSISTENT}">{name}</saml:NameID></saml:Subject>'
    assert service.answer(service.ask(browser, subject)).name_id == name
    berit = site.signed_in(site.person("berit"))
    assert service.answer(service.ask(berit, subject, IsPassive="true")).codes == [
        "Responder",
        "UnknownPrincipal",
    ]
    unknown = subject.replace(name, "nobody")
    assert service.answer(service.ask(browser, unknown)).codes == ["Responder", "UnknownPrincipal"]


EVERYTHING = (
    "displayName", "givenName", "sn", "mail", "uid", "eduPersonPrincipalName", "eduPersonScopedAffiliation",
    "subject-id", "pairwise-id", "orgAffiliation", "isMemberOf", "schacHomeOrganization", "employeeNumber",
)  # fmt: skip


def test_attributes_as_the_administrator_lists_them(site, credential):
    service = Service.connected(
        site, credential, settings=ServiceSettings(attributes=EVERYTHING, encrypt=False)
    )
    anna = site.person("anna", employee_number="4711")
    told = service.answer(service.ask(site.signed_in(anna))).attributes
    assert told["mail"] == [f"{anna.login}@ekvik.example"]
    assert told["uid"] == [anna.login]
    assert told["orgAffiliation"] == ["4711@2120001234"]
    assert told["isMemberOf"] == ["social"]
    assert told["schacHomeOrganization"] == ["ekvik.example"]
    public = told["eduPersonPrincipalName"][0]
    assert public.endswith("@ekvik.example")
    assert anna.login not in public
    assert told["subject-id"] == [public]
    assert told["pairwise-id"] != [public]
    # The same again, for ever; and another person's is another.
    again = service.answer(service.ask(site.signed_in(anna))).attributes
    assert again == told


def test_protected_identities_release_the_neutral_set_only(site, credential):
    service = Service.connected(
        site, credential, settings=ServiceSettings(attributes=EVERYTHING, encrypt=False, subject_address=True)
    )
    # A number that no random identifier holds by chance.
    hidden = site.person("hidden", protection="marked", employee_number="471298760012")
    answer = service.answer(service.ask(site.signed_in(hidden)))
    assert set(answer.attributes) == {
        "displayName", "eduPersonPrincipalName", "eduPersonScopedAffiliation", "subject-id", "pairwise-id",
        "schacHomeOrganization",
    }  # fmt: skip
    assert answer.attributes["displayName"] == ["—"]
    assert hidden.login.encode() not in answer.document
    assert b"471298760012" not in answer.document
    assert not answer.get(".//saml:SubjectConfirmationData", "Address")
    by_mail = Service.connected(
        site, credential, settings=ServiceSettings(name_id_format="email", encrypt=False)
    )
    assert by_mail.answer(by_mail.ask(site.signed_in(hidden))).codes == ["Requester", "InvalidNameIDPolicy"]


def test_nothing_is_released_unasked_and_categories_say_what_may_be(site, credential, anna):
    browser = site.signed_in(anna)
    wanted = ("urn:oid:2.5.4.42", "urn:oid:1.2.752.29.4.13")
    unknown = Service.connected(site, credential, requested=wanted)
    assert unknown.answer(unknown.ask(browser)).attributes == {}
    research = Service.connected(
        site, credential, categories=("http://refeds.org/category/research-and-scholarship",)
    )
    told = research.answer(research.ask(browser)).attributes
    assert {"eduPersonPrincipalName", "mail", "displayName"} <= set(told)
    assert "uid" not in told
    conduct = Service.connected(
        site, credential, categories=("https://refeds.org/category/code-of-conduct/v2",), requested=wanted
    )
    assert set(conduct.answer(conduct.ask(browser)).attributes) == {"givenName"}
    pseudonymous = Service.connected(
        site, credential, categories=("https://refeds.org/category/pseudonymous",)
    )
    assert set(pseudonymous.answer(pseudonymous.ask(browser)).attributes) == {
        "pairwise-id", "eduPersonScopedAffiliation", "schacHomeOrganization",
    }  # fmt: skip


def test_sweden_connects_services_are_told_the_address(site, credential, anna):
    service = Service.connected(
        site, credential, categories=("http://id.swedenconnect.se/general-ec/1.0/public-sector-sp",)
    )
    browser = site.signed_in(anna)
    answer = service.answer(service.ask(browser))
    assert answer.get(".//saml:SubjectConfirmationData", "Address") == browser.address


def test_what_was_sent_is_kept(site, credential, anna):
    service = Service.connected(
        site, credential, settings=ServiceSettings(attributes=("displayName", "mail"), encrypt=False)
    )
    service.answer(service.ask(site.signed_in(anna)))
    with site.place.database.read() as uow:
        (kept,) = uow.releases.of_account(anna.id)
    assert kept.application_id == site.place.applications[service.name]
    assert kept.facts == ("display_name", "mail")


def test_it_begins_here_only_where_an_administrator_lets_it(site, credential, anna):
    open_one = Service.connected(
        site, credential, settings=ServiceSettings(idp_initiated=True, encrypt=False)
    )
    browser = site.signed_in(anna)
    answer = open_one.answer(browser.get(f"/saml/start/{open_one.name}"))
    assert answer.codes == ["Success"]
    assert not answer.get(".", "InResponseTo")
    assert not answer.get(".//saml:SubjectConfirmationData", "InResponseTo")
    closed = Service.connected(site, credential)
    assert browser.get(f"/saml/start/{closed.name}").status == 400
    assert browser.get("/saml/start/nobody").status == 400
