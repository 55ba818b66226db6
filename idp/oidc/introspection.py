"""Token introspection (RFC 7662): is this token good, and for what? Only for those it concerns."""
# mypy: disable-error-code="no-untyped-call,misc"
# Authlib has no annotations.

from typing import ClassVar

from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from idp.domain.handles import digest
from idp.oidc.client_authentication import CONFIDENTIAL
from idp.oidc.clients import Client
from idp.oidc.errors import ProtocolRefusal, Refused
from idp.oidc.grants import TokenKind
from idp.oidc.server import FormRequest, OidcServer
from idp.oidc.standing import why_unusable
from idp.oidc.store.tokens import FoundToken


class Introspection(IntrospectionEndpoint):
    """Answers a client about its own tokens, and a resource about those made for it."""

    CLIENT_AUTH_METHODS: ClassVar[list[str]] = [method.value for method in CONFIDENTIAL]
    server: OidcServer

    def check_params(self, request: FormRequest, client: Client) -> None:
        """Demand a token; an unknown hint is only a hint (RFC 7662 §2.1)."""
        del client
        if not request.form.get("token"):
            raise ProtocolRefusal(Refused.TOKEN_MISSING)

    def query_token(self, token_string: str, token_type_hint: str | None) -> FoundToken | None:
        del token_type_hint
        return self.server.store.tokens.find(digest(token_string))

    def check_permission(self, token: FoundToken, client: Client, request: FormRequest) -> bool:
        del request
        if token.context.grant.client_id == client.client_id:
            return True
        return (
            token.token.kind is TokenKind.ACCESS
            and token.context.grant.audience in client.registration.audiences
        )

    def create_introspection_payload(self, token: FoundToken | None) -> dict[str, object]:
        if token is None or not self._active(token):
            return {"active": False}  # §2.2: and nothing else, whatever the cause
        grant, stored = token.context.grant, token.token
        return {
            "active": True,
            "iss": self.server.provider.issuer,
            "client_id": grant.client_id,
            "sub": grant.account_id,
            "aud": grant.audience,
            "scope": " ".join(stored.scope),
            "token_type": "Bearer" if stored.kind is TokenKind.ACCESS else "refresh_token",
            "iat": int(stored.issued_at.timestamp()),
            "exp": int(stored.expires_at.timestamp()),
            # RFC 9470 §6.2
            "acr": grant.acr,
            "auth_time": int(grant.authenticated_at.timestamp()),
        }

    def _active(self, found: FoundToken) -> bool:
        now = self.server.occasion.now
        token, context = found.token, found.context
        if token.spent or token.revoked or now >= token.expires_at:
            return False
        return why_unusable(self.server.uow, context, now) is None
