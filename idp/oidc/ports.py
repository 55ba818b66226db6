"""What the room needs of the outside besides the domain: keys to sign with, and a way to call a listed address."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from joserfc.jwk import ECKey, RSAKey

from idp.domain.handles import SessionId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork


class SigningKey(Protocol):
    """A key with the id under which its public half is published."""

    @property
    def kid(self) -> str: ...
    @property
    def alg(self) -> str: ...
    @property
    def key(self) -> ECKey | RSAKey: ...


class SigningKeys(Protocol):
    """The provider's keys, held in memory and rotated with overlap (statement K2)."""

    def current(self, alg: str) -> SigningKey:
        """Return the key that signs now."""

    def find(self, kid: str) -> SigningKey | None:
        """Return a published key, also one that signs no longer."""

    def public_jwks(self) -> Sequence[Mapping[str, str]]:
        """Return every published key: upcoming, signing and retiring; from memory."""


class Reply(Protocol):
    """What a called system answered."""

    @property
    def status(self) -> int: ...


class Outgoing(Protocol):
    """Calls to systems outside, only to hosts and networks that an administrator listed (statement O13)."""

    def post_form(self, url: str, fields: Mapping[str, str]) -> Reply:
        """Post a form and return the answer; raises Unavailable if the call is not allowed or fails."""


class Farewell(Protocol):
    """Where a browser goes on after its session has ended, to tell systems that can be told in no other way."""

    def __call__(self, uow: UnitOfWork, session_id: SessionId, then: str, occasion: Occasion, /) -> str:
        """Return a local path that ends at `then`, or `then` if there is nobody to tell so."""


def no_farewell(_uow: UnitOfWork, _session_id: SessionId, then: str, _occasion: Occasion) -> str:
    """Say that nobody has to be told through the browser."""
    return then
