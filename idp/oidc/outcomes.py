"""What an authorization request leads to, and how an answer to the client is put together."""

from dataclasses import dataclass

from idp.domain.handles import AccountId
from idp.domain.reason import Reason
from idp.oidc.errors import WORDS, Refused
from idp.oidc.provider import Provider
from idp.oidc.request import Proven


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send the browser back to the client with these parameters; `refused` says why there is no code."""

    to: Proven
    parameters: tuple[tuple[str, str], ...]
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class GoToSignIn:
    """Send the browser to the sign-in page."""

    journey: str


@dataclass(frozen=True, slots=True)
class GoOn:
    """Send the browser to the page where the waiting request goes on."""

    request: str


@dataclass(frozen=True, slots=True)
class AskConsent:
    """Show what the client would be given; the answer counts for `account` only."""

    request: str
    to: Proven
    scope: tuple[str, ...]
    account: AccountId


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Say why the person may not come in; `back` tells the client."""

    reasons: tuple[Reason, ...]
    back: Deliver


@dataclass(frozen=True, slots=True)
class ShowRefusal:
    """Show a page of ours: there is no address to trust."""

    refused: Refused
    client_id: str = ""


Outcome = Deliver | GoToSignIn | GoOn | AskConsent | TurnAway | ShowRefusal


def refusal(provider: Provider, to: Proven, refused: Refused) -> Deliver:
    """Return the error response (RFC 6749 §4.1.2.1), which names us as well (statement O5)."""
    words = WORDS[refused]
    parameters = [("error", words.error), ("error_description", words.description)]
    return deliver(provider, to, parameters, refused)


def deliver(
    provider: Provider, to: Proven, parameters: list[tuple[str, str]], refused: Refused | None = None
) -> Deliver:
    """Return an answer to the client with `state` and our name (RFC 9207 §2)."""
    if to.state:
        parameters.append(("state", to.state))
    return Deliver(to, (*parameters, ("iss", provider.issuer)), refused)
