"""What a request says of the sign-in that it wants: prompt, max_age, acr, claims, hints (O15), on the real pages."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance, Method
from idp.domain.floods import close_floods
from idp.storage.tables import audit_records, decisions
from tests.oidc.site import ANYONE, REGISTRATION, Browser, payload_of
from tests.support.place import TOWN_HALL

MFA, SFA = "https://refeds.org/profile/mfa", "https://refeds.org/profile/sfa"
PASSWORD = "correct horse battery"


@pytest.fixture
def eva(site):
    return site.person("eva", password=PASSWORD)


def error(answer):
    assert answer.location.startswith("https://intranet.example/callback?"), answer.text[:300]
    assert "code" not in answer.query
    return answer.query["error"]


def to_sign_in(answer):
    assert answer.status == 303, answer.text[:300]
    assert answer.location.startswith("/sign-in?journey="), answer.location
    return answer.location


def type_password(site, browser, page_path, account):
    """Fill in the password page and follow to wherever it leads."""
    page = browser.get(page_path)
    return browser.submit(page, username=account.login, password=PASSWORD)


def test_a_stranger_signs_in_on_our_pages_and_comes_back_with_a_code(site, eva, party):
    browser = Browser(site.issuer)
    place = to_sign_in(browser.get(party.authorization(login_hint=eva.login)))
    assert f'value="{eva.login}"' in browser.get(place).text

    done = type_password(site, browser, place, eva)

    assert done.status == 303
    assert done.location.startswith("/oauth2/authorize/continue?request=")
    answer = browser.get(done.location)
    claims = payload_of(party.redeem(answer.query["code"]).json()["id_token"])
    assert claims["sub"] == eva.id
    assert claims["nonce"] == "a nonce"
    assert answer.query["state"] == "a state"


def test_the_password_pages_policy_lets_the_form_end_at_the_client(site, eva, party):
    browser = Browser(site.issuer)
    page = browser.get(to_sign_in(browser.get(party.authorization())))
    assert "https://intranet.example" in page.headers["content-security-policy"]


def test_F05_F45_a_waiting_request_belongs_to_its_browser_and_is_answered_once(site, eva, party):
    browser, other = Browser(site.issuer), Browser(site.issuer)
    other.cookies = site.signed_in(eva).cookies
    done = type_password(site, browser, to_sign_in(browser.get(party.authorization())), eva)
    other.get("/")
    assert other.get(done.location).status == 400
    assert "code" in browser.get(done.location).query
    assert browser.get(done.location).status == 400


def test_O14_F45_nothing_in_the_address_changes_a_waiting_request(site, eva, party):
    browser = Browser(site.issuer)
    done = type_password(site, browser, to_sign_in(browser.get(party.authorization())), eva)
    answer = browser.get(
        done.location + "&redirect_uri=https://evil.example/&scope=email&state=other&nonce=other"
    )
    assert answer.location.startswith("https://intranet.example/callback?")
    assert answer.query["state"] == "a state"


def test_O14_what_is_no_longer_registered_is_no_longer_answered(site, eva, party):
    browser = Browser(site.issuer)
    done = type_password(site, browser, to_sign_in(browser.get(party.authorization())), eva)
    site.reregister(party, replace(REGISTRATION, redirect_uris=("https://moved.example/callback",)))
    answer = browser.get(done.location)
    assert answer.status == 400
    assert not answer.location


def test_O15_prompt_none_shows_nothing_and_gives_nothing_without_a_session(site, party):
    assert error(Browser(site.issuer).get(party.authorization(prompt="none"))) == "login_required"


def test_O15_prompt_none_gives_a_code_where_the_session_is_enough(site, anna, party):
    assert party.code(site.signed_in(anna), prompt="none")


def test_O15_prompt_none_never_lowers_what_the_policy_asks(site, anna):
    party = site.client(policy=replace(ANYONE, assurance=Assurance.TWO_FACTORS))
    browser = site.signed_in(anna, Method.PASSWORD)
    assert error(browser.get(party.authorization(prompt="none"))) == "interaction_required"
    assert error(browser.get(party.authorization(prompt="none", acr_values=SFA))) == "interaction_required"
    to_sign_in(browser.get(party.authorization(acr_values=SFA)))


def test_O15_prompt_none_for_somebody_who_may_not_come_in(site, anna):
    party = site.client(policy=replace(ANYONE, audience=Audience(groups=frozenset({"board"}))))
    assert error(site.signed_in(anna).get(party.authorization(prompt="none"))) == "access_denied"


def test_A1_a_refusal_whose_page_is_loaded_again_and_again_is_stored_once_and_counted(site, anna):
    party = site.client(policy=replace(ANYONE, audience=Audience(groups=frozenset({"board"}))))
    browser = site.signed_in(anna)
    for _ in range(5):
        assert browser.get(party.authorization()).status == 403

    def stored():
        denied = (decisions.c.outcome == "deny") & (decisions.c.account_id == anna.id)
        with site.place.database.read() as uow:
            return uow.connection.execute(
                select(func.count()).select_from(decisions).where(denied)
            ).scalar_one()

    assert stored() == 1
    site.place.later(minutes=2)
    with site.place.database.write() as uow:
        close_floods(uow, site.place.occasion())
        floods = select(audit_records.c.payload).where(
            audit_records.c.type == "request.flood", audit_records.c.object.contains(anna.id)
        )
        assert [one["details"]["refused"] for one in uow.connection.execute(floods).scalars()] == [4]
    assert browser.get(party.authorization()).status == 403
    assert stored() == 2, "a minute later it is news again"


def test_the_page_of_a_refusal_can_be_read_in_the_other_language(site, anna):
    party = site.client(policy=replace(ANYONE, audience=Audience(groups=frozenset({"board"}))))
    browser = site.signed_in(anna)
    back = browser.submit(browser.get(party.authorization()), language="sv")
    assert back.status == 303
    assert "Du kan inte använda" in browser.get(back.location).text


def test_somebody_who_may_not_come_in_is_told_why_and_can_go_back(site, anna):
    party = site.client(policy=replace(ANYONE, audience=Audience(groups=frozenset({"board"}))))
    page = site.signed_in(anna).get(party.authorization())
    assert page.status == 403
    assert "The system is only for board." in page.text
    assert "error=access_denied" in page.text
    assert page.headers["portvakt-reference"] in page.text


def test_the_network_decides(site, anna):
    policy = Policy(
        audience=Audience(everyone=True),
        assurance=Assurance.TWO_FACTORS,
        assurance_on={"townhall": Assurance.ONE_FACTOR},
    )
    party = site.client(policy=policy)
    assert party.code(site.signed_in(anna, Method.PASSWORD, address=TOWN_HALL))
    to_sign_in(site.signed_in(anna, Method.PASSWORD).get(party.authorization()))


def test_prompt_login_asks_again_and_is_satisfied_by_the_new_sign_in(site, eva, party):
    browser = site.signed_in(eva, Method.PASSWORD)
    site.place.later(minutes=5)
    before = site.place.now
    place = to_sign_in(browser.get(party.authorization(prompt="login")))
    site.place.later(seconds=10)
    done = type_password(site, browser, place, eva)
    code = browser.get(done.location).query["code"]
    claims = payload_of(party.redeem(code).json()["id_token"])
    assert claims["auth_time"] > int(before.timestamp())


@pytest.mark.parametrize("max_age", ["0", "60"])
def test_max_age_asks_again_when_the_sign_in_is_too_old(site, eva, party, max_age):
    browser = site.signed_in(eva, Method.PASSWORD)
    site.place.later(minutes=2)
    assert error(browser.get(party.authorization(max_age=max_age, prompt="none"))) == "login_required"
    place = to_sign_in(browser.get(party.authorization(max_age=max_age)))
    site.place.later(seconds=30)
    done = type_password(site, browser, place, eva)
    assert "code" in browser.get(done.location).query


def test_max_age_is_satisfied_by_a_sign_in_that_is_young_enough(site, anna, party):
    browser = site.signed_in(anna)
    site.place.later(seconds=59)
    assert party.code(browser, max_age="60", prompt="none")


def test_F11_what_is_asked_fresh_is_told_fresh_only(site, eva, party):
    """An hour-old code does not make a new password two factors."""
    browser = site.signed_in(eva, Method.PASSWORD, Method.TOTP)
    site.place.later(hours=1)
    place = to_sign_in(browser.get(party.authorization(prompt="login")))
    done = type_password(site, browser, place, eva)
    claims = payload_of(party.redeem(browser.get(done.location).query["code"]).json()["id_token"])
    assert claims["acr"] == SFA
    assert claims["amr"] == ["pwd"]


def test_select_account_lets_another_person_sign_in(site, anna, eva, party):
    browser = site.signed_in(anna)
    first = browser.session_id
    site.place.later(seconds=1)
    place = to_sign_in(browser.get(party.authorization(prompt="select_account")))
    done = type_password(site, browser, place, eva)
    claims = payload_of(party.redeem(browser.get(done.location).query["code"]).json()["id_token"])
    assert claims["sub"] == eva.id
    assert claims["sid"] != first


@pytest.mark.parametrize("prompt", ["none login", "nothing", "create", "None"])
def test_impossible_prompts(site, anna, party, prompt):
    assert error(site.signed_in(anna).get(party.authorization(prompt=prompt))) == "invalid_request"


@pytest.mark.parametrize("max_age", ["-1", "1.5", "x", "٣", "9" * 400])
def test_impossible_max_ages(site, anna, party, max_age):
    assert error(site.signed_in(anna).get(party.authorization(max_age=max_age))) == "invalid_request"


def test_O15_acr_values_step_up(site, anna, party):
    browser = site.signed_in(anna, Method.PASSWORD)
    assert error(browser.get(party.authorization(acr_values=MFA, prompt="none"))) == "interaction_required"
    assert party.code(browser, acr_values=f"{SFA} {MFA}", prompt="none")
    assert party.code(browser, acr_values="urn:unknown", prompt="none")


def claims_for(**id_token):
    return json.dumps({"id_token": id_token})


def test_an_essential_acr_is_given_or_the_request_fails(site, anna, party):
    strong, weak = site.signed_in(anna), site.signed_in(anna, Method.PASSWORD)
    essential = claims_for(acr={"essential": True, "values": [MFA]})
    tokens = party.tokens(strong, claims=essential)
    assert payload_of(tokens["id_token"])["acr"] == MFA
    assert error(weak.get(party.authorization(claims=essential, prompt="none"))) == "interaction_required"
    unknown = claims_for(acr={"essential": True, "value": "urn:unknown"})
    assert error(strong.get(party.authorization(claims=unknown))) == "unmet_authentication_requirements"
    single = claims_for(acr={"essential": True, "value": SFA})
    assert payload_of(party.tokens(strong, claims=single)["id_token"])["acr"] == SFA


def test_O15_another_persons_hint_never_widens_access(site, anna, eva, party):
    browser = site.signed_in(anna)
    evas = party.tokens(site.signed_in(eva))["id_token"]
    own = party.tokens(browser)["id_token"]
    assert party.code(browser, id_token_hint=own, prompt="none")
    assert error(browser.get(party.authorization(id_token_hint=evas, prompt="none"))) == "login_required"
    # With a page to show, Eva may sign in; if Anna does instead, she gets nothing.
    place = to_sign_in(browser.get(party.authorization(id_token_hint=evas)))
    done = type_password(site, browser, place, eva)
    assert "code" in browser.get(done.location).query


def test_O15_the_wrong_person_who_signs_in_for_a_hint_is_refused(site, anna, eva, party):
    site.place.directory.passwords[anna.login] = PASSWORD
    evas = party.tokens(site.signed_in(eva))["id_token"]
    browser = Browser(site.issuer)
    place = to_sign_in(browser.get(party.authorization(id_token_hint=evas)))
    done = type_password(site, browser, place, anna)
    if done.status == 303:
        assert error(browser.get(done.location)) == "login_required"
    else:
        assert "code=" not in done.text


def test_O15_hints_that_are_not_ours(site, anna, party):
    browser = site.signed_in(anna)
    other = site.client("other").tokens(browser)["id_token"]
    head, body, signature = party.tokens(browser)["id_token"].split(".")
    for hint in (other, f"{head}.{body}.", f"{head}.{body}.{signature[:-6]}AAAAAA", "x", "a.b.c"):
        assert error(browser.get(party.authorization(id_token_hint=hint))) == "invalid_request"


def test_a_sub_that_is_asked_for_is_who_answers(site, anna, eva, party):
    browser = site.signed_in(anna)
    assert party.code(browser, claims=claims_for(sub={"value": anna.id}), prompt="none")
    refused = browser.get(party.authorization(claims=claims_for(sub={"value": eva.id}), prompt="none"))
    assert error(refused) == "login_required"


def test_single_claims_are_told_where_they_are_asked_for(site, anna, party):
    claims = json.dumps(
        {"userinfo": {"email": None, "given_name": {"essential": True}}, "id_token": {"name": None}}
    )
    tokens = party.tokens(site.signed_in(anna), claims=claims)
    assert payload_of(tokens["id_token"])["name"]
    told = party.userinfo(tokens["access_token"]).json()
    assert told["given_name"]
    assert "name" not in told


def test_O19_no_request_sets_a_reserved_claim(site, anna, party):
    wanted = {
        name: {"value": "mine", "essential": False}
        for name in ("iss", "aud", "azp", "sid", "amr", "auth_time")
    }
    claims = json.dumps({"id_token": wanted, "userinfo": wanted})
    told = payload_of(party.tokens(site.signed_in(anna), claims=claims)["id_token"])
    assert told["iss"] == site.issuer
    assert told["azp"] == told["aud"] == party.client_id
    assert "mine" not in told.values()


@pytest.mark.parametrize(
    "claims",
    [
        "x",
        "[]",
        '{"id_token": []}',
        '{"id_token": {"acr": 1}}',
        "{" * 3000,
        '{"userinfo": {"sub": {"value": "a"}}, "id_token": {"sub": {"value": "b"}}}',
    ],
)
def test_malformed_claims_parameters(site, anna, party, claims):
    assert error(site.signed_in(anna).get(party.authorization(claims=claims))) == "invalid_request"


def test_ui_locales_and_display_are_taken_in_good_part(site, anna, party):
    assert party.code(site.signed_in(anna), ui_locales="sv en", display="popup", claims_locales="sv")
