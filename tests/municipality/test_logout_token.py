"""Logout tokens as the e-service validates them: each rule of Back-Channel Logout 1.0 §2.6 by itself."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from deploy.demonstration.eservice.logout_token import EVENT, LogoutTokenError, UnknownKeyError, validate

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = ECKey.generate_key("P-256", {"kid": "one"})
KEYS = KeySet([KEY])
CLAIMS: dict[str, Any] = {
    "iss": "http://localhost:8400", "aud": "eservice", "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 120, "jti": "j", "sub": "s", "sid": "i", "events": {EVENT: {}},
}  # fmt: skip


def _signed(header: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": "one", "typ": "logout+jwt", **(header or {})}, claims, key)


def _check(token: str) -> Any:
    return validate(token, KEYS, issuer="http://localhost:8400", client_id="eservice", now=NOW)


def test_a_valid_token_names_the_session_and_the_subject() -> None:
    token = _check(_signed())
    assert (token.subject, token.provider_session, token.jti) == ("s", "i", "j")
    assert token.expires == NOW + timedelta(seconds=120) + timedelta(minutes=2)


def test_either_of_sub_and_sid_is_enough() -> None:
    assert _check(_signed(sub=None)).subject is None
    assert _check(_signed(sid=None)).provider_session is None


def test_the_audience_may_be_a_list() -> None:
    assert _check(_signed(aud=["other", "eservice"])).jti == "j"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "http://localhost:9"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "intranet"}, "aud"),
        ({"aud": None}, "aud"),
        ({"events": None}, "events"),
        ({"events": {EVENT: True}}, "events"),
        ({"events": [EVENT]}, "events"),
        ({"nonce": "n"}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"jti": None}, "jti"),
        ({"jti": 7}, "jti"),
        ({"sub": None, "sid": None}, "neither"),
        ({"sid": ["i"]}, "sid"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"iat": True}, "iat"),
        ({"exp": 10**30}, "exp"),
        ({"exp": CLAIMS["iat"] - 300}, "expired"),
        ({"iat": CLAIMS["iat"] + 300, "exp": CLAIMS["iat"] + 400}, "future"),
        ({"exp": CLAIMS["iat"] + 86400}, "long"),
    ],
)
def test_a_token_that_breaks_one_rule_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(LogoutTokenError, match=reason):
        _check(_signed(**changes))


def test_an_id_token_does_not_pass_for_a_logout_token() -> None:
    with pytest.raises(LogoutTokenError, match="typ"):
        _check(_signed({"typ": "JWT"}))


def test_unsigned_and_symmetric_tokens_are_refused() -> None:
    header, payload, _ = _signed().split(".")
    # The public key as the secret of a MAC (RFC 8725 §2.1), made by hand: joserfc refuses to.
    forged = f"eyJhbGciOiJIUzI1NiIsImtpZCI6Im9uZSJ9.{payload}"
    mac = hmac.digest(KEY.as_pem(private=False), forged.encode(), hashlib.sha256)
    with pytest.raises(LogoutTokenError):
        _check(f"{forged}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}")
    with pytest.raises(LogoutTokenError):
        _check(f"eyJhbGciOiJub25lIn0.{payload}.")
    with pytest.raises(LogoutTokenError):
        _check(f"{header}.{payload}.")


def test_an_unknown_key_is_told_apart_so_that_keys_can_be_fetched_anew() -> None:
    with pytest.raises(UnknownKeyError):
        _check(_signed({"kid": "two"}, ECKey.generate_key("P-256", {"kid": "two"})))


def test_another_algorithm_than_the_keys_is_refused() -> None:
    with pytest.raises(LogoutTokenError):
        _check(_signed({"alg": "RS256"}, RSAKey.generate_key(2048, {"kid": "one"})))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "\u00e5.\u00e5.\u00e5"])
def test_rubbish_is_refused(token: str) -> None:
    with pytest.raises(LogoutTokenError):
        _check(token)
