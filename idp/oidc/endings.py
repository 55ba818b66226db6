"""How it went to tell clients that a session has ended. Implements `domain.participants.Endings`."""

from collections.abc import Iterable, Sequence

from idp.domain.handles import ApplicationId, SessionId
from idp.domain.participants import Ending, EndingState
from idp.domain.ports import UnitOfWork
from idp.oidc.store import OidcStore
from idp.oidc.store.deliveries import LogoutDelivery


class ClientEndings:
    """Back-Channel Logout's outcomes."""

    def of_session(self, uow: UnitOfWork, session_id: SessionId) -> Sequence[Ending]:
        """Return what is known of a session's clients."""
        return _endings(OidcStore.of(uow).deliveries.of_session(session_id))

    def of_application(self, uow: UnitOfWork, application_id: ApplicationId, most: int) -> Sequence[Ending]:
        """Return the newest outcomes of one client."""
        return _endings(OidcStore.of(uow).deliveries.of_application(application_id, most))


def _endings(found: Iterable[LogoutDelivery]) -> list[Ending]:
    return [
        Ending(
            SessionId(one.session_id),
            ApplicationId(one.application_id),
            EndingState(one.state.value),
            one.detail,
            one.attempts,
            one.last_at,
        )
        for one in found
    ]
