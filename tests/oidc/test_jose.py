"""O8 and O20: a token decides neither its algorithm nor its key, and is measured before it is read."""

import base64
import hashlib
import hmac
import json
import time
import tracemalloc

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from idp.oidc.jose import read_jws, unverified_text

KEY = ECKey.generate_key("P-256")
ALLOWED = ("ES256", "RS256")


def read(token):
    return read_jws(token, lambda _header: KEY, ALLOWED)


def encoded(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header, claims, key=KEY):
    """A signature over any header whatever, also one that no library would make."""
    message = f"{encoded(header)}.{encoded(claims)}"
    algorithm = jws.JWSRegistry.algorithms["ES256"]
    return f"{message}.{encoded(algorithm.sign(message.encode(), key))}"


def test_a_good_token_is_read():
    claims = read(jwt.encode({"alg": "ES256"}, {"sub": "anna"}, KEY))
    assert claims is not None
    assert claims.text("sub") == "anna"


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, ["ES256"]])
def test_O8_F48_none_in_any_spelling(algorithm):
    header = encoded({"alg": algorithm})
    assert read(f"{header}.{encoded({'sub': 'anna'})}.") is None
    assert read(signed({"alg": algorithm}, {"sub": "anna"})) is None


@pytest.mark.parametrize("secret", [b"", b"x" * 32])
def test_O8_F48_shared_secrets_never_verify(secret):
    header, claims = encoded({"alg": "HS256"}), encoded({"sub": "anna"})
    mac = hmac.digest(secret, f"{header}.{claims}".encode(), hashlib.sha256)
    assert read(f"{header}.{claims}.{encoded(mac)}") is None
    token = jwt.encode({"alg": "HS256"}, {"sub": "anna"}, OctKey.import_key(b"y" * 32))
    assert read(token) is None


def test_O8_an_algorithm_for_another_kind_of_key():
    token = signed({"alg": "RS256"}, {"sub": "anna"})
    assert read(token) is None


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": KEY.as_dict(private=False)},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/chain"},
        {"x5c": ["MIIB"]},
        {"crit": ["x"], "x": 1},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"zip": "DEF"},
        {"enc": "A128GCM"},
        {"p2c": 10**9},
        {"kid": 7},
        {"kid": ["../../etc/passwd"]},
        {"unknown": True},
    ],
)
def test_O8_F47_F49_headers_that_bring_keys_or_ask_for_more(extra):
    assert read(signed({"alg": "ES256"} | extra, {"sub": "anna"})) is None


def test_O8_F50_nested_and_encrypted_tokens():
    inner = f"{encoded({'alg': 'none'})}.{encoded({'sub': 'anna'})}."
    assert read(signed({"alg": "ES256", "cty": "JWT"}, inner.encode())) is None
    assert read("a.b.c.d.e") is None


@pytest.mark.parametrize("claims", [b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"{}" * 2, b"1"])
def test_claims_that_are_no_object(claims):
    assert read(signed({"alg": "ES256"}, claims)) is None


def test_a_signature_that_was_changed():
    token = jwt.encode({"alg": "ES256"}, {"sub": "anna"}, KEY)
    head, claims, signature = token.split(".")
    assert read(f"{head}.{encoded({'sub': 'eva'})}.{signature}") is None
    assert read(f"{head}.{claims}.") is None
    assert read(f"{head}.{claims}.{signature[:-4]}AAAA") is None


@pytest.mark.parametrize(
    "token",
    [
        "a" * 50_000_000,
        "a" * 5_000_000 + ".b.c",
        encoded({"alg": "ES256", "kid": "k" * 5_000}) + ".b.c",
        signed({"alg": "ES256"}, {"aud": ["x"] * 10_000}),
        signed({"alg": "ES256"}, b"[" * 3_000 + b"]" * 3_000),
        signed({"alg": "ES256"}, b'{"a":' * 800 + b"1" + b"}" * 800),
        encoded(b'{"a":' * 100 + b"1" + b"}" * 100) + ".e30.e30",
        encoded({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 10**9}) + ".b.c.d.e",
        "." * 100_000,
        "ä.ö.å",
    ],
    ids=range(10),
)
def test_O20_F53_oversized_deep_and_costly_tokens_are_refused_at_once(token):
    tracemalloc.start()
    began = time.perf_counter()
    assert read(token) is None
    unverified_text(token, "sub")
    took, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 0.1
    assert peak < 1_000_000


def test_O20_a_number_of_any_length_is_no_time():
    claims = read(signed({"alg": "ES256"}, b'{"exp":' + b"9" * 4_000 + b"}"))
    assert claims is None or claims.seconds("exp") is not None
