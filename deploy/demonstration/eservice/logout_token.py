"""Logout tokens of OpenID Connect Back-Channel Logout 1.0: what makes one valid (§2.6).

Owns the rules. Fetching keys and remembering tokens are the caller's; nothing here does I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

EVENT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["ES256", "RS256"]
TYPE = "logout+jwt"
LEEWAY = timedelta(minutes=2)
LONGEST_LIFE = timedelta(minutes=10)


class LogoutTokenError(ValueError):
    """The token is not one of ours; the text says which rule it broke."""


class UnknownKeyError(LogoutTokenError):
    """The token names a key that is not in the set: fetch it anew and try once more."""


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """A valid token: whom or which session to sign out, and until when to remember it."""

    jti: str
    subject: str | None
    provider_session: str | None
    expires: datetime


def validate(token: str, keys: KeySet, *, issuer: str, client_id: str, now: datetime) -> LogoutToken:
    """Return the token's contents, or raise LogoutTokenError (Back-Channel Logout 1.0 §2.6)."""
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except InvalidKeyIdError as error:
        raise UnknownKeyError("signed with an unknown key") from error
    except (JoseError, ValueError) as error:
        raise LogoutTokenError(f"signature: {error}") from error
    claims = decoded.claims
    # §2.4: the type is recommended; a token of another type is another kind of token (RFC 8725 §3.11).
    if str(decoded.header.get("typ", TYPE)).lower() != TYPE:
        raise LogoutTokenError("typ")
    _check_addressing(claims, issuer, client_id)
    _check_event(claims)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise LogoutTokenError("jti")
    subject, session = _text(claims, "sub"), _text(claims, "sid")
    if subject is None and session is None:
        raise LogoutTokenError("neither sub nor sid")
    return LogoutToken(jti, subject, session, _check_times(claims, now))


def _check_addressing(claims: Mapping[str, object], issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise LogoutTokenError("iss")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        raise LogoutTokenError("aud")


def _check_event(claims: Mapping[str, object]) -> None:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise LogoutTokenError("events")
    # §2.4: a nonce is prohibited, so that no ID token can pass for a logout token.
    if "nonce" in claims:
        raise LogoutTokenError("nonce")


def _check_times(claims: Mapping[str, object], now: datetime) -> datetime:
    """`exp` and `iat` are required (§2.4); the life is bounded, and with it the memory of used tokens."""
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if issued > now + LEEWAY:
        raise LogoutTokenError("iat is in the future")
    if expires + LEEWAY <= now:
        raise LogoutTokenError("expired")
    if expires - issued > LONGEST_LIFE:
        raise LogoutTokenError("lives too long")
    return expires + LEEWAY


def _time(claims: Mapping[str, object], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise LogoutTokenError(name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise LogoutTokenError(name) from error


def _text(claims: Mapping[str, object], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise LogoutTokenError(name)
    return value
