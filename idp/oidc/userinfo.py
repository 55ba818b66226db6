"""The userinfo endpoint (OpenID Connect Core §5.3): one read answers whether the token is good, and for whom."""

from idp.domain.handles import digest
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.oidc.claims import needs_membership, person_claims, wanted_claims
from idp.oidc.errors import WORDS, Refused
from idp.oidc.grants import TokenKind
from idp.oidc.memberships import membership_claims
from idp.oidc.provider import Provider
from idp.oidc.server import Answer
from idp.oidc.standing import why_unusable
from idp.oidc.store import OidcStore
from idp.oidc.store.tokens import FoundToken
from idp.oidc.vocabulary import OPENID

_LONGEST = 256


def userinfo(provider: Provider, authorization: str, occasion: Occasion) -> Answer:
    """Answer with the claims that the token's scopes and its request stand for."""
    scheme, _, bearer = authorization.partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        return refused(Refused.BEARER_MISSING)
    with provider.database.read() as uow:
        store = OidcStore.of(uow)
        found = store.tokens.find(digest(bearer)) if len(bearer) <= _LONGEST else None
        wrong = _why_not(provider, uow, found, occasion)
        if found is None or wrong:
            client = found.context.grant.client_id if found else ""
            return refused(Refused.BEARER_INVALID, wrong, client)
        grant, subject = found.context.grant, found.context.subject
        if OPENID not in found.token.scope:
            return refused(Refused.BEARER_SCOPE, "", grant.client_id)
        names = wanted_claims(grant, found.token.scope)
        claims = {"sub": grant.account_id, **person_claims(subject, names)}
        if needs_membership(names):
            claims |= membership_claims(uow, subject, grant.application_id, names, occasion.now)
        return Answer(200, claims, client=grant.client_id)


def _why_not(provider: Provider, uow: UnitOfWork, found: FoundToken | None, occasion: Occasion) -> str:
    """Return why the token does not open userinfo, "" if it does; only the audit log reads the difference."""
    if found is None:
        return "unknown"
    token, grant = found.token, found.context.grant
    if token.kind is not TokenKind.ACCESS:
        return "another kind"
    if token.revoked:
        return "revoked"
    if occasion.now >= token.expires_at:
        return "expired"
    if grant.audience != provider.issuer:
        return "another audience"
    return why_unusable(uow, found.context, occasion.now) or ""


def refused(reason: Refused, detail: str = "", client: str = "") -> Answer:
    """Return a refusal in the words of RFC 6750 §3."""
    words = WORDS[reason]
    challenge = "Bearer"
    if words.error:
        challenge += f' error="{words.error}", error_description="{words.description}"'
    body = {"error": words.error, "error_description": words.description} if words.error else {}
    reason_told = f"{reason.value}: {detail}" if detail else reason.value
    return Answer(words.status, body, {"WWW-Authenticate": challenge}, reason_told, client)
