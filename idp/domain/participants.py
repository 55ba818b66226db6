"""What a room does to end what it began: told through the outbox when a session ends."""

from idp.domain.handles import SessionId
from idp.domain.outbox import Message
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
