"""An application that people sign in to, and its policy: who, from where, how strongly, how fresh."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from idp.domain.assurance import Assurance, Method
from idp.domain.handles import ApplicationId
from mfa import Model


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may use an application: everyone, or members of any listed group or unit (and units below it).

    Nobody is the default: `Audience()` admits no one.
    """

    everyone: bool = False
    groups: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    def admits(self, groups: frozenset[str], units: frozenset[str]) -> bool:
        """Whether a member of these groups and units is among them."""
        return self.everyone or bool(self.groups & groups or self.units & units)


@dataclass(frozen=True, slots=True)
class AcceptedPasskeys:
    """Which passkeys count: any, those of certified models, or those of listed models (AAGUIDs).

    What is stricter than any is met only by a model that an attestation has proved, never by what an
    authenticator says of itself (statement W6).
    """

    certified: bool = False
    models: frozenset[str] = frozenset()

    @property
    def any(self) -> bool:
        """Whether every passkey counts."""
        return not self.certified and not self.models

    def accept(self, model: Model | None) -> bool:
        """Say whether a passkey of `model` counts; None is one that nothing has proved."""
        if self.any:
            return True
        if model is None or (self.certified and not model.certified):
            return False
        return not self.models or model.aaguid in self.models


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one application.

    Attributes:
        audience: who.
        networks: names of the networks it may be used from; empty is anywhere.
        assurance: the level asked for, unless `assurance_on` names a network that the visitor is in.
        assurance_on: network name -> level there (the lowest of those that apply counts).
        max_age: how old the authentication may be; None sets no limit of its own.
        weaker: codes sent by telephone or mail that are accepted here; mail only where it is named.
        session_lifetime: how long after sign-in a session may serve this application.
        passkeys: which passkeys count for it.
        open_without_directory: whether a password that was remembered counts while the directory is away.
        trusted_device: how long a device that was trusted after a second factor stands in for one; zero
            is never, None is what the organisation says (`factor_policy.py`), and never if that says nothing.
        version: grows with every change and is stored with each decision.
    """

    audience: Audience = Audience()
    networks: frozenset[str] = frozenset()
    assurance: Assurance = Assurance.TWO_FACTORS
    assurance_on: Mapping[str, Assurance] = field(default_factory=dict)
    max_age: timedelta | None = None
    session_lifetime: timedelta = timedelta(hours=10)
    passkeys: AcceptedPasskeys = AcceptedPasskeys()
    weaker: frozenset[Method] = frozenset({Method.TEXT_MESSAGE, Method.VOICE_CALL})
    open_without_directory: bool = False
    trusted_device: timedelta | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Application:
    """One application. `name` is the administrator's short, unique key; titles are what people read."""

    id: ApplicationId
    name: str
    title: str
    protocol: str
    policy: Policy
    url: str = ""
    owner: str = ""
    description: str = ""
    enabled: bool = True
    titles: Mapping[str, str] = field(default_factory=dict)

    def title_in(self, language: str) -> str:
        """Return the title in `language`, or the common one."""
        return self.titles.get(language, self.title)
