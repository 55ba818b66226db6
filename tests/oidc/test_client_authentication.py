"""O6 and O7: only the registered method works, one at a time; an assertion is for us alone, once, and short."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from idp.domain.handles import new_handle, new_id
from idp.oidc.clients import AuthMethod
from idp.oidc.store.clients import write_secrets
from tests.oidc.races import in_processes, in_threads
from tests.oidc.site import REGISTRATION, post

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = ECKey.generate_key("P-256", {"kid": "its-key"})
BY_KEY = replace(
    REGISTRATION,
    token_endpoint_auth_method=AuthMethod.PRIVATE_KEY_JWT,
    jwks=json.dumps({"keys": [KEY.as_dict(private=False)]}),
)
BY_POST = replace(REGISTRATION, token_endpoint_auth_method=AuthMethod.CLIENT_SECRET_POST)
PUBLIC = replace(REGISTRATION, token_endpoint_auth_method=AuthMethod.NONE)


HS256 = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=").decode()


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def refused(answer):
    assert answer.status == 401, answer.text
    assert answer.json()["error"] == "invalid_client"
    assert "basic" in answer.headers["www-authenticate"].lower()


def assertion(party, key=KEY, header=None, **changes):
    now = int(party.site.place.now.timestamp())
    claims = {
        "iss": party.client_id,
        "sub": party.client_id,
        "aud": party.site.issuer,
        "exp": now + 60,
        "iat": now,
        "jti": new_id(),
    } | changes
    sent = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(
        {"alg": "ES256", "kid": "its-key"} | (header or {}),
        sent,
        key,
        algorithms=["ES256", "RS256", "PS256"],
    )


def shown(party, signed, **more):
    """Ask about a token with an assertion: the cheapest question that needs a client."""
    fields = {"token": "x", "client_assertion_type": TYPE, "client_assertion": signed, **more}
    return post(party.site, "/oauth2/introspect", fields)


@pytest.mark.parametrize("registration", [REGISTRATION, BY_POST], ids=["basic", "post"])
def test_O6_a_secret_works_by_the_registered_method(site, registration):
    party = site.client(registration=registration)
    assert party.post("/oauth2/introspect", token="x").status == 200


def test_O6_a_secret_by_another_method_than_the_registered_one(site):
    basic, by_post = site.client(), site.client(registration=BY_POST)
    refused(
        post(
            site,
            "/oauth2/introspect",
            {"token": "x", "client_id": basic.client_id, "client_secret": basic.secret},
        )
    )
    refused(post(site, "/oauth2/introspect", {"token": "x"}, authorization=by_post.basic()))


def test_O6_F38_wrong_missing_and_foreign_secrets(site, party):
    other = site.client("other")
    for secret in ("", "wrong", other.secret, party.secret[:-1], party.secret + "x", party.secret.swapcase()):
        refused(post(site, "/oauth2/introspect", {"token": "x"}, authorization=party.basic(secret)))
    refused(post(site, "/oauth2/introspect", {"token": "x", "client_id": party.client_id}))
    refused(post(site, "/oauth2/introspect", {"token": "x"}))


def test_O6_two_methods_at_once(site, party):
    fields = {"token": "x", "client_id": party.client_id, "client_secret": party.secret}
    refused(post(site, "/oauth2/introspect", fields, authorization=party.basic()))
    fields = {"token": "x", "client_assertion_type": TYPE, "client_assertion": "a.b.c"}
    refused(post(site, "/oauth2/introspect", fields, authorization=party.basic()))


def test_O6_a_client_id_beside_the_credentials_is_the_same(site, party):
    assert (
        post(
            site,
            "/oauth2/introspect",
            {"token": "x", "client_id": party.client_id},
            authorization=party.basic(),
        ).status
        == 200
    )
    refused(
        post(site, "/oauth2/introspect", {"token": "x", "client_id": "other"}, authorization=party.basic())
    )


def test_O6_nothing_is_taken_from_the_query(site, party):
    by_post = site.client(registration=BY_POST)
    path = f"/oauth2/introspect?client_id={by_post.client_id}&client_secret={quote(by_post.secret)}"
    refused(post(site, path, {"token": "x"}))


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!", "Basic bm9jb2xvbg==", "Bearer abc", "Basic " + "A" * 5000]
)
def test_O6_malformed_headers(site, header):
    refused(post(site, "/oauth2/introspect", {"token": "x"}, authorization=header))


def test_O6_two_authorization_headers(site, party):
    headers = [
        ("authorization", party.basic()),
        ("authorization", party.basic()),
        ("content-type", "application/x-www-form-urlencoded"),
    ]
    assert (
        httpx.post(site.issuer + "/oauth2/introspect", content="token=x", headers=headers).status_code == 401
    )


def test_O17_F38_a_public_client_has_no_usable_secret(site):
    party = site.client(registration=PUBLIC)
    with site.place.database.write() as uow:
        write_secrets(uow, party.application_id, party.secret, None)
    refused(
        post(
            site,
            "/oauth2/token",
            {"grant_type": "refresh_token", "refresh_token": "x"},
            authorization=party.basic(),
        )
    )
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": "x",
        "client_id": party.client_id,
        "client_secret": party.secret,
    }
    refused(post(site, "/oauth2/token", fields))
    # RFC 7662 §2.1: introspection is for clients that authenticate.
    refused(post(site, "/oauth2/introspect", {"token": "x", "client_id": party.client_id}))


def test_two_secrets_are_good_while_one_is_replaced(site, party):
    old, new = party.secret, new_handle()
    with site.place.database.write() as uow:
        write_secrets(uow, party.application_id, new, old)
    for secret in (old, new):
        assert (
            post(site, "/oauth2/introspect", {"token": "x"}, authorization=party.basic(secret)).status == 200
        )
    with site.place.database.write() as uow:
        write_secrets(uow, party.application_id, new, None)
    refused(post(site, "/oauth2/introspect", {"token": "x"}, authorization=party.basic(old)))


def test_a_disabled_client_is_not_authenticated(site, party):
    site.enable(party, enabled=False)
    refused(party.post("/oauth2/introspect", token="x"))


@pytest.mark.parametrize("kind", [None, "JWT", "client-authentication+jwt"])
def test_O7_an_assertion_authenticates(site, kind):
    party = site.client(registration=BY_KEY)
    header = {"typ": kind} if kind else {}
    assert shown(party, assertion(party, header=header)).status == 200


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_O7_rsa_keys_authenticate_too(site, algorithm):
    key = RSAKey.generate_key(2048)
    registration = replace(BY_KEY, jwks=json.dumps({"keys": [key.as_dict(private=False)]}))
    party = site.client(registration=registration)
    # A key without a kid goes by its thumbprint (RFC 7638), or by none at all; never by another's.
    for kid, status in ((key.thumbprint(), 200), ("", 200), ("its-key", 401)):
        signed = assertion(party, key=key, header={"alg": algorithm, "kid": kid})
        assert shown(party, signed).status == status
    registered = key.as_dict(private=False) | {"kid": "its-key"}
    site.reregister(party, replace(BY_KEY, jwks=json.dumps({"keys": [registered]})))
    assert shown(party, assertion(party, key=key, header={"alg": algorithm})).status == 200


def test_O7_F46_a_jti_works_once(site):
    party = site.client(registration=BY_KEY)
    signed = assertion(party)
    assert shown(party, signed).status == 200
    refused(shown(party, signed))
    # The same jti in another assertion is as used.
    again = assertion(party, jti="chosen")
    assert shown(party, again).status == 200
    refused(shown(party, assertion(party, jti="chosen")))
    # Another client's jti is its own.
    other = site.client("other", registration=BY_KEY)
    assert shown(other, assertion(other, jti="chosen")).status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        lambda site: {"aud": [site.issuer]},
        lambda site: {"aud": [site.issuer, "https://other.example"]},
        lambda site: {"aud": site.issuer + "/oauth2/token"},
        lambda site: {"aud": site.issuer + "/"},
        lambda site: {"aud": site.issuer.upper()},
        lambda _site: {"aud": None},
        lambda _site: {"iss": "somebody"},
        lambda _site: {"sub": "somebody"},
        lambda _site: {"iss": None},
        lambda _site: {"jti": None},
        lambda _site: {"jti": ""},
        lambda _site: {"jti": "j" * 300},
        lambda _site: {"jti": 7},
        lambda _site: {"exp": None},
        lambda _site: {"exp": "soon"},
        lambda site: {"exp": int(site.place.now.timestamp()) - 60},
        lambda site: {"exp": int(site.place.now.timestamp()) + 3600},
        lambda _site: {"exp": 10**400},
        lambda site: {"nbf": int(site.place.now.timestamp()) + 120},
        lambda site: {"iat": int(site.place.now.timestamp()) + 120},
    ],
)
def test_O7_F46_an_assertion_with_a_wrong_claim(site, wrong):
    party = site.client(registration=BY_KEY)
    refused(shown(party, assertion(party, **wrong(site))))


@pytest.mark.parametrize("kind", ["logout+jwt", "at+jwt", "secevent+jwt"])
def test_O7_F44_a_token_of_another_type_is_no_assertion(site, kind):
    party = site.client(registration=BY_KEY)
    refused(shown(party, assertion(party, header={"typ": kind})))


def test_O7_an_assertion_of_another_key_or_client(site):
    party, other = site.client(registration=BY_KEY), site.client("other")
    refused(shown(party, assertion(party, key=ECKey.generate_key("P-256"))))
    refused(shown(party, assertion(other)))  # signed well, for a client without keys
    refused(shown(party, assertion(party), client_id=other.client_id))
    refused(
        shown(
            party,
            assertion(party),
            client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        )
    )


def test_O8_F48_a_public_key_is_no_shared_secret(site):
    rsa = RSAKey.generate_key(2048)
    jwks = {"keys": [rsa.as_dict(private=False)]}
    party = site.client(registration=replace(BY_KEY, jwks=json.dumps(jwks)))
    good = assertion(party, key=rsa, header={"alg": "RS256", "kid": ""})
    claims = good.split(".")[1]
    for secret in (
        rsa.as_pem(private=False),
        rsa.as_der(private=False),
        json.dumps(jwks["keys"][0]).encode(),
        b"",
    ):
        message = f"{HS256}.{claims}"
        mac = hmac.digest(secret, message.encode(), hashlib.sha256)
        refused(shown(party, f"{message}.{encoded(mac)}"))
    assert shown(party, good).status == 200


def test_O7_N1_of_many_threads_one_uses_an_assertion(site):
    party = site.client(registration=BY_KEY)
    signed = assertion(party)
    statuses = in_threads(16, lambda _: shown(party, signed).status)
    assert sorted(statuses) == [200] + [401] * 15


def test_O7_N1_of_many_nodes_one_takes_an_assertion(site):
    party = site.client(registration=BY_KEY)
    fields = {"token": "x", "client_assertion_type": TYPE, "client_assertion": assertion(party)}
    statuses = in_processes(site, "/oauth2/introspect", [(fields, "")] * 3)
    assert sorted(statuses) == [200, 401, 401]
