"""How it went to tell services that a session has ended. Implements `domain.participants.Endings`; light."""

from collections.abc import Sequence

from idp.domain.handles import ApplicationId, SessionId
from idp.domain.participants import Ending, EndingState
from idp.domain.ports import UnitOfWork
from idp.saml.store.connection import connection_of
from idp.saml.store.logouts import Logouts, Told
from idp.saml.store.participants import Participants


class ServiceEndings:
    """Single Logout's outcomes, over SOAP and through the browser."""

    def of_session(self, uow: UnitOfWork, session_id: SessionId) -> Sequence[Ending]:
        """Return what is known of a session's services; one that has left by itself needs no telling."""
        connection = connection_of(uow)
        left = [
            Ending(one.session_id, one.application_id, EndingState.DELIVERED, "asked for it", 0, one.left_at)
            for one in Participants(connection).of_session(session_id)
            if one.left_at is not None
        ]
        return [*left, *map(_ending, Logouts(connection).of_session(session_id))]

    def of_application(self, uow: UnitOfWork, application_id: ApplicationId, most: int) -> Sequence[Ending]:
        """Return the newest outcomes of one service."""
        return [_ending(one) for one in Logouts(connection_of(uow)).of_application(application_id, most)]


def _ending(told: Told) -> Ending:
    return Ending(
        SessionId(told.session_id),
        ApplicationId(told.application_id),
        EndingState(told.outcome.value),
        told.detail,
        told.attempts,
        told.last_at,
    )
