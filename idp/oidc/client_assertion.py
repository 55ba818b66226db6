"""`private_key_jwt` (RFC 7523, Core §9) by the rules of RFC 10070: one audience, one use, a short life."""

import json
from datetime import UTC, datetime, timedelta

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.domain.ports import UnitOfWork
from idp.oidc.clients import Client
from idp.oidc.jose import JwsHeader, JwtClaims, VerifyingKey, key_of, read_jws, unverified_text
from idp.oidc.store import OidcStore
from idp.oidc.vocabulary import ASSERTION_ALGORITHMS

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

LONGEST_LIFE = timedelta(minutes=5)
_LEEWAY = timedelta(seconds=30)
_TYPES = ("", "jwt", "client-authentication+jwt")
_LONGEST_JTI = 256


def claimed_client(assertion: str) -> str:
    """Return who an assertion says it is from; nothing of it is verified yet."""
    return unverified_text(assertion, "sub") or ""


def check_assertion(issuer: str, uow: UnitOfWork, client: Client, assertion: str, now: datetime) -> str:
    """Return what is wrong with an assertion, "" if nothing is; its jti is spent by this."""
    claims = read_jws(assertion, lambda header: _registered(client, header), ASSERTION_ALGORITHMS)
    if claims is None:
        return "assertion does not verify"
    expires_at = _expiry(claims, now)
    jti = claims.text("jti") or ""
    checks = {
        "assertion of another type": claims.header.typ.lower() in _TYPES,
        "assertion of another client": claims.text("iss") == claims.text("sub") == client.client_id,
        # A list is not our name, also not a list of one (RFC 10070).
        "assertion for another audience": claims.members.get("aud") == issuer,
        "assertion out of time": expires_at is not None,
        "assertion without jti": 0 < len(jti) <= _LONGEST_JTI,
    }
    wrong = next((words for words, right in checks.items() if not right), "")
    if wrong or expires_at is None:
        return wrong
    spent = OidcStore.of(uow).assertions.spend(client.client_id, jti, expires_at + _LEEWAY)
    return "" if spent else "assertion used before"


def _expiry(claims: JwtClaims, now: datetime) -> datetime | None:
    at = now.timestamp()
    leeway = _LEEWAY.total_seconds()
    expires, not_before = claims.seconds("exp"), claims.seconds("nbf")
    issued = claims.seconds("iat")
    if expires is None or not at - leeway < expires <= at + LONGEST_LIFE.total_seconds() + leeway:
        return None
    if any(one is not None and one > at + leeway for one in (not_before, issued)):
        return None
    return datetime.fromtimestamp(expires, UTC)


def _registered(client: Client, header: JwsHeader) -> VerifyingKey | None:
    """Return the client's own registered key; without `kid` there has to be just one for the algorithm."""
    if not client.registration.jwks:
        return None
    try:
        keys = KeySet.import_key_set(json.loads(client.registration.jwks)).keys
    except (JoseError, ValueError):
        return None
    fitting = [key for key in map(key_of, keys) if key is not None and _fits(key, header)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(key: VerifyingKey, header: JwsHeader) -> bool:
    return (not header.kid or key.kid == header.kid) and key.get("alg", header.alg) == header.alg
