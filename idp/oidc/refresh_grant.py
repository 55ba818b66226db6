"""The refresh token grant (RFC 6749 §6) with rotation: each refresh token works once.

One that comes a second time was stolen, or its thief was first; the whole family ends (RFC 9700 §4.14.2).
There is no grace: two at once are one winner and a family that has ended.
"""
# mypy: disable-error-code="no-untyped-call,misc"
# Authlib has no annotations.

from dataclasses import dataclass
from typing import ClassVar

from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from idp.domain.audit import record
from idp.domain.events import TokensRevoked
from idp.domain.handles import digest
from idp.oidc.client_authentication import ANY_METHOD
from idp.oidc.clients import Client
from idp.oidc.errors import ProtocolRefusal, Refused
from idp.oidc.grants import StandingGrant, StoredToken, TokenKind
from idp.oidc.server import FormRequest, OidcServer
from idp.oidc.standing import why_unusable


@dataclass(frozen=True, slots=True)
class SpentRefreshToken:
    """A refresh token that was just used, in Authlib's shape."""

    token: StoredToken
    context: StandingGrant

    def check_client(self, client: Client) -> bool:
        return self.context.grant.client_id == client.client_id

    def get_scope(self) -> str:
        return " ".join(self.token.scope)


class RefreshGrant(RefreshTokenGrant):
    """Exchanges refresh tokens."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = [method.value for method in ANY_METHOD]
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: OidcServer
    request: FormRequest

    def authenticate_refresh_token(self, refresh_token: str) -> SpentRefreshToken:
        """Spend the token and return what it was, if it is this client's and its grant still stands."""
        server, now = self.server, self.server.occasion.now
        token_digest = digest(refresh_token)
        token = server.store.tokens.claim_refresh(token_digest, now)
        if token is None:
            raise self._not_good(token_digest)
        context = server.store.grants.standing(token.grant_id)
        if context is None:
            raise ProtocolRefusal(Refused.REFRESH_UNKNOWN)
        if context.grant.client_id != self.request.client.client_id:
            self._revoke_family(token.grant_id, Refused.REFRESH_OTHER_CLIENT)
            raise ProtocolRefusal(Refused.REFRESH_OTHER_CLIENT)
        if now >= token.expires_at:
            raise ProtocolRefusal(Refused.REFRESH_EXPIRED)
        fallen = why_unusable(server.uow, context, now)
        if fallen is not None:
            raise ProtocolRefusal(Refused.GRANT_FALLEN, fallen)
        return SpentRefreshToken(token, context)

    def _not_good(self, token_digest: bytes) -> ProtocolRefusal:
        found = self.server.store.tokens.find(token_digest)
        if found is None or found.token.kind is not TokenKind.REFRESH:
            return ProtocolRefusal(Refused.REFRESH_UNKNOWN)
        self._revoke_family(found.token.grant_id, Refused.REFRESH_REPLAYED)
        return ProtocolRefusal(Refused.REFRESH_REPLAYED)

    def _revoke_family(self, grant_id: str, why: Refused) -> None:
        server = self.server
        if server.store.grants.revoke(grant_id, why.value, server.occasion.now):
            record(server.uow.audit, TokensRevoked(object=grant_id, reason=why.value), server.occasion)

    def _validate_token_scope(self, token: SpentRefreshToken) -> None:
        asked = set((self.request.payload.scope or "").split())
        if not asked <= set(token.token.scope):
            # The mistake is in the scope: the token stays good, in this same transaction.
            self.server.store.tokens.unspend(token.token.digest)
            raise ProtocolRefusal(Refused.REFRESH_SCOPE)

    def authenticate_user(self, refresh_token: SpentRefreshToken) -> StandingGrant:
        return refresh_token.context

    def revoke_old_credential(self, refresh_token: SpentRefreshToken) -> None:
        """Nothing is left to do: the old token was spent before the new one was made."""
