"""Back-Channel Logout 1.0: each client that took part in a session is told that it has ended.

The outbox brings one message per client and tries again; the outcome is kept and shown per system. What the
client was given ends first: that does not wait for anybody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.domain.audit import record
from idp.domain.errors import Unavailable
from idp.domain.events import LogoutDelivered
from idp.domain.handles import AccountId, SessionId, new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.outbox import Delivery, Hopeless
from idp.oidc.clients import Client
from idp.oidc.id_token import sign
from idp.oidc.ports import Outgoing
from idp.oidc.provider import Provider
from idp.oidc.store import OidcStore
from idp.oidc.store.deliveries import LogoutDelivery, LogoutState

LOGOUT_TOKEN_TYPE = "logout+jwt"  # noqa: S105 - a media type (§2.4)
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_LIFETIME = timedelta(minutes=2)

_REFUSED = 400
_DONE = (200, 204)
_LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class _Ended:
    """A session that has ended, and the client to be told."""

    session_id: SessionId
    account_id: AccountId
    client: Client


@dataclass(frozen=True, slots=True)
class BackchannelLogout:
    """The handler of the outbox's topic `session.ended.oidc`."""

    provider: Provider
    outgoing: Outgoing

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Tell one client; raises Unavailable to be tried again."""
        ended = self._end_grants(delivery, now)
        if ended is None:
            return None
        uri = ended.client.registration.backchannel_logout_uri
        if not uri:
            self._keep(delivery, ended, LogoutState.NOT_WANTED, "the system has no logout address", now)
            return None
        token = make_logout_token(self.provider, ended.client, ended.account_id, ended.session_id, now)
        try:
            reply = self.outgoing.post_form(uri, {"logout_token": token})
        except Unavailable as error:
            self._keep(delivery, ended, LogoutState.FAILED, str(error), now)
            raise
        if reply.status in _DONE:
            self._keep(delivery, ended, LogoutState.DELIVERED, f"answered {reply.status}", now)
            return None
        self._keep(delivery, ended, LogoutState.FAILED, f"answered {reply.status}", now)
        if reply.status == _REFUSED:
            # §2.8: the system understood and refuses this token; the same words would be refused again.
            return Hopeless("the system refused the logout token")
        raise Unavailable(f"{ended.client.client_id} answered {reply.status}")

    def _end_grants(self, delivery: Delivery, now: datetime) -> _Ended | None:
        """Revoke what the client was given in the session; None if there is no such client any more."""
        session_id, application_id = SessionId(delivery.payload["session"]), delivery.payload["application"]
        with self.provider.database.write() as uow:
            OidcStore.of(uow).grants.revoke_of_session(session_id, application_id, "session_ended", now)
            session = uow.sessions.get(session_id)
            client = self.provider.clients.of_application(uow, application_id)
        if session is None or client is None:
            return None
        return _Ended(session_id, session.account_id, client)

    def _keep(
        self, delivery: Delivery, ended: _Ended, state: LogoutState, detail: str, now: datetime
    ) -> None:
        """Store and record how it went, in a transaction that waited for nobody."""
        kept = LogoutDelivery(
            session_id=ended.session_id,
            application_id=ended.client.application_id,
            state=state,
            detail=detail[:_LONGEST_DETAIL],
            attempts=delivery.attempt,
            first_at=now,
            last_at=now,
        )
        occasion = Occasion(now, new_id(), Actor(ActorKind.JOB, delivery.topic))
        told = LogoutDelivered(
            subject=ended.account_id, object=ended.client.client_id, reason=kept.detail, outcome=state.value
        )
        with self.provider.database.write() as uow:
            OidcStore.of(uow).deliveries.keep(kept)
            record(uow.audit, told, occasion)


def make_logout_token(
    provider: Provider, client: Client, account_id: AccountId, session_id: SessionId, now: datetime
) -> str:
    """Return a logout token (§2.4): typed, short-lived, and never mistaken for an ID token, for it has no nonce."""
    issued_at = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": provider.issuer,
        "sub": account_id,
        "aud": client.client_id,
        "iat": issued_at,
        "exp": issued_at + int(LOGOUT_TOKEN_LIFETIME.total_seconds()),
        "jti": new_id(),
        "sid": session_id,
        "events": {LOGOUT_EVENT: {}},
    }
    return sign(provider, client.registration.id_token_signed_response_alg, LOGOUT_TOKEN_TYPE, claims)
