"""A connected service: its metadata, what the administrator decided about it, and what follows from both. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from idp.domain.application import Application
from idp.saml import vocabulary as words
from idp.saml.attributes import asked_by
from idp.saml.metadata.service import Certificate, EncryptionKey, ServiceMetadata

NAME_ID_FORMATS = {
    "persistent": words.PERSISTENT,
    "transient": words.TRANSIENT,
    "email": words.EMAIL_ADDRESS,
    "unspecified": words.UNSPECIFIED,
}
SIGNATURE_ALGORITHMS = {
    "rsa-sha256": words.RSA_SHA256,
    "rsa-sha384": words.RSA_SHA384,
    "rsa-sha512": words.RSA_SHA512,
    "ecdsa-sha256": words.ECDSA_SHA256,
    "ecdsa-sha384": words.ECDSA_SHA384,
    "ecdsa-sha512": words.ECDSA_SHA512,
}
DATA_ENCRYPTION = {uri.rpartition("#")[2]: uri for uri in words.DATA_ENCRYPTION}
#: What a Sweden Connect service's categories begin with.
_SWEDEN_CONNECT = ("http://id.elegnamnden.se/", "http://id.swedenconnect.se/")
_TRIPLE_DES_FREE = frozenset(words.DATA_ENCRYPTION)


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What an administrator decides; the words are those of the configuration file.

    Attributes:
        metadata_url: where the metadata is fetched from by a job, "" if it was given as a file.
        metadata_certificate: whose signature the fetched metadata must bear, base64.
        attributes: names, or `requested`; none leaves it to the entity categories.
        name_id_format: "" is what the request or the metadata asks for, and persistent otherwise.
        signed_requests: None is as the metadata says.
        encrypt: None is whenever the metadata holds a key for it.
        consent: whether people agree to what is told; None is for services of Sweden Connect.
        signature_algorithm: "" is the first that the metadata declares and we have, RSA with SHA-256 otherwise.
    """

    metadata_url: str = ""
    metadata_certificate: str = field(default="", repr=False)
    attributes: tuple[str, ...] = ()
    name_id_format: str = ""
    signed_requests: bool | None = None
    sign_assertions: bool = False
    encrypt: bool | None = None
    data_encryption: str = ""
    signature_algorithm: str = ""
    idp_initiated: bool = False
    subject_address: bool = False
    consent: bool | None = None


def settings_to_json(settings: ServiceSettings) -> dict[str, Any]:
    """Return the settings as a JSON object."""
    return {name: getattr(settings, name) for name in ServiceSettings.__slots__} | {
        "attributes": list(settings.attributes)
    }


def settings_from_json(value: Mapping[str, Any]) -> ServiceSettings:
    """Return the settings of `settings_to_json`; what it does not know is left out."""
    known = {name: one for name, one in value.items() if name in ServiceSettings.__slots__}
    return ServiceSettings(**{**known, "attributes": tuple(known.get("attributes", ()))})


@dataclass(frozen=True, slots=True)
class Service:
    """One connected service. `attributes` are the names of the attributes that it gets."""

    application: Application
    metadata: ServiceMetadata
    settings: ServiceSettings
    attributes: tuple[str, ...]

    @classmethod
    def of(cls, application: Application, metadata: ServiceMetadata, settings: ServiceSettings) -> "Service":
        """Return the service with what follows from its metadata and what was decided."""
        return cls(application, metadata, settings, asked_by(metadata, settings.attributes))

    @property
    def entity_id(self) -> str:
        """The service's name in SAML."""
        return self.metadata.entity_id

    @property
    def wants_signed_requests(self) -> bool:
        """Whether unsigned requests are refused (statement M5)."""
        chosen = self.settings.signed_requests
        return self.metadata.signs_requests if chosen is None else chosen

    @property
    def signature_algorithm(self) -> str:
        """What we sign with (SAML algorithm support §2.4)."""
        if self.settings.signature_algorithm:
            return SIGNATURE_ALGORITHMS[self.settings.signature_algorithm]
        declared = (one for one in self.metadata.signing_methods if one in words.SIGNATURE_ALGORITHMS)
        return next(declared, words.RSA_SHA256)

    @property
    def key_kind(self) -> str:
        """The kind of key that we sign with."""
        return "EC" if "#ecdsa-" in self.signature_algorithm else "RSA"

    @property
    def signs_assertions(self) -> bool:
        """Whether the assertion is signed besides the response (statement M9)."""
        return self.settings.sign_assertions or self.metadata.wants_assertions_signed

    @property
    def tells_address(self) -> bool:
        """Whether the visitor's address stands in the assertion.

        Sweden Connect demands it; behind a translating router it makes other services refuse.
        """
        return self.settings.subject_address or self._in_sweden_connect

    @property
    def asks_consent(self) -> bool:
        """Whether people see and agree to what is told before it is (Sweden Connect, for employees' identities)."""
        chosen = self.settings.consent
        return self._in_sweden_connect if chosen is None else chosen

    @property
    def is_signature_service(self) -> bool:
        """Whether people sign something by signing in to it."""
        return words.SIGNATURE_SERVICE in self.metadata.categories

    @property
    def _in_sweden_connect(self) -> bool:
        return any(one.startswith(_SWEDEN_CONNECT) for one in self.metadata.categories)

    def name_id_format(self, requested: str) -> str | None:
        """Return the format of a name identifier, None if the service may not have what it requests.

        A mail address names nobody unless the administrator says so for this service: it is data, and may pass on.
        """
        chosen = NAME_ID_FORMATS.get(self.settings.name_id_format)
        if requested in ("", words.UNSPECIFIED):
            listed = [one for one in self.metadata.name_id_formats if one in _FREE_FORMATS]
            return chosen or (listed[0] if listed else words.PERSISTENT)
        if requested == chosen or (requested in _FREE_FORMATS and chosen is None):
            return requested
        return requested if requested in _FREE_FORMATS and chosen in _FREE_FORMATS else None

    def encrypts_to(self) -> tuple[EncryptionKey, str] | None:
        """Return to which key assertions are encrypted and how, None if they are not."""
        if self.settings.encrypt is False or not self.metadata.encryption:
            return None
        key = self.metadata.encryption[0]
        if self.settings.data_encryption:
            return key, DATA_ENCRYPTION[self.settings.data_encryption]
        declared = [one for one in key.algorithms if one in _TRIPLE_DES_FREE]
        return key, declared[0] if declared else words.AES256_GCM

    def certificates(self) -> tuple[Certificate, ...]:
        """Return every certificate that the service publishes."""
        return (*self.metadata.signing, *(one.certificate for one in self.metadata.encryption))

    def expired(self, now: datetime) -> bool:
        """Whether the metadata says itself that it is too old to be used."""
        return self.metadata.valid_until is not None and self.metadata.valid_until <= now


_FREE_FORMATS = (words.PERSISTENT, words.TRANSIENT)
