"""Clients as rows, kept in memory until the catalogue's version changes: one statement tells."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from idp.domain.application import Application
from idp.domain.handles import ApplicationId, digest
from idp.domain.ports import UnitOfWork
from idp.oidc.clients import Client, Registration, registration_from_json, registration_to_json
from idp.oidc.store.connection import connection_of
from idp.oidc.tables import clients
from idp.storage.catalogue import bump
from idp.storage.prepared import loads


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client with its application as the catalogue has it."""

    client: Client
    application: Application


class ClientRegister:
    """All clients, as of the newest configuration that this process has seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._held: Mapping[str, Client] = {}

    def find(self, uow: UnitOfWork, client_id: str) -> RegisteredClient | None:
        """Return an enabled client by its `client_id`."""
        client = self._current(uow).get(client_id)
        application = uow.catalogue.applications.get(client.application_id) if client else None
        if client is None or application is None or not application.enabled:
            return None
        return RegisteredClient(client, application)

    def of_application(self, uow: UnitOfWork, application_id: str) -> Client | None:
        """Return the client of an application, enabled or not."""
        return next(
            (one for one in self._current(uow).values() if one.application_id == application_id), None
        )

    def web_origins(self, uow: UnitOfWork) -> frozenset[str]:
        """Return every origin whose pages may call the token endpoints."""
        return frozenset(
            origin for one in self._current(uow).values() for origin in one.registration.web_origins
        )

    def _current(self, uow: UnitOfWork) -> Mapping[str, Client]:
        version = uow.catalogue.version
        with self._lock:
            if self._version == version:
                return self._held
        read = {
            row["client_id"]: _client(row) for row in connection_of(uow).execute(select(clients)).mappings()
        }
        with self._lock:
            # A transaction that began earlier must not put an older reading over a newer one.
            if self._version < version:
                self._version, self._held = version, read
        return read


def _client(row: Mapping[Any, Any]) -> Client:
    return Client(
        application_id=ApplicationId(row["application_id"]),
        client_id=row["client_id"],
        registration=registration_from_json(loads(row["registration"])),
        secret_digest=row["secret_digest"],
        previous_secret_digest=row["previous_secret_digest"],
    )


def read_client(uow: UnitOfWork, application_id: str) -> Client | None:
    """Return the stored client of an application."""
    row = (
        connection_of(uow)
        .execute(select(clients).where(clients.c.application_id == application_id))
        .mappings()
        .first()
    )
    return None if row is None else _client(row)


def write_client(uow: UnitOfWork, application_id: str, client_id: str, registration: Registration) -> None:
    """Create or change a client. Secrets stay as they are, unless the client has no more use for them."""
    values: dict[str, Any] = {"client_id": client_id, "registration": registration_to_json(registration)}
    if not registration.token_endpoint_auth_method.by_secret:
        values |= {"secret_digest": None, "previous_secret_digest": None}
    connection = connection_of(uow)
    changed = connection.execute(
        update(clients).where(clients.c.application_id == application_id).values(**values)
    )
    if changed.rowcount == 0:
        connection.execute(insert(clients).values(application_id=application_id, **values))
    bump(connection)


def write_secrets(uow: UnitOfWork, application_id: str, secret: str, previous: str | None) -> None:
    """Store the digests of a client's secret and, while it is being replaced, of the one before."""
    connection = connection_of(uow)
    connection.execute(
        update(clients)
        .where(clients.c.application_id == application_id)
        .values(
            secret_digest=digest(secret),
            previous_secret_digest=digest(previous) if previous is not None else None,
        )
    )
    bump(connection)


def replace_secrets(uow: UnitOfWork, client: Client, current: bytes, previous: bytes | None) -> bool:
    """Store the digests of a client's secrets if they still are those of `client`; False if not."""
    connection, held = connection_of(uow), clients.c
    changed = connection.execute(
        update(clients)
        .where(
            held.application_id == client.application_id,
            held.secret_digest.is_not_distinct_from(client.secret_digest),
            held.previous_secret_digest.is_not_distinct_from(client.previous_secret_digest),
        )
        .values(secret_digest=current, previous_secret_digest=previous)
    )
    bump(connection)
    return changed.rowcount == 1


def owner_of(uow: UnitOfWork, client_id: str) -> str | None:
    """Return the application that a client_id belongs to."""
    return (
        connection_of(uow)
        .execute(select(clients.c.application_id).where(clients.c.client_id == client_id))
        .scalar()
    )
