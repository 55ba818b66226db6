"""Places that codes may be sent to, the codes on their way there, and what is asked of their store.

Owns these values alone; `mfa.callback` has the rules.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from mfa.authenticators import FactorKind

_SHOWN = 2


class Channel(StrEnum):
    """How a code travels."""

    TEXT_MESSAGE = "text_message"
    VOICE_CALL = "voice_call"
    EMAIL = "email_code"

    @property
    def kind(self) -> FactorKind:
        """What a code that came this way is proof of."""
        return FactorKind(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A place that codes may be sent to. `usable_from`: not before, so that a new one waits."""

    id: str
    subject: str
    channel: Channel
    address: str = field(repr=False)
    bound_by: str
    bound_at: datetime
    usable_from: datetime
    last_used_at: datetime | None = None

    @property
    def shown(self) -> str:
        """The address as a person recognises it and a stranger does not."""
        if self.channel is Channel.EMAIL:
            local, _, domain = self.address.partition("@")
            return f"{local[:1]}…@{domain}"
        return f"… {self.address[-_SHOWN:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One code on its way, known by its keyed hash; `sealed_code` is there until it has been sent.

    `binding` ties it to what asked for it, such as one sign-in in one browser.
    """

    id: str
    subject: str
    destination_id: str
    binding: bytes
    mac: bytes = field(repr=False)
    code: str = field(repr=False)
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ToSend:
    """What is to be sent where, and to whom."""

    subject: str
    channel: Channel
    address: str = field(repr=False)
    code: str = field(repr=False)


class CallbackStore(Protocol):
    """Approved destinations, and codes on their way; a subject has at most one living code."""

    def add(self, destination: Destination) -> None: ...

    def destinations(self, subject: str) -> tuple[Destination, ...]: ...

    def remove(self, subject: str, destination_id: str, now: datetime) -> bool: ...

    def to_tell(self, destination_id: str) -> Destination | None:
        """Return a destination while its address is kept: also one that was removed and not told of it yet."""

    def told(self, destination_id: str) -> None:
        """Erase the address of a removed destination."""

    def replace_call(self, call: Call) -> None: ...

    def to_send(self, call_id: str, now: datetime) -> ToSend | None: ...

    def sent(self, call_id: str, now: datetime) -> None: ...

    def spend(self, subject: str, mac: bytes, binding: bytes, now: datetime) -> tuple[str, Channel] | None:
        """Use up a code for what asked for it; gives the destination and how the code travelled."""

    def was_spent(self, subject: str, mac: bytes) -> bool: ...

    def prune(self, before: datetime) -> int: ...
