"""What a SAML request leads to. Pages render these; use cases return them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from idp.domain.reason import Reason
from idp.domain.release import Fact
from idp.saml.errors import Refused
from idp.saml.people import Values
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


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        signing: whether the person signs something.
        message: what is signed, as harmless HTML; "" if the service shows it itself.
        requesters: on whose behalf the service asks (`RequesterID`).
        told: which facts leave, each with its values where a person can read them.
        asks_consent: whether what is told has not been agreed to before.
    """

    service: Service
    signing: bool
    message: Markup
    requesters: Sequence[str]
    told: Sequence[tuple[Fact, Values]]
    asks_consent: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the person before the service is told anything; `handle` brings the answer back to the request."""

    question: Question
    handle: str


Outcome = Post | GoTo | TurnAway | ShowRefusal | Ask
