"""The code flow from end to end, as a relying party and its person see it."""

from dataclasses import replace

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.oidc.site import CALLBACK, REGISTRATION, get, header_of


def verified(site, token):
    """Verify an ID token with the published keys, as any relying party does."""
    keys = KeySet.import_key_set(get(site, "/oauth2/jwks").json())
    return jwt.decode(token, keys, algorithms=["ES256", "RS256"]).claims


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_living_session_gets_a_code_tokens_and_userinfo(site, anna, algorithm):
    party = site.client(registration=replace(REGISTRATION, id_token_signed_response_alg=algorithm))
    browser = site.signed_in(anna)

    answer = browser.get(party.authorization(scope="openid profile email"))

    assert answer.status == 303
    assert answer.location.startswith(CALLBACK + "?")
    assert answer.query["state"] == "a state"
    assert answer.query["iss"] == site.issuer
    tokens = party.redeem(answer.query["code"]).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "openid profile email"
    assert "refresh_token" not in tokens
    claims = verified(site, tokens["id_token"])
    assert header_of(tokens["id_token"])["alg"] == algorithm
    assert claims["iss"] == site.issuer
    assert claims["aud"] == party.client_id
    assert claims["sub"] == anna.id
    assert claims["nonce"] == "a nonce"
    assert claims["sid"] == browser.session_id
    assert claims["acr"] == "https://refeds.org/profile/mfa"
    assert claims["amr"] == ["mfa", "otp", "pwd"]
    assert claims["auth_time"] == int(site.place.now.timestamp())
    told = party.userinfo(tokens["access_token"]).json()
    assert told["sub"] == anna.id
    assert told["name"] == f"{anna.login.title()} Berg"
    assert told["preferred_username"] == anna.login
