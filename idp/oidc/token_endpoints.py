"""The endpoints that clients post forms to, each one unit of work: token, introspection, revocation."""
# mypy: disable-error-code="no-untyped-call"
# Authlib has no annotations.

from dataclasses import replace

from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.oidc.code_grant import S256, CodeGrant, IdTokens
from idp.oidc.introspection import Introspection
from idp.oidc.provider import Provider
from idp.oidc.refresh_grant import RefreshGrant
from idp.oidc.revocation import Revocation
from idp.oidc.server import Answer, FormPost, OidcServer


def token(provider: Provider, post: FormPost, occasion: Occasion) -> Answer:
    """Exchange a code or a refresh token."""
    with provider.database.write(brief=True) as uow:
        server = OidcServer(provider, uow, _by_client(occasion, post))
        server.register_grant(CodeGrant, [S256(required=True), IdTokens()])
        server.register_grant(RefreshGrant, [IdTokens()])
        answer: Answer = server.create_token_response(post)
        return answer


def introspect(provider: Provider, post: FormPost, occasion: Occasion) -> Answer:
    """Say whether a token is good. Only an assertion, which is used up, needs to write."""
    begin = provider.database.write if "client_assertion" in post.fields else provider.database.read
    with begin() as uow:
        server = OidcServer(provider, uow, _by_client(occasion, post))
        server.register_endpoint(Introspection)
        answer: Answer = server.create_endpoint_response(Introspection.ENDPOINT_NAME, post)
        return answer


def revoke(provider: Provider, post: FormPost, occasion: Occasion) -> Answer:
    """Take back a token."""
    with provider.database.write() as uow:
        server = OidcServer(provider, uow, _by_client(occasion, post))
        server.register_endpoint(Revocation)
        answer: Answer = server.create_endpoint_response(Revocation.ENDPOINT_NAME, post)
        return answer


def _by_client(occasion: Occasion, post: FormPost) -> Occasion:
    """Say that a client acts; which one is in each record's own field, once it has been proved."""
    del post
    return replace(occasion, actor=Actor(ActorKind.CLIENT))
