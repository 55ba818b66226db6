"""A service provider as its metadata describes it: a frozen value. Knows no XML and no policy of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.saml.signatures import VerifyingKey


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address and how messages travel to it."""

    binding: str
    location: str
    response_location: str = ""
    index: int | None = None
    default: bool = False

    @property
    def answer_to(self) -> str:
        """Where responses go."""
        return self.response_location or self.location


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate in metadata; its dates are told to people and decide nothing (Sweden Connect, SAML2int)."""

    base64: str = field(repr=False)
    expires_at: datetime
    kind: str
    bits: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A certificate to encrypt to, and the data encryption that the service says it opens."""

    certificate: Certificate
    algorithms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestedAttribute:
    """An attribute that the service asks for by name."""

    name: str
    friendly: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class ServiceMetadata:
    """One SPSSODescriptor. `oddities` are codes of what a person should look at."""

    entity_id: str
    consumers: tuple[Endpoint, ...]
    logouts: tuple[Endpoint, ...] = ()
    signing: tuple[Certificate, ...] = ()
    verifying: "tuple[VerifyingKey, ...]" = field(default=(), repr=False, compare=False)
    encryption: tuple[EncryptionKey, ...] = ()
    name_id_formats: tuple[str, ...] = ()
    signs_requests: bool = False
    wants_assertions_signed: bool = False
    requested: tuple[RequestedAttribute, ...] = ()
    categories: frozenset[str] = frozenset()
    signing_methods: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    valid_until: datetime | None = None
    oddities: tuple[str, ...] = ()

    def consumer(self, url: str, index: int | None, binding: str) -> Endpoint | None:
        """Return where a response goes: by exact match alone, without any normalisation (statement M6)."""
        usable = [one for one in self.consumers if one.binding == binding]
        if url:
            return next((one for one in usable if one.location == url), None)
        if index is not None:
            return next((one for one in usable if one.index == index), None)
        return next((one for one in usable if one.default), usable[0] if usable else None)

    def logout(self, *bindings: str) -> Endpoint | None:
        """Return the logout endpoint of the first of `bindings` that the service has."""
        return next((one for binding in bindings for one in self.logouts if one.binding == binding), None)
