"""O10 and O11: each kind of token opens its own door only, and only while everything behind it still stands."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.domain.application import Audience
from idp.domain.assurance import Method
from idp.domain.entitlements import DefinedRole, Entitlement, Kind
from idp.oidc.clients import AuthMethod
from tests.oidc.site import ANYONE, HTTP, REGISTRATION, get, post

OFFLINE = "openid profile offline_access"
RESOURCE = "https://api.ekvik.example/"


@pytest.fixture
def browser(site, anna):
    return site.signed_in(anna)


@pytest.fixture
def tokens(party, browser):
    return party.tokens(browser, scope=OFFLINE)


def test_O10_F44_no_kind_of_token_is_taken_for_another(site, party, browser, tokens):
    code = party.code(browser)
    handle = next(value for name, value in browser.cookies.items() if name.endswith("session"))
    for wrong in (tokens["refresh_token"], tokens["id_token"], code, handle, party.secret):
        assert party.userinfo(wrong).status == 401
    for wrong in (tokens["access_token"], tokens["id_token"], code, handle):
        assert party.refresh(wrong).status == 400
    for wrong in (tokens["id_token"], code, handle):
        assert party.introspect(wrong) == {"active": False}
    for wrong in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"], handle):
        assert party.redeem(wrong).status == 400
    assert party.userinfo(tokens["access_token"]).status == 200  # nothing of it did any harm


def test_O10_an_access_token_for_another_audience_does_not_open_userinfo(site, browser):
    party = site.client(registration=replace(REGISTRATION, resources=(RESOURCE,)))
    api = site.client("api", registration=replace(REGISTRATION, audiences=(RESOURCE,)))
    tokens = party.tokens(browser, resource=RESOURCE)
    assert party.userinfo(tokens["access_token"]).status == 401
    assert api.introspect(tokens["access_token"])["aud"] == RESOURCE
    assert party.introspect(tokens["access_token"])["aud"] == RESOURCE


def test_O10_a_client_asks_only_for_its_own_resources(browser, party):
    answer = browser.get(party.authorization(resource=RESOURCE))
    assert answer.query["error"] == "invalid_target"


def test_introspection_answers_only_those_a_token_concerns(site, party, tokens):
    stranger = site.client("stranger", registration=replace(REGISTRATION, audiences=(RESOURCE,)))
    assert stranger.introspect(tokens["access_token"]) == {"active": False}
    assert stranger.introspect(tokens["refresh_token"]) == {"active": False}
    told = party.introspect(tokens["access_token"])
    assert told["active"] is True
    assert told["client_id"] == party.client_id
    assert told["scope"] == OFFLINE
    assert told["acr"] == "https://refeds.org/profile/mfa"
    assert party.introspect(tokens["refresh_token"])["active"] is True


def disable_account(site, anna, _party, _browser):
    site.disable(anna)


def end_session(site, anna, _party, browser):
    site.end(anna, browser)


def disable_client(site, _anna, party, _browser):
    site.enable(party, enabled=False)


@pytest.mark.parametrize("end", [disable_account, end_session])
def test_O11_F35_an_account_or_session_that_ended_stops_everything(site, anna, party, browser, tokens, end):
    code = party.code(browser)
    end(site, anna, party, browser)
    assert party.userinfo(tokens["access_token"]).status == 401
    assert party.introspect(tokens["access_token"]) == {"active": False}
    assert party.introspect(tokens["refresh_token"]) == {"active": False}
    assert party.refresh(tokens["refresh_token"]).status == 400
    assert party.redeem(code).status == 400
    assert "code" not in browser.get(party.authorization()).query


def test_O11_a_disabled_client_stops_everything(site, anna, party, browser, tokens):
    api = site.client("api")
    site.enable(party, enabled=False)
    assert party.userinfo(tokens["access_token"]).status == 401
    assert party.refresh(tokens["refresh_token"]).status == 401
    assert party.post("/oauth2/introspect", token=tokens["access_token"]).status == 401
    assert api.introspect(tokens["access_token"]) == {"active": False}


def test_O11_who_leaves_the_group_keeps_nothing_that_it_opened(site):
    group = site.unique("archive")
    anna = site.person("anna", member_of=(group,))
    party = site.client("archive", replace(ANYONE, audience=Audience(groups=frozenset({group}))))
    api = site.client("api")
    browser = site.signed_in(anna)
    tokens = party.tokens(browser, scope=OFFLINE)
    assert party.userinfo(tokens["access_token"]).status == 200
    assert party.introspect(tokens["refresh_token"])["active"] is True
    code = party.code(browser)
    site.leave(anna, group)
    assert party.userinfo(tokens["access_token"]).status == 401
    assert party.introspect(tokens["access_token"]) == {"active": False}
    assert party.introspect(tokens["refresh_token"]) == {"active": False}
    assert api.introspect(tokens["access_token"]) == {"active": False}
    assert party.refresh(tokens["refresh_token"]).status == 400
    assert party.redeem(code).status == 400


def test_F06_a_new_session_does_not_revive_what_the_old_one_gave(site, anna, party, browser, tokens):
    site.end(anna, browser)
    site.signed_in(anna)
    assert party.userinfo(tokens["access_token"]).status == 401


def test_without_offline_access_tokens_end_with_the_sessions_own_time(site, anna):
    policy = replace(ANYONE, session_lifetime=timedelta(hours=24))
    registration = replace(REGISTRATION, access_token_lifetime=timedelta(hours=1))
    party = site.client("long", policy, registration)
    browser = site.signed_in(anna)
    for _ in range(6):
        site.place.later(minutes=110)
        with site.place.database.write() as uow:
            uow.sessions.touch(browser.session_id, site.place.now)
    site.place.later(minutes=30)
    tokens = party.tokens(browser)
    assert tokens["expires_in"] == 30 * 60


def test_access_tokens_end(site, party, tokens):
    site.place.later(minutes=9, seconds=59)
    assert party.userinfo(tokens["access_token"]).status == 200
    site.place.later(seconds=1)
    assert party.userinfo(tokens["access_token"]).status == 401
    assert party.introspect(tokens["access_token"]) == {"active": False}


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_F43_a_revoked_token_is_revoked(party, tokens, kind):
    answer = party.post("/oauth2/revoke", token=tokens[kind], token_type_hint="nonsense")
    assert answer.status == 200
    assert party.userinfo(tokens["access_token"]).status == 401
    # An access token goes alone, a refresh token takes the family along (RFC 7009 §2.1).
    assert party.introspect(tokens["refresh_token"])["active"] is (kind == "access_token")
    assert party.post("/oauth2/revoke", token=tokens[kind]).status == 200


def test_F43_another_clients_token_is_not_revoked(site, party, tokens):
    other = site.client("other")
    assert other.post("/oauth2/revoke", token=tokens["access_token"]).status == 400
    assert other.post("/oauth2/revoke", token=tokens["refresh_token"]).status == 400
    assert party.userinfo(tokens["access_token"]).status == 200
    assert party.refresh(tokens["refresh_token"]).status == 200


def test_unknown_tokens_count_as_revoked(party):
    assert party.post("/oauth2/revoke", token="x" * 43).status == 200
    assert party.post("/oauth2/revoke").status == 400


def test_a_public_client_revokes_its_own_tokens(site, anna):
    public = replace(REGISTRATION, token_endpoint_auth_method=AuthMethod.NONE)
    party = site.client("spa", registration=public)
    browser = site.signed_in(anna)
    tokens = party.tokens(browser)
    assert party.post("/oauth2/revoke", token=tokens["access_token"]).status == 200
    assert party.userinfo(tokens["access_token"]).status == 401


@pytest.mark.parametrize("spelling", ["cut", "extended", "padded", "case"])
def test_F54_a_token_that_is_not_spelt_exactly_opens_nothing(party, tokens, spelling):
    token = tokens["access_token"]
    spelt = {"cut": token[:-1], "extended": token + "A", "padded": token + "=", "case": token.swapcase()}
    assert party.userinfo(spelt[spelling]).status == 401
    assert party.introspect(spelt[spelling]) == {"active": False}


def test_userinfo_says_how_to_ask_for_it(site, party, tokens):
    bare = get(site, "/oauth2/userinfo")
    assert bare.status == 401
    assert bare.headers["www-authenticate"] == "Bearer"
    wrong = party.userinfo("wrong")
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    # RFC 6750 §2.3 is not for us: a token in a URL ends up in logs.
    assert get(site, f"/oauth2/userinfo?access_token={tokens['access_token']}").status == 401
    assert post(site, "/oauth2/userinfo", {}, authorization=f"Bearer {tokens['access_token']}").status == 200


def test_userinfo_is_for_openid_connect_only(site, browser, party):
    tokens = party.tokens(browser, scope="profile")
    assert "id_token" not in tokens
    assert party.userinfo(tokens["access_token"]).status == 403


def test_answers_with_tokens_are_not_kept(party, browser):
    answer = party.redeem(party.code(browser))
    assert answer.headers["cache-control"] == "no-store"


def test_one_factor_is_told_as_one_factor(site, anna, party):
    from tests.oidc.site import payload_of

    claims = payload_of(party.tokens(site.signed_in(anna, Method.PASSWORD))["id_token"])
    assert claims["acr"] == "https://refeds.org/profile/sfa"
    assert claims["amr"] == ["pwd"]


def test_K4_authlib_writes_no_token_to_the_log(site, party, browser, caplog):
    import logging

    caplog.set_level(logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)
    tokens = party.tokens(browser, scope=OFFLINE)
    refreshed = party.refresh(tokens["refresh_token"]).json()
    for secret in (*tokens.values(), *refreshed.values(), party.secret, party.verifier):
        if isinstance(secret, str) and len(secret) > 20:
            assert secret not in caplog.text


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://spa.example.evil", "null", "http://spa.example"]
)
def test_B7_only_a_listed_origin_may_read_an_answer_and_never_with_credentials(site, origin):
    """Whichever of our clients lists it; the browser of any other page gets an answer that it shows to nobody."""
    listed = "https://spa.example"
    site.client("spa", registration=replace(REGISTRATION, web_origins=(listed,)))
    for path in ("/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke"):
        for sent, allowed in ((listed, listed), (origin, None)):
            asked = HTTP.options(site.issuer + path, headers={"origin": sent}, timeout=30)
            answered = HTTP.post(
                site.issuer + path, headers={"origin": sent}, data={"token": "x"}, timeout=30
            )
            for answer in (asked, answered):
                assert answer.headers.get("access-control-allow-origin") == allowed, (path, sent)
                assert "access-control-allow-credentials" not in answer.headers
    pages = [
        HTTP.get(site.issuer + path, headers={"origin": listed}) for path in ("/sign-in", "/oauth2/authorize")
    ]
    assert not any("access-control-allow-origin" in page.headers for page in pages)


def test_the_systems_own_roles_are_a_claim_for_that_system_alone(site, anna):
    here, there = (site.client(registration=replace(REGISTRATION, scope=("openid", "roles"))) for _ in "12")
    with site.place.database.write() as uow:
        for role in ("clerk", "chief"):
            uow.entitlements.define(here.application_id, DefinedRole(role, role.title()))
            one = Entitlement(here.application_id, anna.id, Kind.ROLE, role)
            assert uow.entitlements.add(one, "asked", "", site.place.now)
    for party, roles in ((here, ["chief", "clerk"]), (there, [])):
        tokens = party.tokens(site.signed_in(anna), scope="openid roles")
        told = party.userinfo(tokens["access_token"]).json()
        assert told["roles"] == roles
