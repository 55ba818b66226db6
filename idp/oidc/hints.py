"""ID tokens that come back to us as hints: ours by signature and issuer, however old (Core §3.1.2.1)."""

from dataclasses import dataclass

from idp.domain.handles import AccountId, SessionId
from idp.oidc.jose import JwsHeader, VerifyingKey, read_jws
from idp.oidc.provider import Provider
from idp.oidc.vocabulary import SIGNING_ALGORITHMS


@dataclass(frozen=True, slots=True)
class IdTokenHint:
    """Whom an ID token was about, in which session, for which client."""

    account_id: AccountId
    session_id: SessionId
    client_id: str


def read_hint(provider: Provider, token: str) -> IdTokenHint | None:
    """Return what the token says, None unless we made it as an ID token (F44: no other kind will do)."""

    def ours(header: JwsHeader) -> VerifyingKey | None:
        found = provider.keys.find(header.kid)
        return found.key if found is not None and found.alg == header.alg else None

    claims = read_jws(token, ours, SIGNING_ALGORITHMS)
    if claims is None or claims.header.typ != "JWT" or claims.text("iss") != provider.issuer:
        return None
    subject, session, audience = claims.text("sub"), claims.text("sid"), claims.text("aud")
    if subject is None or session is None or audience is None or "events" in claims.members:
        return None
    return IdTokenHint(AccountId(subject), SessionId(session), audience)
