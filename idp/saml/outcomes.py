"""What a SAML request leads to. Pages render these; use cases return them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from idp.domain.reason import Reason
from idp.saml.errors import Refused
from idp.saml.services import Service


@dataclass(frozen=True, slots=True)
class Post:
    """Send the browser to the service with a message in a form; `refused` says why it holds no assertion."""

    service: Service
    action: str
    parameter: str
    message: bytes = field(repr=False)
    relay_state: str
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class GoTo:
    """Send the browser to an address of ours, or to one in a service's metadata."""

    location: str


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Say why the person may not come in; `back` tells the service."""

    reasons: Sequence[Reason]
    back: Post


@dataclass(frozen=True, slots=True)
class ShowRefusal:
    """Show a page of ours: there is no address to trust. The detail is for the audit log."""

    refused: Refused
    detail: str = ""
    service: str = ""


Outcome = Post | GoTo | TurnAway | ShowRefusal
