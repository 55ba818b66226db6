"""Services as rows, kept in memory until the catalogue's version changes; metadata is read when first needed."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.saml.metadata.reading import UnusableMetadata, read_service
from idp.saml.metadata.service import ServiceMetadata
from idp.saml.services import Service, ServiceSettings, settings_from_json, settings_to_json
from idp.saml.store.connection import connection_of
from idp.saml.tables import services
from idp.storage.catalogue import bump
from idp.storage.prepared import loads


@dataclass(frozen=True, slots=True)
class StoredService:
    """One service as its row has it: the metadata is text as it was given or fetched."""

    application_id: ApplicationId
    entity_id: str
    metadata: str
    settings: ServiceSettings
    fetched_at: datetime | None = None
    checked_at: datetime | None = None
    problem: str = ""


class ServiceRegister:
    """All services, as of the newest configuration that this process has seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._held: Mapping[str, StoredService] = {}
        self._read: dict[str, tuple[str, ServiceMetadata]] = {}
        self._made: dict[str, tuple[StoredService, Service]] = {}

    def find(self, uow: UnitOfWork, entity_id: str) -> Service | None:
        """Return an enabled service by its entity ID."""
        stored = self._current(uow).get(entity_id)
        found = self._service(uow, stored) if stored else None
        return found if found is not None and found.application.enabled else None

    def of_application(self, uow: UnitOfWork, application_id: str) -> Service | None:
        """Return the service of an application, enabled or not."""
        stored = next(
            (one for one in self._current(uow).values() if one.application_id == application_id), None
        )
        return self._service(uow, stored) if stored else None

    def all(self, uow: UnitOfWork) -> list[Service]:
        """Return every service, by name."""
        found = [self._service(uow, stored) for stored in self._current(uow).values()]
        return sorted((one for one in found if one), key=lambda one: one.application.name)

    def _service(self, uow: UnitOfWork, stored: StoredService) -> Service | None:
        application = uow.catalogue.applications.get(stored.application_id)
        if application is None:
            return None
        made = self._made.get(stored.entity_id)
        if made is not None and made[0] is stored and made[1].application is application:
            return made[1]
        held = self._read.get(stored.entity_id)
        if held is None or held[0] != stored.metadata:
            try:
                metadata = read_service(stored.metadata.encode("utf-8"), stored.entity_id)
            except UnusableMetadata:
                return None  # it was checked when it was stored: only a newer program can be stricter
            held = self._read[stored.entity_id] = (stored.metadata, metadata)
        service = Service.of(application, held[1], stored.settings)
        self._made[stored.entity_id] = (stored, service)
        return service

    def _current(self, uow: UnitOfWork) -> Mapping[str, StoredService]:
        version = uow.catalogue.version
        with self._lock:
            if self._version == version:
                return self._held
        read = {one.entity_id: one for one in stored_services(uow)}
        with self._lock:
            # A transaction that began earlier must not put an older reading over a newer one.
            if self._version < version:
                self._version, self._held = version, read
        return read


def stored_services(uow: UnitOfWork) -> list[StoredService]:
    """Return every row."""
    return [_stored(row) for row in connection_of(uow).execute(select(services)).mappings()]


def read_stored(uow: UnitOfWork, application_id: str) -> StoredService | None:
    """Return the stored service of an application."""
    query = select(services).where(services.c.application_id == application_id)
    row = connection_of(uow).execute(query).mappings().first()
    return None if row is None else _stored(row)


def write_service(
    uow: UnitOfWork, application_id: str, entity_id: str, metadata: str, settings: ServiceSettings
) -> None:
    """Create or change a service."""
    values = {"entity_id": entity_id, "metadata": metadata, "settings": settings_to_json(settings)}
    connection = connection_of(uow)
    changed = connection.execute(
        update(services).where(services.c.application_id == application_id).values(**values)
    )
    if changed.rowcount == 0:
        connection.execute(insert(services).values(application_id=application_id, **values))
    bump(connection)


def note_fetch(
    uow: UnitOfWork, application_id: str, metadata: str | None, problem: str, now: datetime
) -> None:
    """Keep what a job fetched, or why it keeps what it had; the version grows only with new metadata."""
    connection = connection_of(uow)
    values: dict[str, object] = {"checked_at": now, "problem": problem}
    if metadata is not None:
        values |= {"metadata": metadata, "fetched_at": now}
    connection.execute(update(services).where(services.c.application_id == application_id).values(**values))
    if metadata is not None:
        bump(connection)


def owner_of(uow: UnitOfWork, entity_id: str) -> str | None:
    """Return the application that an entity ID belongs to."""
    query = select(services.c.application_id).where(services.c.entity_id == entity_id)
    return connection_of(uow).execute(query).scalar()


def _stored(row: Mapping[Any, Any]) -> StoredService:
    return StoredService(
        application_id=ApplicationId(row["application_id"]),
        entity_id=row["entity_id"],
        metadata=row["metadata"],
        settings=settings_from_json(loads(row["settings"])),
        fetched_at=row["fetched_at"],
        checked_at=row["checked_at"],
        problem=row["problem"],
    )
