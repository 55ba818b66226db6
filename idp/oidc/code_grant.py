"""The authorization code grant at the token endpoint (RFC 6749 §4.1.3): spend first, then look, then mint.

Authlib saves the token and deletes the code afterwards; here one conditional UPDATE claims the code before
anything else, so that of many tries one wins, and a try with a wrong verifier has used the code up.
"""
# mypy: disable-error-code="no-untyped-call,misc"
# Authlib has no annotations.

from dataclasses import dataclass
from typing import Any, ClassVar

from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from idp.domain.audit import record
from idp.domain.events import TokensRevoked
from idp.domain.handles import digest
from idp.oidc.client_authentication import ANY_METHOD
from idp.oidc.clients import Client
from idp.oidc.errors import ProtocolRefusal, Refused
from idp.oidc.grants import StandingGrant
from idp.oidc.id_token import make_id_token
from idp.oidc.server import FormRequest, OidcServer
from idp.oidc.standing import why_unusable
from idp.oidc.vocabulary import OPENID


@dataclass(frozen=True, slots=True)
class RedeemedCode:
    """A code that was just spent, in Authlib's shape."""

    context: StandingGrant

    code_challenge_method: ClassVar[str] = "S256"

    @property
    def code_challenge(self) -> str:
        """What the verifier has to hash to; "" only for a client that is exempt from PKCE."""
        return self.context.grant.code_challenge

    def get_redirect_uri(self) -> str:
        return self.context.grant.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.context.grant.scope)


class S256(CodeChallenge):
    """PKCE without `plain` (RFC 9700 §2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar[list[str]] = ["S256"]


class CodeGrant(AuthorizationCodeGrant):
    """Redeems codes."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = [method.value for method in ANY_METHOD]
    server: OidcServer
    request: FormRequest

    def query_authorization_code(self, code: str, client: Client) -> RedeemedCode:
        """Spend the code and return what it opens, if it is this client's, in time, and still stands."""
        self.request.client = client
        server, now = self.server, self.server.occasion.now
        code_digest = digest(code)
        grant_id = server.store.grants.claim_code(code_digest, now)
        if grant_id is None:
            raise self._replayed(code_digest)
        context = server.store.grants.standing(grant_id)
        if context is None:
            raise ProtocolRefusal(Refused.CODE_UNKNOWN)
        if context.grant.client_id != client.client_id:
            raise ProtocolRefusal(Refused.CODE_OTHER_CLIENT)
        if now >= context.grant.code_expires_at:
            raise ProtocolRefusal(Refused.CODE_EXPIRED)
        if self.request.payload.redirect_uri != context.grant.redirect_uri:
            raise ProtocolRefusal(Refused.CODE_REDIRECT_URI)
        fallen = why_unusable(server.uow, context, now)
        if fallen is not None:
            raise ProtocolRefusal(Refused.GRANT_FALLEN, fallen)
        return RedeemedCode(context)

    def _replayed(self, code_digest: bytes) -> ProtocolRefusal:
        """RFC 6749 §4.1.2: a code that comes twice takes along everything that it gave."""
        server = self.server
        grant_id = server.store.grants.of_code(code_digest)
        if grant_id is None:
            return ProtocolRefusal(Refused.CODE_UNKNOWN)
        if server.store.grants.revoke(grant_id, Refused.CODE_REPLAYED.value, server.occasion.now):
            revoked = TokensRevoked(object=grant_id, reason=Refused.CODE_REPLAYED.value)
            record(server.uow.audit, revoked, server.occasion)
        return ProtocolRefusal(Refused.CODE_REPLAYED)

    def authenticate_user(self, authorization_code: RedeemedCode) -> StandingGrant:
        return authorization_code.context

    def save_authorization_code(self, code: str, request: object) -> None:
        del code, request
        raise TypeError("codes are made in codes.py")

    def delete_authorization_code(self, authorization_code: RedeemedCode) -> None:
        """Keep the row: it was spent before, and a second use has to be seen."""


def add_id_token(grant: Any, response: tuple[int, dict[str, Any], object]) -> None:
    """Put an ID token beside the access token, if the grant is one of OpenID Connect; a hook of the grants."""
    _, token, _ = response
    if OPENID not in token["scope"].split():
        return
    server: OidcServer = grant.server
    token["id_token"] = make_id_token(
        server.provider,
        grant.request.client,
        grant.request.user,
        token["access_token"],
        server.occasion.now,
        refreshed=grant.GRANT_TYPE == "refresh_token",
    )


class IdTokens:
    """Adds `add_id_token` to a grant, as Authlib's extensions are added."""

    def __call__(self, grant: Any) -> None:
        grant.register_hook("after_create_token_response", add_id_token)
