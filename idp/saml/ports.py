"""What the room needs of the outside besides the domain: a way to call a listed address."""

from typing import Protocol


class Reply(Protocol):
    """What a called system answered."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...


class Outgoing(Protocol):
    """Calls to systems outside, only to hosts and networks that an administrator listed."""

    def exchange(self, url: str, content: bytes, kind: str) -> Reply:
        """Post something; raises Unavailable if the call is not allowed or fails."""

    def get(self, url: str, most: int) -> Reply:
        """Fetch at most `most` bytes; raises Unavailable if the call is not allowed or fails."""
