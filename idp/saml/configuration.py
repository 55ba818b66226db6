"""The table `[applications.NAME.saml]` of a configuration file, and its way into and out of the store.

    [applications.eservice.saml]
    metadata = { file = "eservice.xml" }
    attributes = ["displayName", "mail"]

Implements `configuration.ports.ApplicationExtension`. With `metadata_url` a job fetches the metadata, and the
signature that it must bear is pinned by `metadata_certificate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from idp.configuration.table_reader import Problems, TableReader
from idp.domain.errors import ConfigurationError
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.saml.attributes import REQUESTED, name_of
from idp.saml.services import DATA_ENCRYPTION, NAME_ID_FORMATS, SIGNATURE_ALGORITHMS, ServiceSettings
from idp.saml.vocabulary import PROTOCOL

_DEFAULT = ServiceSettings()
_LONGEST_ENTITY_ID = 1024


@dataclass(frozen=True, slots=True)
class ServiceConfiguration:
    """One service as a file describes it; what a job fetches is no difference."""

    entity_id: str
    metadata: str = field(repr=False)
    settings: ServiceSettings
    key: str = field(default="", compare=False)


class ServiceExtension:
    """SAML's part of an application."""

    protocol = PROTOCOL

    def parse(self, table: Mapping[str, object], key: str) -> ServiceConfiguration:
        """Return the checked service; raises ConfigurationError with a line for each wrong key."""
        problems = Problems()
        reader = TableReader(table, key, problems)
        metadata = reader.text("metadata", "").strip()
        entity_id = reader.text("entity_id", "")
        settings = _settings(reader)
        if bool(metadata) == bool(settings.metadata_url):
            problems.add(
                reader.path("metadata"), 'expected { file = "PATH" } or metadata_url, one of the two'
            )
        if settings.metadata_url and not 0 < len(entity_id) <= _LONGEST_ENTITY_ID:
            problems.add(reader.path("entity_id"), "is missing; expected whose metadata is meant")
        reader.finish()
        if metadata:
            entity_id = _checked_metadata(reader, metadata, entity_id)
        problems.raise_any()
        return ServiceConfiguration(entity_id, metadata, settings, key)

    def read(self, uow: UnitOfWork, application_id: ApplicationId) -> ServiceConfiguration | None:
        """Return what is stored."""
        from idp.saml.store.services import read_stored  # noqa: PLC0415 - xmlsec is loaded when it is needed

        stored = read_stored(uow, application_id)
        if stored is None:
            return None
        metadata = "" if stored.settings.metadata_url else stored.metadata
        return ServiceConfiguration(stored.entity_id, metadata, stored.settings)

    def write(self, uow: UnitOfWork, application_id: ApplicationId, value: object) -> None:
        """Store a service; what was fetched of it stays."""
        from idp.saml.store.services import (  # noqa: PLC0415 - as above
            owner_of,
            read_stored,
            write_service,
        )

        if not isinstance(value, ServiceConfiguration):
            raise TypeError("only what parse() returned can be written")
        if owner_of(uow, value.entity_id) not in (None, application_id):
            raise ConfigurationError(f"{value.key}: another application has this entity ID already")
        held = read_stored(uow, application_id)
        kept = held.metadata if held is not None and held.entity_id == value.entity_id else ""
        write_service(uow, application_id, value.entity_id, value.metadata or kept, value.settings)

    def dump(self, value: object) -> dict[str, object]:
        """Return the table that `parse` reads as the same service: what is the default is left out."""
        if not isinstance(value, ServiceConfiguration):
            raise TypeError("only a service's configuration can be dumped")
        table: dict[str, object] = {"entity_id": value.entity_id}
        if value.metadata:
            table["metadata"] = value.metadata
        for name in ServiceSettings.__slots__:
            held = getattr(value.settings, name)
            if held != getattr(_DEFAULT, name):
                table[name] = list(held) if isinstance(held, tuple) else held
        return table


def _settings(reader: TableReader) -> ServiceSettings:
    attributes = reader.texts("attributes")
    for one in attributes:
        if one != REQUESTED and name_of(one) is None:
            reader.problems.add(
                reader.path("attributes"),
                f"expected attributes that we know, or {REQUESTED!r}, found {one!r:.80}",
            )
    url = reader.text("metadata_url", "")
    settings = ServiceSettings(
        metadata_url=url,
        metadata_certificate=_certificate(reader, url),
        attributes=attributes,
        name_id_format=_word(reader, "name_id_format", NAME_ID_FORMATS),
        signed_requests=_maybe(reader, "signed_requests"),
        sign_assertions=reader.boolean("sign_assertions", default=False),
        encrypt=_maybe(reader, "encrypt"),
        data_encryption=_word(reader, "data_encryption", DATA_ENCRYPTION),
        signature_algorithm=_word(reader, "signature_algorithm", SIGNATURE_ALGORITHMS),
        idp_initiated=reader.boolean("idp_initiated", default=False),
        subject_address=reader.boolean("subject_address", default=False),
        consent=_maybe(reader, "consent"),
    )
    if url and (urlsplit(url).scheme not in ("https", "http") or not urlsplit(url).hostname):
        reader.wrong("metadata_url", "an https:// address")
    return settings


def _certificate(reader: TableReader, url: str) -> str:
    from idp.saml.metadata.certificates import read_certificate  # noqa: PLC0415 - loaded when it is needed

    text = reader.text("metadata_certificate", "")
    if not text:
        if url:
            reader.problems.add(
                reader.path("metadata_certificate"),
                'is missing; expected { file = "PATH" }: whose signature the fetched metadata must bear',
            )
        return ""
    found = read_certificate(text)
    if found is None:
        reader.problems.add(
            reader.path("metadata_certificate"),
            "expected a certificate with an RSA key of 2048 bits or an EC key",
        )
        return ""
    return found.base64


def _checked_metadata(reader: TableReader, metadata: str, entity_id: str) -> str:
    from idp.saml.metadata.reading import UnusableMetadata, read_service  # noqa: PLC0415 - loaded when it is needed

    try:
        return read_service(metadata.encode("utf-8", "surrogatepass"), entity_id).entity_id
    except UnusableMetadata as error:
        reader.problems.add(reader.path("metadata"), f"cannot be used: {error}")
        return entity_id


def _word(reader: TableReader, name: str, known: Mapping[str, str]) -> str:
    """Return one of the words, "" if the key is not given."""
    return reader.choice(name, "", {word: word for word in known}) if reader.has(name) else ""


def _maybe(reader: TableReader, name: str) -> bool | None:
    """Return a boolean, None if the key is not given."""
    return reader.boolean(name, default=False) if reader.has(name) else None
