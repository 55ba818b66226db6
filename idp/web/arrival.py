"""What is known of a request before anything is done with it: read once by the guard, kept in the scope."""

from dataclasses import dataclass
from datetime import datetime

from starlette.types import Scope

from idp.domain.occasion import IpAddress

_KEY = "portvakt.arrival"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request at the door.

    Attributes:
        reference: the number that a refusal shows and its audit record carries.
        now: timezone-aware UTC.
        began: monotonic seconds, for the beat and the access log.
        address: the visitor's, after trusted proxies; None where there is none (a local socket).
    """

    reference: str
    now: datetime
    began: float
    address: IpAddress | None


def keep(scope: Scope, arrival: Arrival) -> None:
    """Keep `arrival` for whoever handles this request."""
    scope[_KEY] = arrival


def arrival_of(scope: Scope) -> Arrival:
    """Return what the guard kept; a request that has not passed the guard is a fault."""
    arrival = scope.get(_KEY)
    if not isinstance(arrival, Arrival):
        raise TypeError("the request has not passed the guard")
    return arrival


def header_values(scope: Scope, name: bytes) -> list[bytes]:
    """Return every value of a header, as sent; `name` in lower case."""
    return [value for key, value in scope["headers"] if key == name]


def header(scope: Scope, name: bytes) -> str:
    """Return a header's value as text, or "" if it is missing; of several, they are joined (RFC 9110 §5.3)."""
    return b", ".join(header_values(scope, name)).decode("latin-1")
