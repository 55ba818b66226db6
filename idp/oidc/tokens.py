"""Making access and refresh tokens: random handles, of which only digests are stored."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from idp.domain.handles import digest, new_handle
from idp.oidc.clients import Client
from idp.oidc.grants import Grant, StandingGrant, StoredToken, TokenKind
from idp.oidc.vocabulary import OFFLINE_ACCESS


class Mint:
    """Authlib's token generator for one moment: the members of a token response (RFC 6749 §5.1)."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(
        self,
        grant_type: str,
        client: Client,
        user: StandingGrant,
        scope: str,
        expires_in: int | None = None,
        include_refresh_token: bool = True,  # noqa: FBT001, FBT002 - Authlib's signature
    ) -> dict[str, Any]:
        """Return a response; a refresh token only where offline access was granted (Core §11)."""
        del grant_type, expires_in
        left = access_expiry(user, client, self._now) - self._now
        token: dict[str, Any] = {
            "access_token": new_handle(),
            "token_type": "Bearer",
            "expires_in": int(left.total_seconds()),
            "scope": scope,
        }
        if include_refresh_token and OFFLINE_ACCESS in user.grant.scope:
            token["refresh_token"] = new_handle()
        return token


def access_expiry(context: StandingGrant, client: Client, now: datetime) -> datetime:
    """Return when an access token made now ends: after its lifetime, or with what it rests on."""
    ends = [now + client.registration.access_token_lifetime, context.grant.expires_at]
    if not context.grant.offline:
        ends.append(context.standing.session_expires_at)
    return min(ends)


def rows_of(token: Mapping[str, Any], grant: Grant, now: datetime) -> list[StoredToken]:
    """Return what is stored of a token response. A refresh token keeps all that was granted (RFC 6749 §6)."""
    lives = now + timedelta(seconds=token["expires_in"])
    scope = tuple(token["scope"].split())
    rows = [StoredToken(digest(token["access_token"]), TokenKind.ACCESS, grant.id, scope, now, lives)]
    if "refresh_token" in token:
        refresh = digest(token["refresh_token"])
        rows.append(StoredToken(refresh, TokenKind.REFRESH, grant.id, grant.scope, now, grant.expires_at))
    return rows
