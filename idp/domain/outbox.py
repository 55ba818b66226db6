"""What need not happen now: a row written in the transaction of its cause, taken later by a job.

Delivery is at least once; every handler is idempotent. `topic` chooses the handler in `app.py`'s table.
A handler runs outside any transaction, keeps its waits within `DEADLINE`, returns None when the thing is done
or `Hopeless` when trying again is no use, and raises for whatever may pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

DEADLINE = timedelta(seconds=15)
"""How long one try may take before it counts as failed."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to do later. `payload` is JSON and holds ids, never secrets.

    Attributes:
        due: not before; at once if None.
        lane: whom it waits for (a system, a server): messages of one lane go one at a time, so that one
            system that hangs holds up nobody else's. The topic if empty.
    """

    topic: str
    payload: Mapping[str, str] = field(default_factory=dict)
    due: datetime | None = None
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try to do what a message says. `id` stays the same from try to try."""

    id: int
    topic: str
    lane: str
    payload: Mapping[str, str]
    attempt: int
    created_at: datetime
    lease: str


@dataclass(frozen=True, slots=True)
class Hopeless:
    """The message can never be delivered; it becomes a dead letter at once."""

    reason: str


class Outbox(Protocol):
    """Where messages wait, in the transaction of their cause."""

    def add(self, message: Message, now: datetime) -> None:
        """Store a message; a job takes it once the transaction has committed."""


Handler = Callable[[Delivery, datetime], Hopeless | None]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up."""

    id: int
    topic: str
    payload: Mapping[str, str]
    attempts: int
    created_at: datetime
    dead_at: datetime
    last_error: str
