"""When, from where and by whom something is asked: read once at the edge, handed to every use case."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

IpAddress = IPv4Address | IPv6Address


class ActorKind(StrEnum):
    """Who acts: an account in a browser, a command on the server, a job, or nobody known yet."""

    ACCOUNT = "account"
    COMMAND = "command"
    JOB = "job"
    CLIENT = "client"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """The acting party; `name` is an account id, an operating-system user, a job or a client id."""

    kind: ActorKind
    name: str = ""


ANONYMOUS = Actor(ActorKind.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One request, command or job run.

    Attributes:
        now: timezone-aware UTC.
        request_id: the reference number that a refusal shows and its audit record carries.
        address: the visitor's address after trusted proxies, None for commands and jobs.
        device: digest of the cookie of a trusted device, if one was shown; it is nothing by itself.
        user_agent: as sent, cut to 200 characters, for the person's own list of sessions.
    """

    now: datetime
    request_id: str
    actor: Actor = ANONYMOUS
    address: IpAddress | None = None
    user_agent: str = ""
    node: str = ""
    device: bytes | None = None
