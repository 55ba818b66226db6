"""Token revocation (RFC 7009): a client gives back its own tokens; a refresh token takes the family along."""
# mypy: disable-error-code="no-untyped-call,misc"
# Authlib has no annotations.

from typing import ClassVar

from authlib.oauth2.rfc7009 import RevocationEndpoint

from idp.domain.audit import record
from idp.domain.events import TokensRevoked
from idp.domain.handles import digest
from idp.oidc.client_authentication import ANY_METHOD
from idp.oidc.clients import Client
from idp.oidc.errors import ProtocolRefusal, Refused
from idp.oidc.grants import TokenKind
from idp.oidc.server import FormRequest, OidcServer
from idp.oidc.store.tokens import FoundToken


class Revocation(RevocationEndpoint):
    """Revokes a client's own tokens."""

    CLIENT_AUTH_METHODS: ClassVar[list[str]] = [method.value for method in ANY_METHOD]
    server: OidcServer

    def authenticate_token(self, request: FormRequest, client: Client) -> FoundToken | None:
        """Return the client's own token; an unknown one is as good as revoked (RFC 7009 §2.2)."""
        token = request.form.get("token")
        if not token:
            raise ProtocolRefusal(Refused.TOKEN_MISSING)
        found = self.server.store.tokens.find(digest(token))
        if found is not None and found.context.grant.client_id != client.client_id:
            raise ProtocolRefusal(Refused.TOKEN_OTHER_CLIENT)
        return found

    def revoke_token(self, token: FoundToken, request: FormRequest) -> None:
        del request
        server, grant = self.server, token.context.grant
        now = server.occasion.now
        if token.token.kind is TokenKind.ACCESS:
            changed = server.store.tokens.revoke(token.token.digest, now)
        else:
            changed = server.store.grants.revoke(grant.id, "revoked_by_client", now)
        if changed:
            revoked = TokensRevoked(subject=grant.account_id, object=grant.id, reason="revoked_by_client")
            record(server.uow.audit, revoked, server.occasion)
