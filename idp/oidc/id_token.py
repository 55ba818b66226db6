"""ID tokens (OpenID Connect Core §2): who signed in, when and how, signed for one client."""

import base64
import hashlib
from datetime import datetime, timedelta

from joserfc import jwt

from idp.oidc.claims import person_claims
from idp.oidc.clients import Client
from idp.oidc.grants import StandingGrant
from idp.oidc.provider import Provider
from idp.oidc.vocabulary import amr_of

ID_TOKEN_LIFETIME = timedelta(minutes=15)


def make_id_token(
    provider: Provider,
    client: Client,
    context: StandingGrant,
    access_token: str,
    now: datetime,
    *,
    refreshed: bool,
) -> str:
    """Return a signed ID token; a refreshed one tells the original authentication and no nonce (Core §12.2)."""
    grant = context.grant
    issued_at = int(now.timestamp())
    claims: dict[str, object] = {
        # Person claims first: nothing that was asked for can stand in for what follows (statement O19).
        **person_claims(context.subject, grant.claims.id_token),
        "iss": provider.issuer,
        "sub": grant.account_id,
        "aud": client.client_id,
        "azp": client.client_id,
        "iat": issued_at,
        "exp": issued_at + int(ID_TOKEN_LIFETIME.total_seconds()),
        "auth_time": int(grant.authenticated_at.timestamp()),
        "acr": grant.acr,
        "amr": amr_of(grant.proofs),
        "sid": grant.session_id,
        "at_hash": half_hash(access_token),
    }
    if grant.nonce and not refreshed:
        claims["nonce"] = grant.nonce
    return sign(provider, client.registration.id_token_signed_response_alg, "JWT", claims)


def sign(provider: Provider, algorithm: str, kind: str, claims: dict[str, object]) -> str:
    """Return a JWT of the type `kind`, signed with the current key."""
    key = provider.keys.current(algorithm)
    header = {"alg": algorithm, "kid": key.kid, "typ": kind}
    return jwt.encode(header, claims, key.key, algorithms=[algorithm])


def half_hash(token: str) -> str:
    """Return `at_hash` (Core §3.1.3.6); both our algorithms hash with SHA-256."""
    left = hashlib.sha256(token.encode("ascii")).digest()[:16]
    return base64.urlsafe_b64encode(left).rstrip(b"=").decode("ascii")
