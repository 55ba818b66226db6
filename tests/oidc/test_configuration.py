"""The table of a configuration file: what it may say (O17), and that it comes back as it went in."""

import json
from dataclasses import replace

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from idp.domain.errors import ConfigurationError
from idp.oidc.clients import AuthMethod
from idp.oidc.configuration import ClientExtension
from idp.oidc.store.clients import read_client
from tests.oidc.site import ANYONE, post

KEY = "applications.intranet.oidc"
SECRET = "s" * 43
MINIMAL = {"redirect_uris": ["https://intranet.example/callback"], "client_secret": SECRET}
JWKS = {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
EVERYTHING = {
    "client_id": "intranet-1",
    "redirect_uris": ["https://intranet.example/callback", "http://127.0.0.2:8101/callback"],
    "post_logout_redirect_uris": ["https://intranet.example/"],
    "backchannel_logout_uri": "https://intranet.example/logout",
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": JWKS,
    "id_token_signed_response_alg": "RS256",
    "scopes": ["openid", "profile", "email", "offline_access"],
    "first_party": True,
    "pkce_exempt": True,
    "access_token_lifetime": "5m",
    "refresh_lifetime": "30d",
    "resources": ["https://api.example/"],
    "audiences": ["https://intranet.example/"],
    "web_origins": ["https://intranet.example"],
}
EXTENSION = ClientExtension()


def parse(table):
    return EXTENSION.parse(table, KEY)


def wrong(table, key):
    with pytest.raises(ConfigurationError) as raised:
        parse(table)
    assert f"{KEY}.{key}" in str(raised.value)
    assert SECRET not in str(raised.value)
    return str(raised.value)


def test_the_shortest_table():
    value = parse(MINIMAL)
    assert value.client_id == "intranet"
    assert value.registration.token_endpoint_auth_method is AuthMethod.CLIENT_SECRET_BASIC
    assert value.registration.scope == ("openid",)
    assert not value.registration.first_party
    assert not value.registration.pkce_exempt
    assert value.registration.refresh_lifetime is None
    assert value.secret == SECRET
    assert SECRET not in repr(value)


@pytest.mark.parametrize(
    "table", [MINIMAL, EVERYTHING, {"redirect_uris": ["se.ekvik.app:/cb"], "public": True}]
)
def test_what_is_dumped_is_read_back_as_the_same(table):
    value = parse(table)
    dumped = EXTENSION.dump(value)
    assert "client_secret" not in dumped
    again = EXTENSION.parse(json.loads(json.dumps(dumped)), KEY)
    assert again == replace(value, secret=None, previous_secret=None)


def test_everything_is_stored_and_read_back(site):
    application_id = site.place.application(site.unique("app"), ANYONE)
    value = parse(EVERYTHING | {"client_id": site.unique("client")})
    with site.place.database.write() as uow:
        EXTENSION.write(uow, application_id, value)
        assert EXTENSION.read(uow, application_id) == value


def test_a_secret_that_is_not_given_is_kept_and_one_that_is_replaces(site):
    name = site.unique("app")
    application_id = site.place.application(name, ANYONE)
    table = MINIMAL | {"client_id": name}

    def accepted(secret):
        import base64

        basic = base64.b64encode(f"{name}:{secret}".encode()).decode()
        return post(site, "/oauth2/introspect", {"token": "x"}, authorization=f"Basic {basic}").status == 200

    def write(changes, without=()):
        given = {key: one for key, one in (table | changes).items() if key not in without}
        with site.place.database.write() as uow:
            EXTENSION.write(uow, application_id, parse(given))

    write({})
    assert accepted(SECRET)
    write({"first_party": True}, without=["client_secret"])
    assert accepted(SECRET)
    write({"client_secret": "n" * 43, "previous_client_secret": SECRET})
    assert accepted(SECRET)
    assert accepted("n" * 43)
    write({"client_secret": "n" * 43})
    assert not accepted(SECRET)
    write({"public": True}, without=["client_secret"])
    assert not accepted("n" * 43)
    with site.place.database.read() as uow:
        assert read_client(uow, application_id).secret_digest is None


def test_a_client_that_needs_a_secret_has_one(site):
    application_id = site.place.application(site.unique("app"), ANYONE)
    table = {"redirect_uris": MINIMAL["redirect_uris"], "client_id": site.unique("client")}
    with pytest.raises(ConfigurationError, match="client_secret"), site.place.database.write() as uow:
        EXTENSION.write(uow, application_id, parse(table))


def test_two_applications_have_two_client_ids(site, party):
    application_id = site.place.application(site.unique("app"), ANYONE)
    with pytest.raises(ConfigurationError, match="client_id"), site.place.database.write() as uow:
        EXTENSION.write(uow, application_id, parse(MINIMAL | {"client_id": party.client_id}))


@pytest.mark.parametrize(
    "uri",
    [
        "http://intranet.example/callback",
        "https://intranet.example/callback#fragment",
        "https://user@intranet.example/callback",
        "https://*.example/callback",
        "https://intranet.example/../callback",
        "https://INTRANET.example/callback",
        "https://intranet.example/call back",
        "https://intranet.example/callback\r\nset-cookie: x",
        "https://intranet.example\\callback",
        "https:///callback",
        "https://intranet.example:99999/",
        "https://intranet.example:0/",
        "intranet.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "se.ekvik.app:/callback",
        "https://intränet.example/",
        "https://intranet.example/" + "x" * 3000,
        "",
    ],
)
def test_O17_addresses_that_are_not_registered(uri):
    wrong(MINIMAL | {"redirect_uris": [uri]}, "redirect_uris")
    wrong(MINIMAL | {"post_logout_redirect_uris": [uri]}, "post_logout_redirect_uris")
    if uri:
        wrong(MINIMAL | {"backchannel_logout_uri": uri}, "backchannel_logout_uri")


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "app:/callback", "se.ekvik.app:/cb#x", "http://intranet.example/"]
)
def test_O17_a_public_clients_addresses(uri):
    wrong({"redirect_uris": [uri], "public": True}, "redirect_uris")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": "https://intranet.example/"}, "redirect_uris"),
        ({"client_secret": "short"}, "client_secret"),
        ({"client_secret": "a secret with spaces that is long enough"}, "client_secret"),
        ({"previous_client_secret": SECRET, "client_secret": None}, "previous_client_secret"),
        ({"public": True}, "client_secret"),
        ({"public": True, "token_endpoint_auth_method": "client_secret_post"}, "token_endpoint_auth_method"),
        ({"public": True, "pkce_exempt": True}, "pkce_exempt"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "private_key_jwt", "client_secret": None}, "jwks"),
        ({"jwks": JWKS}, "jwks"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
        ({"scopes": ["openid", "everything"]}, "scopes"),
        ({"scopes": ["openid", "offline_access"]}, "refresh_lifetime"),
        ({"access_token_lifetime": "1d"}, "access_token_lifetime"),
        ({"refresh_lifetime": "500d"}, "refresh_lifetime"),
        ({"resources": ["not a uri"]}, "resources"),
        ({"web_origins": ["https://intranet.example/path"]}, "web_origins"),
        ({"web_origins": ["*"]}, "web_origins"),
        ({"web_origins": ["null"]}, "web_origins"),
        ({"first_party": "yes"}, "first_party"),
        ({"redirect_uri": "https://intranet.example/"}, "redirect_uri"),
    ],
)
def test_O17_the_wrong_key_is_named(change, key):
    table = {name: value for name, value in (MINIMAL | change).items() if value is not None}
    wrong(table, key)


@pytest.mark.parametrize(
    "jwks",
    [
        {},
        {"keys": []},
        {"keys": ["x"]},
        {"keys": [{"kty": "EC"}]},
        {"keys": [ECKey.generate_key("P-256").as_dict(private=True)]},
        {"keys": [OctKey.generate_key(256).as_dict()]},
        {"keys": [RSAKey.generate_key(1024).as_dict(private=False)]},
        {"keys": [ECKey.generate_key("P-521").as_dict(private=False)]},
    ],
    ids=range(8),
)
def test_O17_keys_are_public_and_strong(jwks):
    table = {
        "redirect_uris": MINIMAL["redirect_uris"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": jwks,
    }
    wrong(table, "jwks")


def test_several_wrong_keys_are_named_at_once():
    said = wrong({"redirect_uris": ["x"], "scopes": ["y"], "unknown": 1}, "redirect_uris")
    assert f"{KEY}.scopes" in said
    assert f"{KEY}.unknown" in said


def test_O17_there_is_no_registration_endpoint(site):
    for path in ("/oauth2/register", "/connect/register", "/register"):
        assert post(site, path, {}).status == 404
