"""From an authorization request to the waist's requirement."""

from datetime import datetime

from idp.domain.assurance import Assurance
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import AccountId
from idp.oidc.errors import Refused
from idp.oidc.hints import read_hint
from idp.oidc.provider import Provider
from idp.oidc.request import AuthorizationRequest
from idp.oidc.vocabulary import assurance_asked


def requirement_of(request: AuthorizationRequest, subject: AccountId | None) -> AuthenticationRequirement:
    """Say in the waist's words what a request needs; it can only ask for more than the policy (O15).

    Freshness counts from when the request came in, so that a sign-in that it led to satisfies it.
    """
    since: list[datetime] = []
    if request.prompt & {"login", "select_account"}:
        since.append(request.received_at)
    if request.max_age is not None:
        since.append(request.received_at - request.max_age)
    return AuthenticationRequirement(
        application=request.to.application.id,
        assurance=max(Assurance.ONE_FACTOR, assurance_asked(request.acr_values)),
        fresh_since=max(since, default=None),
        interactive=not request.silent,
        login_hint=request.login_hint,
        subject=subject,
    )


def subject_of(provider: Provider, request: AuthorizationRequest) -> AccountId | Refused | None:
    """Return the one person who may answer, by `id_token_hint` or by a `sub` asked for."""
    asked = request.claims.subject
    if request.id_token_hint:
        hint = read_hint(provider, request.id_token_hint)
        if hint is None or hint.client_id != request.to.client.client_id:
            return Refused.ID_TOKEN_HINT
        if asked not in (None, hint.account_id):
            return Refused.SUBJECT
        return hint.account_id
    return None if asked is None else AccountId(asked)
