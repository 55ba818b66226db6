"""What a room does to end what it began: told through the outbox when a session ends, and how that went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from idp.domain.handles import ApplicationId, SessionId
from idp.domain.outbox import Message
from idp.domain.ports import UnitOfWork
from idp.domain.session import Participant

SESSION_ENDED = "session.ended"


def session_ended(participant: Participant) -> Message:
    """Return the message that tells one participant's room that its session has ended.

    Each system has a lane of its own: one that hangs delays the news to no other.
    """
    topic = f"{SESSION_ENDED}.{participant.protocol}"
    return Message(
        topic,
        {"session": participant.session_id, "application": participant.application_id},
        lane=f"{topic}:{participant.application_id}",
    )


def session_of(message: Message) -> tuple[SessionId, str]:
    """Return the session and application ids of such a message."""
    return SessionId(message.payload["session"]), message.payload["application"]


class EndingState(StrEnum):
    """How far a system is with ending its part of a session; FAILED is tried again, MISSED is not."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    MISSED = "missed"
    BY_BROWSER = "by_browser"
    NOT_WANTED = "not_wanted"


@dataclass(frozen=True, slots=True)
class Ending:
    """One system's part of one session that has ended, and what was last heard of it."""

    session_id: SessionId
    application_id: ApplicationId
    state: EndingState
    detail: str = ""
    attempts: int = 0
    last_at: datetime | None = None


class Endings(Protocol):
    """How it went to tell a protocol's systems; each room that tells some answers for its own."""

    def of_session(self, uow: UnitOfWork, session_id: SessionId) -> Sequence[Ending]:
        """Return what is known of a session's systems."""

    def of_application(self, uow: UnitOfWork, application_id: ApplicationId, most: int) -> Sequence[Ending]:
        """Return the newest outcomes of one system."""


def endings_of(uow: UnitOfWork, rooms: Sequence[Endings], session_id: SessionId) -> Sequence[Ending]:
    """Return how far each system is that took part in a session; one of which nothing is heard yet waits."""
    heard = {one.application_id: one for room in rooms for one in room.of_session(uow, session_id)}
    return [
        heard.get(one.application_id, Ending(session_id, one.application_id, EndingState.WAITING))
        for one in uow.sessions.participants(session_id)
    ]
