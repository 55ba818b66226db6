"""Authorization codes: a grant with a snapshot of the authentication, opened once within a minute."""

from idp.domain.authentication import AuthenticationContext
from idp.domain.handles import digest, new_handle, new_id
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.oidc.claims import covered_by, facts_of
from idp.oidc.grants import CODE_LIFETIME, ClaimsRequest, Grant
from idp.oidc.provider import Provider
from idp.oidc.request import AuthorizationRequest
from idp.oidc.store import OidcStore
from idp.oidc.vocabulary import OFFLINE_ACCESS, acr_of


def issue_code(
    provider: Provider,
    uow: UnitOfWork,
    request: AuthorizationRequest,
    context: AuthenticationContext,
    occasion: Occasion,
) -> str:
    """Store a grant that holds `context`, and return the code that opens it once."""
    now = occasion.now
    registration = request.to.client.registration
    code = new_handle()
    code_expires_at = now + CODE_LIFETIME
    expires_at = code_expires_at + registration.access_token_lifetime
    if OFFLINE_ACCESS in request.scope and registration.refresh_lifetime is not None:
        expires_at = now + registration.refresh_lifetime
    grant = Grant(
        id=new_id(),
        application_id=request.to.client.application_id,
        client_id=request.to.client.client_id,
        account_id=context.account_id,
        session_id=context.session_id,
        redirect_uri=request.to.redirect_uri,
        code_challenge=request.code_challenge,
        nonce=request.nonce,
        scope=request.scope,
        audience=request.resource or provider.issuer,
        claims=_permitted(request),
        proofs=context.proofs,
        acr=acr_of(context.proofs, request.acr_values),
        created_at=now,
        code_expires_at=code_expires_at,
        expires_at=expires_at,
    )
    OidcStore.of(uow).grants.add(grant, digest(code))
    told = facts_of({*covered_by(grant.scope), *grant.claims.userinfo, *grant.claims.id_token})
    if told:
        uow.releases.keep(context.account_id, grant.application_id, told, now)
    return code


def _permitted(request: AuthorizationRequest) -> ClaimsRequest:
    """Return the single claims asked for that the client may have: of its own scopes, or those consented to."""
    registration = request.to.client.registration
    covered = covered_by(registration.scope if registration.first_party else request.scope)
    names = request.claims.names
    return ClaimsRequest(
        userinfo=tuple(name for name in names.userinfo if name in covered),
        id_token=tuple(name for name in names.id_token if name in covered),
    )
